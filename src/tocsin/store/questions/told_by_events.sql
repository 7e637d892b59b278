-- Question: does any log event tell of a call?
-- Grain:    one row, or none
-- Takes:    nothing
-- Gives:    told UInt8: 1
SELECT 1 AS told FROM understand_events LIMIT 1
