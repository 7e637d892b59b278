-- Step:   add up the minutes that were just rolled up, by service.
-- Takes:  {settled}   UInt64: the version of those rows, and of the rows written
--         {lo}, {hi}  DateTime: bounds of those minutes, both ends included
-- Writes: rollup_service; recomputed whole, as those minutes were: a group that is gone is written as zero
INSERT INTO rollup_service
SELECT
    project, minute, service, environment,
    sum(calls) AS calls, sum(failed) AS failed, sum(errors) AS errors, sum(input_tokens) AS input_tokens,
    sum(cached_tokens) AS cached_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    sum(calls_with_usage) AS calls_with_usage, sum(priced) AS priced, sum(unpriced) AS unpriced, sum(cost) AS cost,
    sumMap(duration.buckets, duration.counts)::Tuple(buckets Array(UInt16), counts Array(UInt64)) AS duration,
    sumMap(ttft.buckets, ttft.counts)::Tuple(buckets Array(UInt16), counts Array(UInt64)) AS ttft,
    sumMap(signs.names, signs.counts)::Tuple(names Array(LowCardinality(String)), counts Array(UInt64)) AS signs,
    {settled:UInt64} AS settled
FROM rollup_minute
WHERE settled = {settled:UInt64} AND minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')}
GROUP BY project, minute, service, environment
