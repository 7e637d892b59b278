-- Question: what did the calls of each service add up to in the minutes that a window begins or ends inside?
-- Grain:    one row per service and place with calls, places as in `windows`
-- Takes:    {starts} Array(Int64): start of each window (epoch ns), falling; {until} Int64: their end (epoch ns);
--           {lo}, {hi} DateTime: first and last of the minutes; {edges} Array(UInt32): those minutes (epoch s);
--           {services} Array(String): of these only, empty: all; @sketches@, @signs@ columns
-- Gives:    as windows
SELECT
    project, environment, service,
    arrayFirstIndex(s -> toUnixTimestamp64Nano(started) + duration_ns >= s, {starts:Array(Int64)}) AS place,
    count() AS calls, countIf(is_error AND error_type NOT IN ('cancelled', 'content_filter')) AS failed,
    countIf(is_error) AS errors, sum(ifNull(c.input_tokens, 0)) AS input_tokens,
    sum(ifNull(c.cached_tokens, 0)) AS cached_tokens, sum(ifNull(c.cache_write_tokens, 0)) AS cache_write_tokens,
    sum(ifNull(c.output_tokens, 0)) AS output_tokens, sum(ifNull(c.reasoning_tokens, 0)) AS reasoning_tokens,
    countIf(c.input_tokens IS NOT NULL OR c.output_tokens IS NOT NULL) AS calls_with_usage,
    countIf(c.cost IS NOT NULL) AS priced,
    countIf(c.cost IS NULL AND (c.input_tokens IS NOT NULL OR c.output_tokens IS NOT NULL)) AS unpriced,
    toString(sum(ifNull(c.cost, toInt128(0)))) AS cost,
    @sketches@,
    @signs@ AS signs
FROM calls AS c FINAL
WHERE minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')}
    AND has({edges:Array(UInt32)}, toUnixTimestamp(minute)) AND not_counted = ''
    AND (empty({services:Array(String)}) OR has({services:Array(String)}, service))
    AND toUnixTimestamp64Nano(started) + duration_ns < {until:Int64} AND place > 0
GROUP BY project, environment, service, place
SETTINGS max_threads = 1
