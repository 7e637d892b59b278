-- Question: which minutes did calls settle in?
-- Grain:    one row per hour
-- Takes:    {since}, {until} UInt64: since < settled <= until; {lo}, {hi} DateTime: both ends included
-- Gives:    hour UInt32 (epoch s); lo, hi UInt32: first and last minute (epoch s)
SELECT toUInt32(toUnixTimestamp(toStartOfHour(minute, 'UTC'))) AS hour,
    toUInt32(toUnixTimestamp(min(minute))) AS lo, toUInt32(toUnixTimestamp(max(minute))) AS hi
FROM calls
WHERE settled > {since:UInt64} AND settled <= {until:UInt64}
    AND minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')}
GROUP BY hour
ORDER BY hour
