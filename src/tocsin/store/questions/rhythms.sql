-- Question: how often does each service, and each whole project, usually have calls?
-- Grain:    one row per service, and one per project with no environment and the service `all services`
-- Takes:    {until} DateTime: whole minutes before it count; {all} String: the name of the service that stands for all
-- Gives:    project, environment, service String; first_seen UInt32 (epoch s), at most 29 days back; calls_week UInt64;
--           gap_p99 UInt32 seconds, 0 when there was no gap; active_hours Array(UInt32) rising, epoch s, last 29 days
--
-- Hours come from the hour rollup. Those that a bound lies inside, and the last two, come from minutes. Four weeks and a
-- day, because the usual level compares with the hour before the same hour four weeks ago.
WITH
    toStartOfMinute({until:DateTime('UTC')}) AS upto,
    upto - 2505600 AS known,
    upto - 604800 AS week,
    [toStartOfHour(known, 'UTC'), toStartOfHour(week, 'UTC')] AS cut,
    toStartOfHour(upto - 3600, 'UTC') AS open,
    gaps AS (
        SELECT project, who.1 AS environment, who.2 AS service,
            arraySort(arrayPopFront(arrayDifference(arraySort(groupUniqArray(toUnixTimestamp(minute)))))) AS between
        FROM (
            SELECT project, minute, arrayJoin([(environment::String, service::String), ('', {all:String})]) AS who
            FROM rollup_minute FINAL
            WHERE minute >= week AND minute < upto AND calls > 0
        )
        GROUP BY project, environment, service
    ),
    hours AS (
        SELECT project, who.1 AS environment, who.2 AS service, min(minute) AS first, toStartOfHour(first, 'UTC') AS hour,
            sumIf(calls, minute >= week) AS calls_week,
            arraySort(groupUniqArray(toUInt32(toUnixTimestamp(toStartOfHour(minute, 'UTC'))))) AS active_hours
        FROM (
            SELECT project, minute, calls, arrayJoin([(environment::String, service::String), ('', {all:String})]) AS who
            FROM (
                SELECT project, environment, service, minute, calls FROM rollup_hour FINAL
                WHERE minute >= known AND minute < open AND NOT has(cut, minute) AND calls > 0
                UNION ALL
                SELECT project, environment, service, minute, calls FROM rollup_minute FINAL
                WHERE minute >= known AND minute < upto AND calls > 0
                    AND (minute >= open OR minute < cut[1] + 3600 OR (minute >= cut[2] AND minute < cut[2] + 3600))
            )
        )
        GROUP BY project, environment, service
    ),
    -- The first minute of the first hour.
    firsts AS (
        SELECT project, who.1 AS environment, who.2 AS service, toStartOfHour(minute, 'UTC') AS hour, min(minute) AS first_minute
        FROM (
            SELECT project, minute, arrayJoin([(environment::String, service::String), ('', {all:String})]) AS who
            FROM rollup_minute FINAL
            WHERE minute >= known AND calls > 0 AND toStartOfHour(minute, 'UTC') IN (SELECT hour FROM hours)
        )
        GROUP BY project, environment, service, hour
    )
SELECT
    project::String AS project, environment, service,
    toUInt32(toUnixTimestamp(greatest(first, first_minute))) AS first_seen, calls_week,
    toUInt32(between[toUInt32(ceil(0.99 * length(between)))]) AS gap_p99, active_hours
FROM hours
LEFT JOIN gaps USING (project, environment, service)
LEFT JOIN firsts USING (project, environment, service, hour)
