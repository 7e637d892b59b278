-- Question: what did the calls of each service add up to in windows that end at one moment?
-- Grain:    one row per service and length that has calls
-- Takes:    {until} DateTime64(6); {lengths} Array(UInt32) seconds; {longest} UInt32 seconds;
--           {edges} Array(UInt32): minutes (epoch s) that a window begins or ends inside; @sketches@ expressions
-- Gives:    project, environment, service String; length UInt32; calls … unpriced UInt64; cost String (femto-USD, whole); duration, ttft Tuple(Array(UInt16), Array(UInt64))
SELECT
    project, environment, service, length,
    sum(calls) AS calls, sum(failed) AS failed, sum(errors) AS errors, sum(input_tokens) AS input_tokens,
    sum(cached_tokens) AS cached_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    sum(calls_with_usage) AS calls_with_usage, sum(priced) AS priced, sum(unpriced) AS unpriced,
    toString(sum(cost)) AS cost,
    @sketches@
FROM (
    SELECT
        *,
        arrayJoin(arrayFilter(
            l -> minute >= {until:DateTime64(6, 'UTC')} - toIntervalSecond(l)
                AND minute + 60 <= {until:DateTime64(6, 'UTC')},
            {lengths:Array(UInt32)}
        )) AS length
    FROM rollup_minute FINAL
    WHERE minute >= {until:DateTime64(6, 'UTC')} - toIntervalSecond({longest:UInt32} + 60)
        AND minute < {until:DateTime64(6, 'UTC')}
    UNION ALL
    SELECT
        project, minute, service, environment, release, provider, model, operation, error_type,
        toUInt64(1) AS calls, toUInt64(is_error AND error_type NOT IN ('cancelled', 'content_filter')) AS failed,
        toUInt64(is_error) AS errors, ifNull(input_tokens, 0) AS input_tokens,
        ifNull(cached_tokens, 0) AS cached_tokens, ifNull(cache_write_tokens, 0) AS cache_write_tokens,
        ifNull(output_tokens, 0) AS output_tokens, ifNull(reasoning_tokens, 0) AS reasoning_tokens,
        toUInt64(input_tokens IS NOT NULL OR output_tokens IS NOT NULL) AS calls_with_usage,
        toUInt64(cost IS NOT NULL) AS priced,
        toUInt64(cost IS NULL AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)) AS unpriced,
        ifNull(cost, toInt128(0)) AS cost,
        if(is_error, ([], []), ([if(duration_ns <= 1e6, 0,
            toUInt16(ceil(log(least(duration_ns / 1e6, 86400000.)) / log(1.04) - 1e-9)))], [1]))
            ::Tuple(buckets Array(UInt16), counts Array(UInt64)) AS duration,
        if(ttft_ns IS NULL, ([], []), ([if(ifNull(ttft_ns, 0) <= 1e6, 0,
            toUInt16(ceil(log(least(ifNull(ttft_ns, 0) / 1e6, 86400000.)) / log(1.04) - 1e-9)))], [1]))
            ::Tuple(buckets Array(UInt16), counts Array(UInt64)) AS ttft,
        settled,
        arrayJoin(arrayFilter(
            l -> ended >= {until:DateTime64(6, 'UTC')} - toIntervalSecond(l) AND ended < {until:DateTime64(6, 'UTC')}
                AND (minute < {until:DateTime64(6, 'UTC')} - toIntervalSecond(l)
                    OR minute + 60 > {until:DateTime64(6, 'UTC')}),
            {lengths:Array(UInt32)}
        )) AS length
    FROM (
        SELECT *, fromUnixTimestamp64Nano(toUnixTimestamp64Nano(started) + duration_ns, 'UTC') AS ended
        FROM calls FINAL
        WHERE has({edges:Array(UInt32)}, toUnixTimestamp(minute)) AND not_counted = ''
            AND minute >= {until:DateTime64(6, 'UTC')} - toIntervalSecond({longest:UInt32} + 60)
    )
)
GROUP BY project, environment, service, length
HAVING calls > 0
