-- Question: how often does each service, and each whole project, usually have calls?
-- Grain:    one row per service, and one per project with no environment and the service `all services`
-- Takes:    {until} DateTime; {all} String: the name of the service that stands for all
-- Gives:    project, environment, service String; first_seen UInt32; calls_week UInt64; gap_p99 UInt32 seconds;
--           active_hours Array(UInt32) rising, epoch s, last 28 days
WITH
    gaps AS (
        SELECT project, who.1 AS environment, who.2 AS service,
            arraySort(arrayPopFront(arrayDifference(arraySort(groupUniqArray(toUnixTimestamp(minute)))))) AS between
        FROM (
            SELECT project, minute, arrayJoin([(environment::String, service::String), ('', {all:String})]) AS who
            FROM rollup_minute FINAL
            WHERE minute >= {until:DateTime('UTC')} - 604800 AND minute < {until:DateTime('UTC')} AND calls > 0
        )
        GROUP BY project, environment, service
    ),
    hours AS (
        SELECT project, who.1 AS environment, who.2 AS service, min(minute) AS first_hour,
            sumIf(calls, minute >= {until:DateTime('UTC')} - 604800) AS calls_week,
            arraySort(groupUniqArray(toUInt32(toUnixTimestamp(toStartOfHour(minute, 'UTC'))))) AS active_hours
        FROM (
            SELECT project, minute, calls, arrayJoin([(environment::String, service::String), ('', {all:String})]) AS who
            FROM (
                SELECT project, environment, service, minute, calls FROM rollup_hour FINAL
                WHERE minute >= toStartOfHour({until:DateTime('UTC')} - 2419200, 'UTC')
                    AND minute < toStartOfHour({until:DateTime('UTC')} - 3600, 'UTC') AND calls > 0
                UNION ALL
                SELECT project, environment, service, minute, calls FROM rollup_minute FINAL
                WHERE minute >= toStartOfHour({until:DateTime('UTC')} - 3600, 'UTC')
                    AND minute < {until:DateTime('UTC')} AND calls > 0
            )
        )
        GROUP BY project, environment, service
    )
SELECT
    project::String AS project, environment, service, toUInt32(toUnixTimestamp(first_hour)) AS first_seen, calls_week,
    toUInt32(greatest(60, between[toUInt32(ceil(0.99 * length(between)))])) AS gap_p99, active_hours
FROM hours
LEFT JOIN gaps USING (project, environment, service)
