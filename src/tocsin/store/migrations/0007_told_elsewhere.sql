-- What is told of a call elsewhere than on its span; the tables are emptied before each settling.

-- By the log events of the same span. NULL, empty: nothing is said.
CREATE TABLE IF NOT EXISTS logged (
    project String,
    trace_id FixedString(16),
    span_id FixedString(8),
    log_streaming Nullable(Bool),
    log_ttft_ns Nullable(Int64),
    log_session String,
    log_user String,
    log_tenant String,
    log_feature String,
    log_agent String,
    log_finish_reason String,
    log_tool_names Array(String)
)
ENGINE = Join(ANY, LEFT, project, trace_id, span_id)
SETTINGS persistent = 0;

-- By spans of other instrumentations with the same answer.
CREATE TABLE IF NOT EXISTS twins (
    project String,
    response_id String,
    several Bool,
    -- The span that stands for all: trace, span, scope, start, end.
    first Tuple(FixedString(16), FixedString(8), String, DateTime64(9, 'UTC'), DateTime64(9, 'UTC')),
    twin_streaming Nullable(Bool),
    twin_ttft_ns Nullable(Int64),
    twin_session String,
    twin_user String,
    twin_tenant String,
    twin_feature String,
    twin_agent String,
    twin_finish_reason String,
    twin_tool_names Array(String)
)
ENGINE = Join(ANY, LEFT, project, response_id)
SETTINGS persistent = 0;

-- The calls of one settling with that added; then they are told as the others are.
CREATE TABLE IF NOT EXISTS retold AS told;

ALTER TABLE log_events ADD INDEX IF NOT EXISTS by_received received TYPE minmax GRANULARITY 1;
ALTER TABLE log_events ADD INDEX IF NOT EXISTS by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1;
