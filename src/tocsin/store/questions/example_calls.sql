-- Question: which single calls are there?
-- Grain:    one row per call, in the order asked for, at most {limit}
-- Takes:    {project} String; {since}, {until} DateTime, half-open; {limit} UInt32; {uncounted} Bool: also those that
--           do not count; @where@ conditions; @order@ expressions
-- Gives:    the fields of model/call.py; started Int64 (epoch ns); duration_ns, ttft_ns Int64; cost String (femto-USD)
SELECT
    project::String AS project, lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id,
    if(parent_span_id = toFixedString('', 8), '', lower(hex(parent_span_id))) AS parent_span_id, name::String AS name,
    toUnixTimestamp64Nano(started) AS started, duration_ns, service::String AS service,
    environment::String AS environment, release::String AS release, mapping::String AS mapping,
    provider::String AS provider, operation::String AS operation, request_model::String AS request_model,
    response_model::String AS response_model, input_tokens, cached_tokens, cache_write_tokens, output_tokens,
    reasoning_tokens, is_error, error_type::String AS error_type, streaming, ttft_ns, session, user,
    tenant::String AS tenant, feature::String AS feature, agent::String AS agent,
    finish_reason::String AS finish_reason, tool_names::Array(String) AS tool_names, toString(cost) AS cost,
    price::String AS price, not_counted::String AS not_counted
FROM calls AS c FINAL
WHERE project = {project:String} AND minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
    AND (not_counted = '' OR {uncounted:Bool}) @where@
ORDER BY @order@
LIMIT {limit:UInt32}
