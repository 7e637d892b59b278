-- Question: when did how many spans arrive?
-- Grain:    one row per received stamp, rising, at most {limit}
-- Takes:    {since}, {until} UInt64: since < received <= until; {limit} UInt32
-- Gives:    received UInt64; spans UInt64
SELECT received, count() AS spans
FROM spans
WHERE received > {since:UInt64} AND received <= {until:UInt64}
GROUP BY received
ORDER BY received
LIMIT {limit:UInt32}
