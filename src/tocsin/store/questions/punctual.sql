-- Question: how many of the spans that arrived in a window came late, or by a clock that is wrong?
-- Grain:    one row per project with spans
-- Takes:    {since}, {until} UInt64: received in (since, until]; {late_ns}, {history_ns} Int64: how long after its end a
--           span is late, and is history and not counted; {lo} DateTime: no span that counts lies before it
-- Gives:    project String; spans, late, skewed UInt64
SELECT project, countIf(odd OR behind <= {history_ns:Int64}) AS spans,
    countIf(NOT odd AND behind > {late_ns:Int64} AND behind <= {history_ns:Int64}) AS late, countIf(odd) AS skewed
FROM (
    SELECT project::String AS project, hasAny(flags, ['clock_ahead', 'clock_absurd']) AS odd,
        toInt64(received) - toUnixTimestamp64Nano(started) - duration_ns AS behind
    FROM spans
    WHERE minute >= {lo:DateTime('UTC')} AND received > {since:UInt64} AND received <= {until:UInt64}
)
GROUP BY project
HAVING spans > 0
ORDER BY project
