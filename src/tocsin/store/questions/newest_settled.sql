-- Question: how far was everything settled and rolled up?
-- Grain:    one row; zeros when nothing was yet
-- Takes:    nothing
-- Gives:    mark UInt64: received stamp up to which all is settled; version UInt64: the greatest of any row; hour UInt32:
--           the newest hour rolled up, or the one before the first minute (epoch s)
SELECT max(mark) AS mark, max(version) AS version, max(hour) AS hour
FROM (
    SELECT max(mark) AS mark, toUInt64(0) AS version, toUInt32(0) AS hour FROM settle_mark
    UNION ALL
    SELECT toUInt64(0), max(settled), if(count() = 0, 0, toUInt32(toUnixTimestamp(toStartOfHour(min(minute), 'UTC')) - 3600))
    FROM rollup_minute
    UNION ALL
    SELECT toUInt64(0), max(settled), toUInt32(toUnixTimestamp(max(minute))) FROM rollup_hour
)
