-- Question: how many spans ended in each ten minutes?
-- Grain:    one row per ten minutes with spans, the newest first
-- Takes:    {since}, {until} DateTime, half-open
-- Gives:    at UInt32 (epoch s); spans UInt64
SELECT toUInt32(toUnixTimestamp(toStartOfTenMinutes(minute))) AS at, count() AS spans
FROM understood
WHERE minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
GROUP BY at
ORDER BY at DESC
