-- Step:   understand the spans that arrived: feed them to the views that end in `understood`.
-- Takes:  {since}, {until}  UInt64: since < received <= until
--         {lo}, {hi}        DateTime: their minutes, both ends included
-- Writes: understood, through understand_0
INSERT INTO understand_0
SELECT
    project, minute, trace_id, span_id, parent_span_id, name, started, duration_ns, service, environment, release,
    received, scope, scope_version,
    mapKeys(resource) AS res_keys, mapValues(resource) AS res_vals, resource::Map(String, String) AS res,
    if(parent_span_id = toFixedString('', 8), '', parent_span_id::String) AS parent_raw, span_kind,
    toUInt64(toUnixTimestamp64Nano(started)) AS start_ns, toUInt64(start_ns + duration_ns) AS end_ns,
    status_code, status_message, mapKeys(attributes) AS keys, mapValues(attributes) AS vals,
    event_names, event_times, arrayMap(m -> mapKeys(m), event_attributes) AS event_keys,
    arrayMap(m -> mapValues(m), event_attributes) AS event_vals
FROM spans
WHERE received > {since:UInt64} AND received <= {until:UInt64}
    AND minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')}
SETTINGS max_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 16384,
    min_insert_block_size_bytes = 33554432, query_plan_enable_optimizations = 1
