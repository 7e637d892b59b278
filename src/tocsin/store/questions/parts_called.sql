-- Question: what do calls add up to, by step and group, for any dimension?
-- Grain:    one row per step and group that has calls
-- Takes:    {project} String; {since}, {until} DateTime, half-open, whole minutes; {step} UInt32 seconds;
--           @group@ expressions, @where@ conditions
-- Gives:    as parts_rolled
SELECT
    toUInt32(toUnixTimestamp({since:DateTime('UTC')})
        + intDiv(toUnixTimestamp(minute) - toUnixTimestamp({since:DateTime('UTC')}), {step:UInt32}) * {step:UInt32}) AS at,
    [@group@]::Array(String) AS group,
    count() AS calls,
    countIf(is_error AND error_type NOT IN ('cancelled', 'content_filter')) AS failed,
    countIf(is_error) AS errors,
    sum(ifNull(input_tokens, 0)) AS input_tokens,
    sum(ifNull(cached_tokens, 0)) AS cached_tokens,
    sum(ifNull(cache_write_tokens, 0)) AS cache_write_tokens,
    sum(ifNull(output_tokens, 0)) AS output_tokens,
    sum(ifNull(reasoning_tokens, 0)) AS reasoning_tokens,
    countIf(input_tokens IS NOT NULL OR output_tokens IS NOT NULL) AS calls_with_usage,
    countIf(cost IS NOT NULL) AS priced,
    countIf(cost IS NULL AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)) AS unpriced,
    toString(sum(ifNull(cost, toInt128(0)))) AS cost,
    sumMapIf([if(duration_ns <= 1e6, 0, toUInt16(ceil(log(least(duration_ns / 1e6, 86400000.)) / log(1.04) - 1e-9)))],
        [toUInt64(1)], NOT is_error)::Tuple(Array(UInt16), Array(UInt64)) AS duration,
    sumMapIf([if(ifNull(ttft_ns, 0) <= 1e6, 0,
            toUInt16(ceil(log(least(ifNull(ttft_ns, 0) / 1e6, 86400000.)) / log(1.04) - 1e-9)))],
        [toUInt64(1)], ttft_ns IS NOT NULL)::Tuple(Array(UInt16), Array(UInt64)) AS ttft
FROM calls FINAL
WHERE project = {project:String} AND minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
    AND not_counted = '' @where@
GROUP BY at, group
ORDER BY at, group
