-- Question: which values does a dimension have, and how many calls each?
-- Grain:    one row per value, most calls first, at most {limit}
-- Takes:    {project} String; {since}, {until} DateTime, half-open; {limit} UInt32; @group@ one expression
-- Gives:    value String; calls UInt64
SELECT [@group@][1]::String AS value, count() AS calls
FROM calls FINAL
WHERE project = {project:String} AND minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
    AND not_counted = ''
GROUP BY value
ORDER BY calls DESC, value
LIMIT {limit:UInt32}
