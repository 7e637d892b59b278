-- Step:   collect what log events say of the calls of the collected traces.
-- Takes:  {lo}, {hi}  DateTime: the minutes of what arrived, both ends included
-- Writes: logged
--
-- One event for a whole call says more than one for each of its answers; of several the first holds.
INSERT INTO logged
SELECT
    project, call_trace, call_span,
    argMinIf(streaming, (at, content), streaming IS NOT NULL) AS log_streaming,
    argMinIf(ttft_ns, (at, content), ttft_ns IS NOT NULL) AS log_ttft_ns,
    argMinIf(session, (at, content), session != '') AS log_session,
    argMinIf(user, (at, content), user != '') AS log_user,
    argMinIf(tenant, (at, content), tenant != '') AS log_tenant,
    argMinIf(feature, (at, content), feature != '') AS log_feature,
    argMinIf(agent, (at, content), agent != '') AS log_agent,
    argMinIf(finish_reason, (one_answer, number, at, content), finish_reason != '') AS log_finish_reason,
    if(countIf(NOT one_answer AND notEmpty(tool_names)) > 0,
        argMinIf(tool_names, (at, content), NOT one_answer AND notEmpty(tool_names)),
        arrayFlatten(arrayMap(a -> a.2, arraySort(groupUniqArrayIf((number, tool_names), one_answer))))
    ) AS log_tool_names
FROM understand_said
WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
    AND trace_id IN (SELECT lower(hex(trace_id)) FROM nodes WHERE is_call)
GROUP BY project, call_trace, call_span
