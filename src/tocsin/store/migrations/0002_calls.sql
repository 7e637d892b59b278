-- What the watch loop derives: calls counted once and priced, and what they add up to.
--
-- Everything here can be made again from the spans; a newer `settled` replaces.

-- What a mapping made of each span; the spans keep what came, so this too can be made again.
CREATE TABLE IF NOT EXISTS understood (
    project LowCardinality(String),
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    trace_id FixedString(16) CODEC(ZSTD(1)),
    span_id FixedString(8) CODEC(ZSTD(1)),
    parent_span_id FixedString(8) CODEC(ZSTD(1)),
    name String CODEC(ZSTD(1)),
    started DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    duration_ns Int64 CODEC(ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    scope LowCardinality(String),
    mapping LowCardinality(String),
    -- model_call, embedding_call, tool_call, agent or other.
    kind LowCardinality(String),
    operation LowCardinality(String),
    provider LowCardinality(String),
    request_model LowCardinality(String),
    response_model LowCardinality(String),
    response_id String CODEC(ZSTD(1)),
    -- NULL: not reported. Zero: reported as zero.
    input_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    cached_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    cache_write_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    cache_write_1h_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    output_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    reasoning_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    streaming Nullable(Bool),
    ttft_ns Nullable(Int64) CODEC(ZSTD(1)),
    is_error Bool,
    error_type LowCardinality(String),
    finish_reason LowCardinality(String),
    session String CODEC(ZSTD(1)),
    user String CODEC(ZSTD(1)),
    tenant LowCardinality(String),
    feature LowCardinality(String),
    agent LowCardinality(String),
    tool_names Array(LowCardinality(String)),
    -- What the sender itself says that the call cost; kept beside our own amount, never added to it.
    reported_usd Nullable(Float64),
    received UInt64 CODEC(Delta, ZSTD(1)),
    INDEX by_received received TYPE minmax GRANULARITY 1,
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(received)
PARTITION BY toMonday(minute)
ORDER BY (project, minute, trace_id, span_id)
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS prices (
    provider LowCardinality(String),
    model LowCardinality(String),
    -- One cell of date, time of day (seconds of the UTC day) and tier (total input tokens); all half-open, never
    -- overlapping for one pair.
    valid_from DateTime('UTC'),
    valid_until DateTime('UTC'),
    day_from UInt32,
    day_until UInt32,
    tier_from UInt64,
    tier_until UInt64,
    -- Nano-USD per million tokens: times tokens it is femto-USD, exactly, in integers.
    input Int64,
    cached Int64,
    cache_write Int64,
    cache_write_1h Int64,
    output Int64,
    reasoning Int64,
    -- Femto-USD per call.
    request Int64,
    -- Of the row; or, where `unpriced`, the reason why there is no price.
    id LowCardinality(String),
    source String,
    unpriced Bool
)
ENGINE = MergeTree
ORDER BY (provider, model, valid_from, tier_from);

-- The calls that one settling works on; emptied before each.
CREATE TABLE IF NOT EXISTS told (
    project LowCardinality(String),
    minute DateTime('UTC'),
    trace_id FixedString(16),
    span_id FixedString(8),
    parent_span_id FixedString(8),
    name String,
    started DateTime64(9, 'UTC'),
    ended DateTime64(9, 'UTC'),
    duration_ns Int64,
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    mapping LowCardinality(String),
    provider LowCardinality(String),
    operation LowCardinality(String),
    request_model LowCardinality(String),
    response_model LowCardinality(String),
    input_tokens Nullable(UInt64),
    said_cached Nullable(UInt64),
    said_cache_write Nullable(UInt64),
    said_cache_write_1h Nullable(UInt64),
    output_tokens Nullable(UInt64),
    said_reasoning Nullable(UInt64),
    is_error Bool,
    error_type LowCardinality(String),
    streaming Nullable(Bool),
    ttft_ns Nullable(Int64),
    session String,
    user String,
    tenant LowCardinality(String),
    feature LowCardinality(String),
    agent LowCardinality(String),
    finish_reason LowCardinality(String),
    tool_names Array(LowCardinality(String)),
    response_id String,
    scope LowCardinality(String),
    relation LowCardinality(String),
    settles Bool
)
ENGINE = Memory;

CREATE TABLE IF NOT EXISTS calls (
    project LowCardinality(String),
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    trace_id FixedString(16) CODEC(ZSTD(1)),
    span_id FixedString(8) CODEC(ZSTD(1)),
    parent_span_id FixedString(8) CODEC(ZSTD(1)),
    name LowCardinality(String),
    started DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    duration_ns Int64 CODEC(ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    mapping LowCardinality(String),
    provider LowCardinality(String),
    operation LowCardinality(String),
    request_model LowCardinality(String),
    response_model LowCardinality(String),
    model LowCardinality(String),
    input_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    cached_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    cache_write_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    cache_write_1h_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    output_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    reasoning_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    is_error Bool,
    error_type LowCardinality(String),
    streaming Nullable(Bool),
    ttft_ns Nullable(Int64) CODEC(ZSTD(1)),
    session String CODEC(ZSTD(1)),
    user String CODEC(ZSTD(1)),
    tenant LowCardinality(String),
    feature LowCardinality(String),
    agent LowCardinality(String),
    finish_reason LowCardinality(String),
    tool_names Array(LowCardinality(String)),
    -- Femto-USD (1e-15 USD); NULL: unpriced, and `price` says why.
    cost Nullable(Int128) CODEC(ZSTD(1)),
    price LowCardinality(String),
    -- Empty: the call counts. Else why not: it wraps another call, or another span tells of it too.
    not_counted LowCardinality(String),
    settled UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(settled)
PARTITION BY toMonday(minute)
ORDER BY (project, minute, trace_id, span_id)
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS rollup_minute (
    project LowCardinality(String),
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    operation LowCardinality(String),
    error_type LowCardinality(String),
    calls UInt64 CODEC(ZSTD(1)),
    failed UInt64 CODEC(ZSTD(1)),
    errors UInt64 CODEC(ZSTD(1)),
    input_tokens UInt64 CODEC(ZSTD(1)),
    cached_tokens UInt64 CODEC(ZSTD(1)),
    cache_write_tokens UInt64 CODEC(ZSTD(1)),
    output_tokens UInt64 CODEC(ZSTD(1)),
    reasoning_tokens UInt64 CODEC(ZSTD(1)),
    calls_with_usage UInt64 CODEC(ZSTD(1)),
    priced UInt64 CODEC(ZSTD(1)),
    unpriced UInt64 CODEC(ZSTD(1)),
    cost Int128 CODEC(ZSTD(1)),
    -- The sketches of model/sketch.py.
    duration Tuple(buckets Array(UInt16), counts Array(UInt64)) CODEC(ZSTD(1)),
    ttft Tuple(buckets Array(UInt16), counts Array(UInt64)) CODEC(ZSTD(1)),
    settled UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(settled)
PARTITION BY toMonday(minute)
ORDER BY (project, minute, service, environment, release, provider, model, operation, error_type)
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS rollup_hour AS rollup_minute
ENGINE = ReplacingMergeTree(settled)
PARTITION BY toStartOfMonth(minute)
ORDER BY (project, minute, service, environment, release, provider, model, operation, error_type)
SETTINGS ttl_only_drop_parts = 1;
