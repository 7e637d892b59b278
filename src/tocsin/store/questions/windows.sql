-- Question: what did the calls of each service add up to in windows that end at one moment?
-- Grain:    one row per service and length that has calls
-- Takes:    {until} DateTime64(6); {lengths} Array(UInt32) seconds; {longest} UInt32 seconds;
--           {edges} Array(UInt32): minutes (epoch s) that a window begins or ends inside; {sketched} Array(UInt32): lengths whose sketches are wanted
-- Gives:    project, environment, service String; length UInt32; calls … unpriced UInt64; cost String (femto-USD, whole); duration, ttft Tuple(Array(UInt16), Array(UInt64))
SELECT
    project, environment, service, length,
    sum(calls) AS calls, sum(failed) AS failed, sum(errors) AS errors, sum(input_tokens) AS input_tokens,
    sum(cached_tokens) AS cached_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    sum(calls_with_usage) AS calls_with_usage, sum(priced) AS priced, sum(unpriced) AS unpriced,
    toString(sum(cost)) AS cost,
    sumMapIf(duration.buckets, duration.counts, has({sketched:Array(UInt32)}, length))
        ::Tuple(Array(UInt16), Array(UInt64)) AS duration,
    sumMapIf(ttft.buckets, ttft.counts, has({sketched:Array(UInt32)}, length))
        ::Tuple(Array(UInt16), Array(UInt64)) AS ttft
FROM (
    SELECT
        *,
        arrayJoin(arrayFilter(
            l -> minute >= if(l > 300, toStartOfMinute({until:DateTime64(6, 'UTC')} - toIntervalSecond(l)),
                    {until:DateTime64(6, 'UTC')} - toIntervalSecond(l))
                AND minute + 60 <= {until:DateTime64(6, 'UTC')},
            {lengths:Array(UInt32)}
        )) AS length
    FROM rollup_minute FINAL
    WHERE minute >= {until:DateTime64(6, 'UTC')} - toIntervalSecond({longest:UInt32} + 60)
        AND minute < {until:DateTime64(6, 'UTC')}
    UNION ALL
    SELECT
        project, minute, service, environment, release, provider, model, operation, error_type,
        toUInt64(1) AS calls, toUInt64(c.is_error AND c.error_type NOT IN ('cancelled', 'content_filter')) AS failed,
        toUInt64(c.is_error) AS errors, ifNull(c.input_tokens, 0) AS input_tokens,
        ifNull(c.cached_tokens, 0) AS cached_tokens, ifNull(c.cache_write_tokens, 0) AS cache_write_tokens,
        ifNull(c.output_tokens, 0) AS output_tokens, ifNull(c.reasoning_tokens, 0) AS reasoning_tokens,
        toUInt64(c.input_tokens IS NOT NULL OR c.output_tokens IS NOT NULL) AS calls_with_usage,
        toUInt64(c.cost IS NOT NULL) AS priced,
        toUInt64(c.cost IS NULL AND (c.input_tokens IS NOT NULL OR c.output_tokens IS NOT NULL)) AS unpriced,
        ifNull(c.cost, toInt128(0)) AS cost,
        if(c.is_error, ([], []), ([if(c.duration_ns <= 1e6, 0,
            toUInt16(ceil(log(least(c.duration_ns / 1e6, 86400000.)) / log(1.04) - 1e-9)))], [1]))
            ::Tuple(buckets Array(UInt16), counts Array(UInt64)) AS duration,
        if(c.ttft_ns IS NULL, ([], []), ([if(ifNull(c.ttft_ns, 0) <= 1e6, 0,
            toUInt16(ceil(log(least(ifNull(c.ttft_ns, 0) / 1e6, 86400000.)) / log(1.04) - 1e-9)))], [1]))
            ::Tuple(buckets Array(UInt16), counts Array(UInt64)) AS ttft,
        settled,
        arrayJoin(arrayFilter(
            l -> ended >= {until:DateTime64(6, 'UTC')} - toIntervalSecond(l) AND ended < {until:DateTime64(6, 'UTC')}
                AND ((l <= 300 AND minute < {until:DateTime64(6, 'UTC')} - toIntervalSecond(l))
                    OR minute + 60 > {until:DateTime64(6, 'UTC')}),
            {lengths:Array(UInt32)}
        )) AS length
    FROM (
        SELECT *, fromUnixTimestamp64Nano(toUnixTimestamp64Nano(started) + duration_ns, 'UTC') AS ended
        FROM calls FINAL
        WHERE has({edges:Array(UInt32)}, toUnixTimestamp(minute)) AND not_counted = ''
            AND minute >= {until:DateTime64(6, 'UTC')} - toIntervalSecond({longest:UInt32} + 60)
    ) AS c
)
GROUP BY project, environment, service, length
HAVING calls > 0
