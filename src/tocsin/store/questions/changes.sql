-- Question: which services have a release that was not there before, and since when?
-- Grain:    one row per service with a new release
-- Takes:    {since}, {until} DateTime, half-open; new is what had no call in the 24 h before {since}
-- Gives:    project, environment, service String; at UInt32 (epoch s)
SELECT project, environment, service, minIf(first, first >= toUnixTimestamp({since:DateTime('UTC')})) AS at
FROM (
    SELECT project::String AS project, environment::String AS environment, service::String AS service, release,
        toUInt32(toUnixTimestamp(min(minute))) AS first
    FROM (
        SELECT project, environment, service, release, minute FROM rollup_hour FINAL
        WHERE minute >= toStartOfHour({since:DateTime('UTC')} - 86400, 'UTC')
            AND minute < toStartOfHour({since:DateTime('UTC')}, 'UTC') AND calls > 0
        UNION ALL
        SELECT project, environment, service, release, minute FROM rollup_minute FINAL
        WHERE minute >= toStartOfHour({since:DateTime('UTC')}, 'UTC') AND minute < {until:DateTime('UTC')} AND calls > 0
    )
    GROUP BY project, environment, service, release
)
GROUP BY project, environment, service
HAVING max(first) >= toUnixTimestamp({since:DateTime('UTC')}) AND min(first) < toUnixTimestamp({since:DateTime('UTC')})
