-- Question: is there an answer that spans of several instrumentations tell of, among those being settled?
-- Grain:    one row, or none
-- Takes:    nothing
-- Gives:    twins UInt8: 1
SELECT 1 AS twins
FROM told
WHERE response_id != ''
GROUP BY project, response_id
HAVING min(scope) != max(scope)
LIMIT 1
