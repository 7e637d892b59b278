-- Question: when did the newest span of each service end?
-- Grain:    one row per service
-- Takes:    {lo}, {until} DateTime64(6): spans that ended in [lo, until); {since} UInt64: received after
-- Gives:    project, environment, service String; at Int64 (epoch µs)
SELECT
    project::String AS project, environment::String AS environment, service::String AS service,
    max(intDiv(toUnixTimestamp64Nano(started) + duration_ns, 1000)) AS at
FROM spans
WHERE minute >= toStartOfMinute({lo:DateTime64(6, 'UTC')}) AND minute < {until:DateTime64(6, 'UTC')}
    AND received > {since:UInt64}
    AND toUnixTimestamp64Nano(started) + duration_ns < toUnixTimestamp64Nano({until:DateTime64(6, 'UTC')}::DateTime64(9, 'UTC'))
GROUP BY project, environment, service
