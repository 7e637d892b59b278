-- Step:   collect the calls of every trace that spans arrived for, each with what its trace says of it.
-- Takes:  {since}, {until}  UInt64: spans with since < received <= until start it
--         {lo}, {hi}        DateTime: their minutes, both ends included
-- Writes: told; a row for every span that says it is a call, also where it does not count
--
-- A wrapper is a call with another call below it in its trace, up to six levels, that has usage or failed: a framework
-- and its client library are often both instrumented. A call without either below one with usage is part of it. A span
-- that came twice with different ends is one call: the earlier end stands.
--
-- All spans of a touched trace within the hour are looked at, and all that tell of one of its answers, so that it makes
-- no difference in which order and in how many pieces they came. What a trace says is gathered from few columns, and
-- only where it has more than one span.
INSERT INTO told
WITH
    touched AS (
        SELECT DISTINCT project, trace_id
        FROM understood
        WHERE received > {since:UInt64} AND received <= {until:UInt64}
            AND minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')}
    ),
    answers AS (
        SELECT DISTINCT project, response_id
        FROM understood
        WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
            AND response_id != '' AND (project, trace_id) IN touched
    ),
    -- Traces that tell of the same calls.
    twins AS (
        SELECT DISTINCT project, trace_id
        FROM understood
        WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
            AND response_id != '' AND (project, response_id) IN answers
    ),
    wanted AS (
        SELECT project, trace_id FROM touched
        UNION DISTINCT
        SELECT project, trace_id FROM twins
    ),
    traces AS (
        SELECT
            project, trace_id,
            -- Sorted, so that a parent is found without a search through all of a long trace.
            arraySort(groupArray((span_id, minute, parent_span_id, agent))) AS nodes,
            nodes.1 AS ids, nodes.3 AS parents,
            groupArrayIf((span_id, parent_span_id), is_call AND useful) AS useful_calls,
            arraySort(groupArrayIf(span_id, is_call AND has_usage)) AS with_usage,
            groupArrayIf((span_id, parent_span_id), is_call AND NOT useful) AS silent,
            argMinIf(session, (started, span_id), session != '') AS trace_session,
            argMinIf(user, (started, span_id), user != '') AS trace_user,
            argMinIf(tenant, (started, span_id), tenant != '') AS trace_tenant,
            argMinIf(feature, (started, span_id), feature != '') AS trace_feature
        FROM (
            SELECT
                project, trace_id, span_id, parent_span_id, minute, started, agent, session, user, tenant, feature,
                kind IN ('model_call', 'embedding_call') AS is_call,
                input_tokens IS NOT NULL OR output_tokens IS NOT NULL AS has_usage,
                has_usage OR is_error AS useful
            FROM understood FINAL
            WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
                AND (project, trace_id) IN wanted
        )
        GROUP BY project, trace_id
        HAVING count() > 1 AND countIf(is_call) > 0
    ),
    related AS (
        SELECT
            project, trace_id, trace_session, trace_user, trace_tenant, trace_feature,
            if(length(useful_calls) + length(silent) < 2, [], useful_calls) AS from_calls,
            arrayMap(c -> c.2, from_calls) AS up_1,
            arrayMap(p -> parents[indexOfAssumeSorted(ids, p)], up_1) AS up_2,
            arrayMap(p -> parents[indexOfAssumeSorted(ids, p)], up_2) AS up_3,
            arrayMap(p -> parents[indexOfAssumeSorted(ids, p)], up_3) AS up_4,
            arrayMap(p -> parents[indexOfAssumeSorted(ids, p)], up_4) AS up_5,
            arrayMap(p -> parents[indexOfAssumeSorted(ids, p)], up_5) AS up_6,
            -- A call that is above itself is above nothing: else a circle would leave out all its calls.
            arraySort(arrayDistinct(arrayFlatten(arrayMap(
                (c, a, b, d, e, f, g) -> if(has([a, b, d, e, f, g], c.1), [], [a, b, d, e, f, g]),
                from_calls, up_1, up_2, up_3, up_4, up_5, up_6
            )))) AS above_calls,
            if(empty(silent) OR empty(with_usage), [], arraySort(arrayMap(s -> s.1, arrayFilter(
                s -> indexOfAssumeSorted(with_usage, s.2) > 0
                    OR indexOfAssumeSorted(with_usage, parents[indexOfAssumeSorted(ids, s.2)]) > 0
                    OR indexOfAssumeSorted(with_usage,
                        parents[indexOfAssumeSorted(ids, parents[indexOfAssumeSorted(ids, s.2)])]) > 0,
                silent
            )))) AS parts_of_another,
            -- Rows of a span that came again with another end.
            arrayMap(n -> (n.1, n.2), arrayFilter((n, times) -> times > 1, nodes, arrayEnumerateUniq(ids))) AS again,
            -- The chain of agents is wanted only where there is one.
            if(arrayExists(n -> n.4 != '', nodes), arrayMap(n -> (n.1, n.3, n.4), nodes), []) AS named
        FROM traces
    )
