-- Question: which minutes did log events that tell of calls arrive for?
-- Grain:    one row per hour, rising
-- Takes:    {since}, {until} UInt64: since < received <= until
-- Gives:    events UInt64; lo, hi UInt32: first and last minute (epoch s)
SELECT count() AS events, toUInt32(toUnixTimestamp(min(minute))) AS lo, toUInt32(toUnixTimestamp(max(minute))) AS hi
FROM understand_events
WHERE received > {since:UInt64} AND received <= {until:UInt64}
GROUP BY toStartOfHour(minute, 'UTC')
ORDER BY lo
