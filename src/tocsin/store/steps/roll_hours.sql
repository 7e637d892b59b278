-- Step:   add up the minutes of some hours.
-- Takes:  {lo}, {hi}  DateTime: hours with lo <= hour < hi
--         {hours}     Array(UInt32): which of them, as seconds since the epoch
--         {settled}   UInt64: the version of the rows written
-- Writes: rollup_hour; recomputed whole
INSERT INTO rollup_hour
SELECT
    project, hour AS minute, service, environment, release, provider, model, operation, error_type,
    sum(calls) AS calls, sum(failed) AS failed, sum(errors) AS errors, sum(input_tokens) AS input_tokens,
    sum(cached_tokens) AS cached_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    sum(calls_with_usage) AS calls_with_usage, sum(priced) AS priced, sum(unpriced) AS unpriced, sum(cost) AS cost,
    sumMap(duration.buckets, duration.counts)::Tuple(buckets Array(UInt16), counts Array(UInt64)) AS duration,
    sumMap(ttft.buckets, ttft.counts)::Tuple(buckets Array(UInt16), counts Array(UInt64)) AS ttft,
    sumMap(signs.names, signs.counts)::Tuple(names Array(LowCardinality(String)), counts Array(UInt64)) AS signs,
    {settled:UInt64} AS settled
FROM (
    SELECT *, toStartOfHour(minute, 'UTC') AS hour
    FROM rollup_minute FINAL
    WHERE minute >= {lo:DateTime('UTC')} AND minute < {hi:DateTime('UTC')}
)
WHERE toUnixTimestamp(hour) IN {hours:Array(UInt32)}
GROUP BY project, hour, service, environment, release, provider, model, operation, error_type
