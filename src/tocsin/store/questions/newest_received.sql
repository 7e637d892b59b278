-- Question: what is the greatest received stamp in the store?
-- Grain:    one row; 0 when it is empty
-- Takes:    nothing
-- Gives:    received UInt64
SELECT greatest(
    (SELECT max(received) FROM spans), (SELECT max(received) FROM metric_points), (SELECT max(received) FROM log_events)
) AS received
