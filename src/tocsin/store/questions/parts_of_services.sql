-- Question: what did calls add up to in each service of every project, where the rollups know the dimensions?
-- Grain:    one row per service that has calls
-- Takes:    {since}, {until} DateTime, half-open, whole minutes; @where@ conditions
-- Gives:    project, environment, service String; calls … unpriced UInt64; cost String (femto-USD, whole); duration, ttft Tuple(Array(UInt16), Array(UInt64)); signs Tuple(Array(String), Array(UInt64))
WITH
    (SELECT toDateTime(argMax(hour, mark), 'UTC') FROM settle_mark) AS rolled,
    toStartOfHour({since:DateTime('UTC')} + 3599, 'UTC') AS hours_since,
    greatest(hours_since, least(rolled, toStartOfHour({until:DateTime('UTC')}, 'UTC'))) AS hours_until
SELECT
    project::String AS project, environment::String AS environment, service::String AS service,
    sum(calls) AS calls, sum(failed) AS failed, sum(errors) AS errors, sum(input_tokens) AS input_tokens,
    sum(cached_tokens) AS cached_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    sum(calls_with_usage) AS calls_with_usage, sum(priced) AS priced, sum(unpriced) AS unpriced,
    toString(sum(cost)) AS cost,
    sumMap(duration.buckets, duration.counts)::Tuple(Array(UInt16), Array(UInt64)) AS duration,
    sumMap(ttft.buckets, ttft.counts)::Tuple(Array(UInt16), Array(UInt64)) AS ttft,
    sumMap(signs.names, signs.counts)::Tuple(Array(String), Array(UInt64)) AS signs
FROM (
    SELECT * FROM rollup_hour FINAL WHERE minute >= hours_since AND minute < hours_until @where@
    UNION ALL
    SELECT * FROM rollup_minute FINAL
    WHERE minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
        AND (minute < hours_since OR minute >= hours_until) @where@
)
GROUP BY project, environment, service
HAVING calls > 0
