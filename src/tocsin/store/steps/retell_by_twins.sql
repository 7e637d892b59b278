-- Step:   tell the calls again, each answer by one span, which says what only its twins know.
-- Takes:  nothing
-- Writes: retold
INSERT INTO retold
SELECT
    project, minute, trace_id, span_id, parent_span_id, name, started, ended, duration_ns, service, environment, release,
    mapping, provider, operation, request_model, response_model, input_tokens, said_cached, said_cache_write,
    said_cache_write_1h, output_tokens, said_reasoning, is_error, error_type,
    if(stands, ifNull(streaming, twin_streaming), streaming), if(stands, ifNull(ttft_ns, twin_ttft_ns), ttft_ns),
    if(stands AND session = '', twin_session, session), if(stands AND user = '', twin_user, user),
    if(stands AND tenant = '', twin_tenant, tenant), if(stands AND feature = '', twin_feature, feature),
    if(stands AND agent = '', twin_agent, agent),
    if(stands AND finish_reason = '', twin_finish_reason, finish_reason),
    if(stands AND empty(tool_names), twin_tool_names, tool_names), response_id, scope,
    if(relation = '' AND is_twin, 'told by another span', relation), settles
FROM (
    SELECT
        *, several AND (first.1, first.2) = (trace_id, span_id) AS stands,
        several AND first.3 != scope AND first.4 <= ended AND started <= first.5 AS is_twin
    FROM told
    LEFT ANY JOIN twins USING (project, response_id)
)
