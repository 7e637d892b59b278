-- Question: what did the calls of each service add up to in some whole hours?
-- Grain:    one row per service and hour that has calls
-- Takes:    {hours} Array(UInt32): starts, epoch s; {lo}, {hi} DateTime: lo <= start <= hi
-- Gives:    project, environment, service String; at UInt32; calls … unpriced UInt64; cost String (femto-USD, whole); duration, ttft Tuple(Array(UInt16), Array(UInt64)); signs Tuple(Array(String), Array(UInt64))
SELECT
    project, environment, service, toUInt32(toUnixTimestamp(minute)) AS at,
    sum(calls) AS calls, sum(failed) AS failed, sum(errors) AS errors, sum(input_tokens) AS input_tokens,
    sum(cached_tokens) AS cached_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    sum(calls_with_usage) AS calls_with_usage, sum(priced) AS priced, sum(unpriced) AS unpriced,
    toString(sum(cost)) AS cost,
    sumMap(duration.buckets, duration.counts)::Tuple(Array(UInt16), Array(UInt64)) AS duration,
    sumMap(ttft.buckets, ttft.counts)::Tuple(Array(UInt16), Array(UInt64)) AS ttft,
    sumMap(signs.names, signs.counts)::Tuple(Array(String), Array(UInt64)) AS signs
FROM rollup_hour FINAL
WHERE minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')}
    AND has({hours:Array(UInt32)}, toUnixTimestamp(minute))
GROUP BY project, environment, service, at
HAVING calls > 0
