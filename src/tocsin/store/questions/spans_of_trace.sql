-- Question: what is stored of one trace?
-- Grain:    one row per span, by start, at most {limit}
-- Takes:    {project} String; {trace} String: 32 hex digits; {limit} UInt32
-- Gives:    the fields of model/span.py; started Int64 (epoch ns); duration_ns, ttft_ns Int64; cost String (femto-USD)
SELECT
    s.project::String AS project, lower(hex(s.trace_id)) AS trace_id, lower(hex(s.span_id)) AS span_id,
    if(s.parent_span_id = toFixedString('', 8), '', lower(hex(s.parent_span_id))) AS parent_span_id, s.name AS name,
    toUnixTimestamp64Nano(s.started) AS started, s.duration_ns AS duration_ns,
    s.service::String AS service, s.environment::String AS environment, s.release::String AS release,
    u.mapping::String AS mapping, u.provider::String AS provider, u.operation::String AS operation,
    if(u.response_model != '', u.response_model, u.request_model)::String AS model, u.is_error OR s.status_code = 2 AS is_error,
    u.error_type::String AS error_type, s.status_message AS status_message, u.input_tokens AS input_tokens,
    u.cached_tokens AS cached_tokens, u.output_tokens AS output_tokens, u.ttft_ns AS ttft_ns,
    toString(c.cost) AS cost, c.price::String AS price, c.not_counted::String AS not_counted,
    s.attributes::Map(String, String) AS attributes
FROM (
    SELECT * FROM spans
    WHERE project = {project:String} AND trace_id = unhex({trace:String})::FixedString(16)
    ORDER BY received DESC
    LIMIT 1 BY minute, span_id
) AS s
LEFT JOIN (
    SELECT minute, span_id, mapping, provider, operation, request_model, response_model, is_error, error_type,
        input_tokens, cached_tokens, output_tokens, ttft_ns
    FROM understood FINAL
    WHERE project = {project:String} AND trace_id = unhex({trace:String})::FixedString(16)
) AS u ON u.minute = s.minute AND u.span_id = s.span_id
LEFT JOIN (
    SELECT minute, span_id, cost, price, not_counted FROM calls FINAL
    WHERE project = {project:String} AND trace_id = unhex({trace:String})::FixedString(16)
) AS c ON c.minute = s.minute AND c.span_id = s.span_id
ORDER BY started, span_id, duration_ns
LIMIT {limit:UInt32}
