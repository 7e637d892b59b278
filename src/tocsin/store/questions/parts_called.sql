-- Question: what do calls add up to, by step and group, for any dimension?
-- Grain:    one row per step and group that has calls
-- Takes:    {project} String; {since}, {until} DateTime, half-open, whole minutes; {step} UInt32 seconds;
--           @group@ expressions, @where@ conditions, @signs@ column
-- Gives:    as parts_rolled
SELECT
    toUInt32(toUnixTimestamp({since:DateTime('UTC')})
        + intDiv(toUnixTimestamp(minute) - toUnixTimestamp({since:DateTime('UTC')}), {step:UInt32}) * {step:UInt32}) AS at,
    [@group@]::Array(String) AS group,
    count() AS calls,
    countIf(c.is_error AND c.error_type NOT IN ('cancelled', 'content_filter')) AS failed,
    countIf(c.is_error) AS errors,
    sum(ifNull(c.input_tokens, 0)) AS input_tokens,
    sum(ifNull(c.cached_tokens, 0)) AS cached_tokens,
    sum(ifNull(c.cache_write_tokens, 0)) AS cache_write_tokens,
    sum(ifNull(c.output_tokens, 0)) AS output_tokens,
    sum(ifNull(c.reasoning_tokens, 0)) AS reasoning_tokens,
    countIf(c.input_tokens IS NOT NULL OR c.output_tokens IS NOT NULL) AS calls_with_usage,
    countIf(c.cost IS NOT NULL) AS priced,
    countIf(c.cost IS NULL AND (c.input_tokens IS NOT NULL OR c.output_tokens IS NOT NULL)) AS unpriced,
    toString(sum(ifNull(c.cost, toInt128(0)))) AS cost,
    sumMapIf([if(c.duration_ns <= 1e6, 0, toUInt16(ceil(log(least(c.duration_ns / 1e6, 86400000.)) / log(1.04) - 1e-9)))],
        [toUInt64(1)], NOT c.is_error)::Tuple(Array(UInt16), Array(UInt64)) AS duration,
    sumMapIf([if(ifNull(c.ttft_ns, 0) <= 1e6, 0,
            toUInt16(ceil(log(least(ifNull(c.ttft_ns, 0) / 1e6, 86400000.)) / log(1.04) - 1e-9)))],
        [toUInt64(1)], c.ttft_ns IS NOT NULL)::Tuple(Array(UInt16), Array(UInt64)) AS ttft,
    @signs@ AS signs
FROM calls AS c FINAL
WHERE project = {project:String} AND minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
    AND not_counted = '' @where@
GROUP BY at, group
ORDER BY at, group
