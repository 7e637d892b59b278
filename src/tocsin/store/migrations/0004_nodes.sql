-- The spans of the traces that one settling works on; both tables are emptied before each.

CREATE TABLE IF NOT EXISTS nodes (
    project String,
    trace_id FixedString(16),
    span_id FixedString(8),
    minute DateTime('UTC'),
    parent_span_id FixedString(8),
    started DateTime64(9, 'UTC'),
    response_id String,
    session String,
    user String,
    tenant String,
    feature String,
    agent String,
    is_call Bool,
    -- Calls with usage; and those, and failed calls.
    answered Bool,
    useful Bool,
    -- Spans of the trace arrived; else it tells of an answer that such a trace tells of.
    touched Bool
)
ENGINE = Memory;

-- The same by id, so that a parent is found by one look, however long its trace is.
CREATE TABLE IF NOT EXISTS linked (
    project String,
    trace_id FixedString(16),
    span_id FixedString(8),
    -- The first of them where a span came again with another end.
    minute DateTime('UTC'),
    parent_span_id FixedString(8),
    agent String,
    answered Bool,
    touched Bool
)
ENGINE = Join(ANY, LEFT, project, trace_id, span_id)
SETTINGS persistent = 0;
