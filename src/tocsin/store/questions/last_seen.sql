-- Question: when did the newest span of each service end?
-- Grain:    one row per service
-- Takes:    {lo}, {until} DateTime64(6): spans that ended in [lo, until); {since} UInt64: received after
-- Gives:    project, environment, service String; at Int64 (epoch µs): 0 where none ended yet; ahead UInt64: the least
--           received stamp of those that end later; 0 where there is none
SELECT
    project::String AS project, environment::String AS environment, service::String AS service,
    maxIf(intDiv(ended, 1000), ended < toUnixTimestamp64Nano({until:DateTime64(6, 'UTC')}::DateTime64(9, 'UTC'))) AS at,
    minIf(received, ended >= toUnixTimestamp64Nano({until:DateTime64(6, 'UTC')}::DateTime64(9, 'UTC'))) AS ahead
FROM (
    SELECT project, environment, service, received, toUnixTimestamp64Nano(started) + duration_ns AS ended
    FROM spans
    WHERE minute >= toStartOfMinute({lo:DateTime64(6, 'UTC')}) AND received > {since:UInt64}
)
GROUP BY project, environment, service
