-- Step:   find the answers that several instrumentations tell of, and what they say that the best of them does not.
-- Takes:  nothing
-- Writes: twins
--
-- Of the spans with one response id the one with more counts stands for all. The others of other instrumentations are
-- its twins if they overlap with it in time: else an id was used twice.
INSERT INTO twins
SELECT
    project, response_id, true AS several, first,
    argMinIf(streaming, (started, span_id, trace_id), is_twin AND streaming IS NOT NULL) AS twin_streaming,
    argMinIf(ttft_ns, (started, span_id, trace_id), is_twin AND ttft_ns IS NOT NULL) AS twin_ttft_ns,
    argMinIf(session, (started, span_id, trace_id), is_twin AND session != '') AS twin_session,
    argMinIf(user, (started, span_id, trace_id), is_twin AND user != '') AS twin_user,
    argMinIf(tenant, (started, span_id, trace_id), is_twin AND tenant != '') AS twin_tenant,
    argMinIf(feature, (started, span_id, trace_id), is_twin AND feature != '') AS twin_feature,
    argMinIf(agent, (started, span_id, trace_id), is_twin AND agent != '') AS twin_agent,
    argMinIf(finish_reason, (started, span_id, trace_id), is_twin AND finish_reason != '') AS twin_finish_reason,
    argMinIf(tool_names, (started, span_id, trace_id), is_twin AND notEmpty(tool_names)) AS twin_tool_names
FROM (
    SELECT *, scope != first.3 AND started <= first.5 AND ended >= first.4 AS is_twin
    FROM (
        SELECT
            *,
            argMin((trace_id, span_id, scope, started, ended), (
                relation != '', isNull(input_tokens) + isNull(output_tokens) + isNull(said_cached)
                    + isNull(said_reasoning) + isNull(said_cache_write), started, span_id, trace_id
            )) OVER (PARTITION BY project, response_id) AS first
        FROM told
        WHERE (project, response_id) IN (
            SELECT project, response_id
            FROM told
            WHERE response_id != ''
            GROUP BY project, response_id
            HAVING min(scope) != max(scope)
        )
    )
)
GROUP BY project, response_id, first
