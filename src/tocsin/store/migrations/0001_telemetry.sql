-- Telemetry as it is kept: every span, every metric point, every log event, every score.
--
-- A resend replaces: rows with the same key are one row. Weekly partitions: an insert that brings two weeks of history
-- touches three, and retention drops whole parts. Time columns are UTC.

CREATE TABLE IF NOT EXISTS spans (
    project LowCardinality(String),
    -- By the span's end, on the sender's clock; on ours where the sender's is ahead or absurd (see flags).
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    trace_id FixedString(16) CODEC(ZSTD(1)),
    span_id FixedString(8) CODEC(ZSTD(1)),
    parent_span_id FixedString(8) CODEC(ZSTD(1)),
    name String CODEC(ZSTD(1)),
    span_kind UInt8,
    started DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    duration_ns Int64 CODEC(ZSTD(1)),
    status_code UInt8,
    status_message String CODEC(ZSTD(1)),
    scope LowCardinality(String),
    scope_version LowCardinality(String),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    resource Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    event_names Array(LowCardinality(String)),
    event_times Array(UInt64) CODEC(ZSTD(1)),
    event_attributes Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    -- What was odd: negative_duration, clock_ahead, clock_absurd, trace_id_made, span_id_made, attributes_cut.
    flags Array(LowCardinality(String)),
    -- Nanoseconds since the epoch, rising with every group commit: the mark that the watch loop follows.
    received UInt64 CODEC(Delta, ZSTD(1)),
    INDEX by_received received TYPE minmax GRANULARITY 1,
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(received)
PARTITION BY toMonday(minute)
ORDER BY (project, minute, trace_id, span_id)
SETTINGS min_bytes_for_wide_part = 33554432, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS metric_points (
    project LowCardinality(String),
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    scope LowCardinality(String),
    metric LowCardinality(String),
    unit LowCardinality(String),
    -- gauge, sum, histogram or exponential_histogram.
    shape LowCardinality(String),
    -- 1 delta, 2 cumulative, 0 not applicable.
    temporality UInt8,
    monotonic Bool,
    series UInt64,
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    resource Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    started UInt64 CODEC(ZSTD(1)),
    at UInt64 CODEC(Delta, ZSTD(1)),
    value Float64 CODEC(ZSTD(1)),
    count UInt64 CODEC(ZSTD(1)),
    bounds Array(Float64) CODEC(ZSTD(1)),
    buckets Array(UInt64) CODEC(ZSTD(1)),
    scale Int32,
    offset Int32,
    zero_count UInt64,
    received UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(received)
PARTITION BY toMonday(minute)
ORDER BY (project, metric, minute, series, started, at)
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS log_events (
    project LowCardinality(String),
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    -- Of everything in the record: a resend replaces.
    content UInt64,
    at UInt64 CODEC(ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    scope LowCardinality(String),
    event_name LowCardinality(String),
    severity UInt8,
    severity_text LowCardinality(String),
    body String CODEC(ZSTD(1)),
    -- Hex; empty when the record belongs to no span.
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    resource Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    received UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(received)
PARTITION BY toMonday(minute)
ORDER BY (project, minute, content)
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS scores (
    project LowCardinality(String),
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    evaluator LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    response_id String CODEC(ZSTD(1)),
    at UInt64 CODEC(ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    -- NULL: the evaluator gave a label only, or failed.
    value Nullable(Float64),
    label String,
    explanation String CODEC(ZSTD(1)),
    error_type LowCardinality(String),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    received UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(received)
PARTITION BY toMonday(minute)
ORDER BY (project, evaluator, trace_id, span_id, response_id, minute, at)
SETTINGS ttl_only_drop_parts = 1;
