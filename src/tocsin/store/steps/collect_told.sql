-- Step:   collect the calls of the collected traces, each with what its trace says of it.
-- Takes:  {lo}, {hi}  DateTime: the minutes of what arrived, both ends included
-- Writes: told; a row for every span that says it is a call, also where it does not count
--
-- A wrapper is a call with another call below it in its trace, up to six levels, that has usage or failed: a framework
-- and its client library are often both instrumented. A call without either below one with usage is part of it. A span
-- that came twice with different ends is one call: the earlier end stands. A call that is above itself is above nothing:
-- else a circle would leave out all its calls.
INSERT INTO told
WITH
    facts AS (
        SELECT
            project, trace_id,
            argMinIf(session, (started, span_id), session != '') AS trace_session,
            argMinIf(user, (started, span_id), user != '') AS trace_user,
            argMinIf(tenant, (started, span_id), tenant != '') AS trace_tenant,
            argMinIf(feature, (started, span_id), feature != '') AS trace_feature
        FROM nodes
        GROUP BY project, trace_id
        HAVING count() > 1 AND countIf(is_call) > 0
    ),
    above AS (
        SELECT
            project, trace_id, span_id, parent_span_id AS up_1,
            joinGet('linked', 'parent_span_id', project, trace_id, up_1) AS up_2,
            joinGet('linked', 'parent_span_id', project, trace_id, up_2) AS up_3,
            joinGet('linked', 'parent_span_id', project, trace_id, up_3) AS up_4,
            joinGet('linked', 'parent_span_id', project, trace_id, up_4) AS up_5,
            joinGet('linked', 'parent_span_id', project, trace_id, up_5) AS up_6,
            [up_1, up_2, up_3, up_4, up_5, up_6] AS chain
        FROM nodes
        WHERE useful AND parent_span_id != toFixedString('', 8)
    ),
    wrappers AS (
        SELECT project, trace_id, arrayJoin(if(has(chain, span_id), [], chain)) AS wrapper FROM above
    )
SELECT
    u.project AS project, minute, u.trace_id AS trace_id, u.span_id AS span_id, u.parent_span_id AS parent_span_id, name,
    started, fromUnixTimestamp64Nano(toUnixTimestamp64Nano(started) + duration_ns, 'UTC') AS ended, duration_ns, service,
    environment, release, mapping, provider, operation, request_model, response_model, input_tokens,
    cached_tokens AS said_cached, cache_write_tokens AS said_cache_write, cache_write_1h_tokens AS said_cache_write_1h,
    output_tokens, reasoning_tokens AS said_reasoning, is_error, error_type, streaming, ttft_ns,
    if(session != '', session, trace_session) AS session,
    if(user != '', user, trace_user) AS user,
    if(tenant != '', tenant, trace_tenant) AS tenant,
    if(feature != '', feature, trace_feature) AS feature,
    if(own_agent != '' OR above_1 = toFixedString('', 8), own_agent, arrayFirst(a -> a != '', [
        joinGet('linked', 'agent', project_key, trace_id, above_1), joinGet('linked', 'agent', project_key, trace_id, above_2),
        joinGet('linked', 'agent', project_key, trace_id, above_3), joinGet('linked', 'agent', project_key, trace_id, above_4)
    ])) AS agent,
    finish_reason, tool_names, response_id, scope,
    multiIf(
        joinGet('linked', 'minute', project_key, trace_id, span_id) != minute, 'told before',
        (project_key, trace_id, span_id) IN wrappers, 'wraps another call',
        NOT useful AND (
            joinGet('linked', 'answered', project_key, trace_id, above_1)
            OR joinGet('linked', 'answered', project_key, trace_id, above_2)
            OR joinGet('linked', 'answered', project_key, trace_id, above_3)
        ), 'part of another call',
        ''
    ) AS relation,
    joinGet('linked', 'touched', project_key, trace_id, span_id)
        OR (project_key, response_id) IN (SELECT project, response_id FROM nodes WHERE touched AND response_id != '')
        AS settles
FROM (
    SELECT
        *, agent AS own_agent, project::String AS project_key,
        input_tokens IS NOT NULL OR output_tokens IS NOT NULL OR is_error AS useful,
        parent_span_id AS above_1,
        joinGet('linked', 'parent_span_id', project_key, trace_id, above_1) AS above_2,
        joinGet('linked', 'parent_span_id', project_key, trace_id, above_2) AS above_3,
        joinGet('linked', 'parent_span_id', project_key, trace_id, above_3) AS above_4
    FROM understood FINAL
    WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
        AND (project, minute, trace_id) IN (SELECT project, minute, trace_id FROM nodes) AND kind IN ('model_call', 'embedding_call')
) AS u
LEFT JOIN facts AS f ON f.project = u.project_key AND f.trace_id = u.trace_id
SETTINGS max_block_size = 8192
