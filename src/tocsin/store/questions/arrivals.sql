-- Question: when did how many spans, and log events that tell of calls, arrive?
-- Grain:    one row per received stamp, rising, at most {limit}
-- Takes:    {since}, {until} UInt64: since < received <= until; {limit} UInt32
-- Gives:    received UInt64; arrived UInt64
SELECT received, count() AS arrived
FROM (
    SELECT received FROM spans
    UNION ALL SELECT received FROM understand_events
)
WHERE received > {since:UInt64} AND received <= {until:UInt64}
GROUP BY received
ORDER BY received
LIMIT {limit:UInt32}
