-- Step:   tell the calls again, with what only their log events say.
-- Takes:  nothing
-- Writes: retold
INSERT INTO retold
SELECT
    project, minute, trace_id, span_id, parent_span_id, name, started, ended, duration_ns, service, environment, release,
    mapping, provider, operation, request_model, response_model, input_tokens, said_cached, said_cache_write,
    said_cache_write_1h, output_tokens, said_reasoning, is_error, error_type,
    ifNull(streaming, log_streaming), ifNull(ttft_ns, log_ttft_ns), if(session = '', log_session, session),
    if(user = '', log_user, user), if(tenant = '', log_tenant, tenant), if(feature = '', log_feature, feature),
    if(agent = '', log_agent, agent), if(finish_reason = '', log_finish_reason, finish_reason),
    if(empty(tool_names), log_tool_names, tool_names), response_id, scope, relation, settles
FROM told
LEFT ANY JOIN logged USING (project, trace_id, span_id)
