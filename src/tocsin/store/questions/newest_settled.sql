-- Question: how far was everything settled and rolled up?
-- Grain:    one row; zeros when nothing was yet
-- Takes:    nothing
-- Gives:    mark UInt64: received stamp up to which all is settled; version UInt64: the greatest of any row; hour UInt32:
--           the hours before it are rolled up (epoch s), or it is the hour of the first minute; newest UInt32: the last
--           minute (epoch s)
SELECT
    max(marked) AS mark, max(written) AS version,
    if(argMax(closed, marked) = 0, max(first), argMax(closed, marked)) AS hour, max(last) AS newest
FROM (
    SELECT mark AS marked, toUInt64(0) AS written, hour AS closed, toUInt32(0) AS first, toUInt32(0) AS last
    FROM settle_mark
    UNION ALL
    SELECT toUInt64(0), max(settled), toUInt32(0), toUInt32(toUnixTimestamp(toStartOfHour(min(minute), 'UTC'))),
        toUInt32(toUnixTimestamp(max(minute)))
    FROM rollup_minute
    UNION ALL
    SELECT toUInt64(0), max(settled), toUInt32(0), toUInt32(0), toUInt32(0) FROM rollup_hour
)
