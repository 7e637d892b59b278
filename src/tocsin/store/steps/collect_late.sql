-- Step:   collect the traces that log events arrived for.
-- Takes:  {since}, {until}  UInt64: events with since < received <= until
--         {lo}, {hi}        DateTime: their minutes, both ends included
-- Writes: late
INSERT INTO late
SELECT DISTINCT project, call_trace
FROM understand_events
WHERE received > {since:UInt64} AND received <= {until:UInt64}
    AND minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')}
