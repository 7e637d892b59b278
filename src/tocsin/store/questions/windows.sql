-- Question: what did the calls of each service add up to, by whole minutes, in nested windows that end together?
-- Grain:    one row per service and place with calls: place 1 is the shortest window, 2 what the next has more, and on
-- Takes:    {starts} Array(UInt32): first minute of each window (epoch s), falling; {lo}, {hi} DateTime: minutes with
--           lo <= minute < hi; {edges} Array(UInt32): minutes that are left out; @sketches@, @signs@ columns
-- Gives:    project, environment, service String; place UInt32; calls … unpriced UInt64; cost String (femto-USD, whole); duration, ttft Tuple(Array(UInt16), Array(UInt64)); signs Tuple(Array(String), Array(UInt64))
SELECT
    project, environment, service,
    arrayFirstIndex(s -> toUnixTimestamp(minute) >= s, {starts:Array(UInt32)}) AS place,
    sum(calls) AS calls, sum(failed) AS failed, sum(errors) AS errors, sum(input_tokens) AS input_tokens,
    sum(cached_tokens) AS cached_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    sum(calls_with_usage) AS calls_with_usage, sum(priced) AS priced, sum(unpriced) AS unpriced,
    toString(sum(cost)) AS cost,
    @sketches@,
    @signs@ AS signs
FROM rollup_service FINAL
WHERE minute >= {lo:DateTime('UTC')} AND minute < {hi:DateTime('UTC')}
    AND NOT has({edges:Array(UInt32)}, toUnixTimestamp(minute))
GROUP BY project, environment, service, place
HAVING calls > 0
