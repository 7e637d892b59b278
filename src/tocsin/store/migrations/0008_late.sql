-- Traces that are settled again because a log event came; emptied before each settling.

CREATE TABLE IF NOT EXISTS late (
    project String,
    trace_id FixedString(16)
)
ENGINE = Memory;
