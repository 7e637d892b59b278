-- The minutes of each service, whatever its models, releases and errors: what alarms read every few seconds. A service
-- that calls twenty models has a twentieth of the rows. See docs/decisions/0110-minutes-by-service.md.

CREATE TABLE IF NOT EXISTS rollup_service (
    project LowCardinality(String),
    minute DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
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
ORDER BY (project, minute, service, environment)
SETTINGS ttl_only_drop_parts = 1;

-- What is rolled up already; in the order of both tables, so that it needs little memory.
INSERT INTO rollup_service (
    project, minute, service, environment, calls, failed, errors, input_tokens, cached_tokens, cache_write_tokens,
    output_tokens, reasoning_tokens, calls_with_usage, priced, unpriced, cost, duration, ttft, settled
)
SELECT
    project, minute, service, environment, sum(calls), sum(failed), sum(errors), sum(input_tokens), sum(cached_tokens),
    sum(cache_write_tokens), sum(output_tokens), sum(reasoning_tokens), sum(calls_with_usage), sum(priced),
    sum(unpriced), sum(cost),
    sumMap(duration.buckets, duration.counts)::Tuple(buckets Array(UInt16), counts Array(UInt64)),
    sumMap(ttft.buckets, ttft.counts)::Tuple(buckets Array(UInt16), counts Array(UInt64)),
    max(settled)
FROM rollup_minute FINAL
GROUP BY project, minute, service, environment
SETTINGS optimize_aggregation_in_order = 1, max_threads = 1, max_partitions_per_insert_block = 0;
