-- Step:   add up the calls of the minutes that changed.
-- Takes:  {since}, {until}  UInt64: calls with since < settled <= until name the minutes
--         {lo}, {hi}        DateTime: bounds of those minutes, both ends included
--         {settled}         UInt64: the version of the rows written
--         @shown@ expression
-- Writes: rollup_minute; recomputed whole, never incremented: a group that is gone is written as zero
INSERT INTO rollup_minute
WITH changed AS (
    SELECT DISTINCT project, minute
    FROM calls
    WHERE settled > {since:UInt64} AND settled <= {until:UInt64}
        AND minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')}
)
SELECT
    project, minute, service, environment, release, provider, model, operation, error_type,
    sum(n) AS calls,
    sumIf(n, is_error AND error_type NOT IN ('cancelled', 'content_filter')) AS failed,
    sumIf(n, is_error) AS errors,
    sum(input) AS input_tokens,
    sum(cached) AS cached_tokens,
    sum(cache_write) AS cache_write_tokens,
    sum(output) AS output_tokens,
    sum(reasoning) AS reasoning_tokens,
    sumIf(n, has_usage) AS calls_with_usage,
    sumIf(n, is_priced) AS priced,
    sumIf(n, has_usage AND NOT is_priced) AS unpriced,
    sum(femto) AS cost,
    sumMapIf([duration_bucket], [toUInt64(1)], n = 1 AND NOT is_error)
        ::Tuple(buckets Array(UInt16), counts Array(UInt64)) AS duration,
    sumMapIf([ttft_bucket], [toUInt64(1)], n = 1 AND has_ttft)
        ::Tuple(buckets Array(UInt16), counts Array(UInt64)) AS ttft,
    sumMap(shown, arrayMap(sign -> toUInt64(1), shown))
        ::Tuple(names Array(LowCardinality(String)), counts Array(UInt64)) AS signs,
    {settled:UInt64} AS settled
FROM (
    SELECT
        project, minute, service, environment, release, provider, model, operation, error_type,
        toUInt64(1) AS n, is_error,
        ifNull(input_tokens, 0) AS input, ifNull(cached_tokens, 0) AS cached,
        ifNull(cache_write_tokens, 0) AS cache_write, ifNull(output_tokens, 0) AS output,
        ifNull(reasoning_tokens, 0) AS reasoning,
        input_tokens IS NOT NULL OR output_tokens IS NOT NULL AS has_usage,
        cost IS NOT NULL AS is_priced, ifNull(cost, toInt128(0)) AS femto,
        -- The buckets of model/sketch.py.
        if(duration_ns <= 1e6, 0,
            toUInt16(ceil(log(least(duration_ns / 1e6, 86400000.)) / log(1.04) - 1e-9))) AS duration_bucket,
        ttft_ns IS NOT NULL AS has_ttft,
        if(ifNull(ttft_ns, 0) <= 1e6, 0,
            toUInt16(ceil(log(least(ifNull(ttft_ns, 0) / 1e6, 86400000.)) / log(1.04) - 1e-9))) AS ttft_bucket,
        @shown@ AS shown
    FROM calls AS c FINAL
    WHERE minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')} AND (project, minute) IN changed
        AND not_counted = ''
    UNION ALL
    SELECT
        project, minute, service, environment, release, provider, model, operation, error_type,
        toUInt64(0), false, 0, 0, 0, 0, 0, false, false, toInt128(0), 0, false, 0, []
    FROM rollup_minute FINAL
    WHERE minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')} AND (project, minute) IN changed
)
GROUP BY project, minute, service, environment, release, provider, model, operation, error_type
