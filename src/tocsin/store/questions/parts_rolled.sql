-- Question: what do calls add up to, by step and group, where the rollups know the dimensions?
-- Grain:    one row per step and group that has calls
-- Takes:    {project} String; {since}, {until} DateTime, half-open, whole minutes; {step} UInt32 seconds;
--           {hourly} Bool: whole hours may come from the hour rollup; @group@ expressions, @where@ conditions
-- Gives:    at UInt32 (start of the step, epoch s); group Array(String); calls … unpriced UInt64; cost String (femto-USD, whole); duration, ttft Tuple(Array(UInt16), Array(UInt64)); signs Tuple(Array(String), Array(UInt64))
WITH
    (SELECT toDateTime(argMax(hour, mark), 'UTC') FROM settle_mark) AS rolled,
    if({hourly:Bool}, toStartOfHour({since:DateTime('UTC')} + 3599, 'UTC'), {until:DateTime('UTC')}) AS hours_since,
    greatest(hours_since, least(rolled, toStartOfHour({until:DateTime('UTC')}, 'UTC'))) AS hours_until
SELECT
    toUInt32(toUnixTimestamp({since:DateTime('UTC')})
        + intDiv(toUnixTimestamp(minute) - toUnixTimestamp({since:DateTime('UTC')}), {step:UInt32}) * {step:UInt32}) AS at,
    [@group@]::Array(String) AS group,
    sum(calls) AS calls, sum(failed) AS failed, sum(errors) AS errors, sum(input_tokens) AS input_tokens,
    sum(cached_tokens) AS cached_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    sum(calls_with_usage) AS calls_with_usage, sum(priced) AS priced, sum(unpriced) AS unpriced,
    toString(sum(cost)) AS cost,
    sumMap(duration.buckets, duration.counts)::Tuple(Array(UInt16), Array(UInt64)) AS duration,
    sumMap(ttft.buckets, ttft.counts)::Tuple(Array(UInt16), Array(UInt64)) AS ttft,
    sumMap(signs.names, signs.counts)::Tuple(Array(String), Array(UInt64)) AS signs
FROM (
    SELECT * FROM rollup_hour FINAL
    WHERE {hourly:Bool} AND project = {project:String} AND minute >= hours_since AND minute < hours_until @where@
    UNION ALL
    SELECT * FROM rollup_minute FINAL
    WHERE project = {project:String} AND minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
        AND (NOT {hourly:Bool} OR minute < hours_since OR minute >= hours_until) @where@
)
GROUP BY at, group
HAVING calls > 0
ORDER BY at, group