SELECT
    u.project AS project, u.minute AS minute, u.trace_id AS trace_id, u.span_id AS span_id,
    u.parent_span_id AS parent_span_id, u.name AS name, u.started AS started,
    fromUnixTimestamp64Nano(toUnixTimestamp64Nano(u.started) + u.duration_ns, 'UTC') AS ended,
    u.duration_ns AS duration_ns, u.service AS service, u.environment AS environment, u.release AS release,
    u.mapping AS mapping, u.provider AS provider, u.operation AS operation, u.request_model AS request_model,
    u.response_model AS response_model, u.input_tokens AS input_tokens, u.cached_tokens AS said_cached,
    u.cache_write_tokens AS said_cache_write, u.cache_write_1h_tokens AS said_cache_write_1h,
    u.output_tokens AS output_tokens, u.reasoning_tokens AS said_reasoning, u.is_error AS is_error,
    u.error_type AS error_type, u.streaming AS streaming, u.ttft_ns AS ttft_ns,
    if(u.session != '', u.session, r.trace_session) AS session,
    if(u.user != '', u.user, r.trace_user) AS user,
    if(u.tenant != '', u.tenant, r.trace_tenant) AS tenant,
    if(u.feature != '', u.feature, r.trace_feature) AS feature,
    if(u.agent != '' OR empty(r.named), u.agent, arrayFirst(a -> a != '', [
        r.named.3[indexOfAssumeSorted(r.named.1, u.parent_span_id)],
        r.named.3[indexOfAssumeSorted(r.named.1, r.named.2[indexOfAssumeSorted(r.named.1, u.parent_span_id)])],
        r.named.3[indexOfAssumeSorted(r.named.1, r.named.2[indexOfAssumeSorted(r.named.1,
            r.named.2[indexOfAssumeSorted(r.named.1, u.parent_span_id)])])],
        r.named.3[indexOfAssumeSorted(r.named.1, r.named.2[indexOfAssumeSorted(r.named.1,
            r.named.2[indexOfAssumeSorted(r.named.1, r.named.2[indexOfAssumeSorted(r.named.1, u.parent_span_id)])])])]
    ])) AS agent,
    u.finish_reason AS finish_reason, u.tool_names AS tool_names, u.response_id AS response_id, u.scope AS scope,
    multiIf(
        has(r.again, (u.span_id, u.minute)), 'told before',
        indexOfAssumeSorted(r.above_calls, u.span_id) > 0, 'wraps another call',
        indexOfAssumeSorted(r.parts_of_another, u.span_id) > 0, 'part of another call',
        ''
    ) AS relation,
    (u.project, u.trace_id) IN touched OR (u.project, u.response_id) IN answers AS settles
FROM (
    SELECT * FROM understood FINAL
    WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
        AND (project, trace_id) IN wanted AND kind IN ('model_call', 'embedding_call')
) AS u
LEFT JOIN related AS r USING (project, trace_id)
SETTINGS max_block_size = 2048
