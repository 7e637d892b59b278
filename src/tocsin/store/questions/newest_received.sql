-- Question: what is the greatest received stamp in the store?
-- Grain:    one row; 0 when it is empty
-- Takes:    nothing
-- Gives:    received UInt64
SELECT max(received) AS received
FROM (
    SELECT max(received) AS received FROM spans
    UNION ALL SELECT max(received) AS received FROM metric_points
    UNION ALL SELECT max(received) AS received FROM log_events
)
