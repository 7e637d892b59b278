-- Step:   settle the calls of every trace that spans arrived for: count each once, spread the trace's facts, price it.
-- Takes:  {since}, {until}  UInt64: spans with since < received <= until start it
--         {lo}, {hi}        DateTime: their minutes, both ends included
--         {settled}         UInt64: the version of the rows written
-- Writes: calls; a row for every span that says it is a call, also where it does not count
--
-- A wrapper is a call with another call below it in its trace, up to six levels, that has usage or failed: a framework
-- and its client library are often both instrumented. A call without either below one with usage is part of it. Two
-- spans of different instrumentations with one response id that overlap in time are one call: the one with more counts
-- stands for it. A span that came twice with different ends is one call: the earlier end stands. A call is grouped by the
-- model that was asked for, since a failed one never learns which was served; it is priced by the one that was served.
--
-- All spans of a touched trace within the hour are looked at, and all that tell of one of its answers, so that it makes
-- no difference in which order and in how many pieces they came.
INSERT INTO calls
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
    traces AS (
        SELECT
            project, trace_id,
            -- Sorted, so that a parent is found without a search through all of a long trace.
            arraySort(groupArray((span_id, parent_span_id, agent))) AS nodes,
            nodes.1 AS ids, nodes.2 AS parents, nodes.3 AS agents,
            groupArrayIf((span_id, parent_span_id), is_call AND useful) AS useful_calls,
            arraySort(groupArrayIf(span_id, is_call AND has_usage)) AS with_usage,
            groupArrayIf((span_id, parent_span_id), is_call AND NOT useful) AS silent,
            argMinIf(session, (started, span_id), session != '') AS trace_session,
            argMinIf(user, (started, span_id), user != '') AS trace_user,
            argMinIf(tenant, (started, span_id), tenant != '') AS trace_tenant,
            argMinIf(feature, (started, span_id), feature != '') AS trace_feature,
            arraySort(c -> (c.2, c.1), groupArrayIf(
                (minute, span_id, parent_span_id, name, started, duration_ns, service, environment, release, mapping,
                provider, operation, request_model, response_model, input_tokens, cached_tokens, cache_write_tokens,
                cache_write_1h_tokens, output_tokens, reasoning_tokens, is_error, error_type, streaming, ttft_ns,
                session, user, tenant, feature, agent, finish_reason, tool_names, response_id, scope),
                is_call
            )) AS told
        FROM (
            SELECT
                *,
                kind IN ('model_call', 'embedding_call') AS is_call,
                input_tokens IS NOT NULL OR output_tokens IS NOT NULL AS has_usage,
                has_usage OR is_error AS useful
            FROM understood FINAL
            WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
                AND (project, trace_id) IN (SELECT project, trace_id FROM touched UNION DISTINCT SELECT project, trace_id FROM twins)
        )
        GROUP BY project, trace_id
        HAVING notEmpty(told)
    ),
    related AS (
        SELECT
            *,
            if(length(told) < 2, [], useful_calls) AS from_calls,
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
            if(arrayExists(a -> a != '', agents), arrayMap(
                c -> [
                    agents[indexOfAssumeSorted(ids, c.3)],
                    agents[indexOfAssumeSorted(ids, parents[indexOfAssumeSorted(ids, c.3)])],
                    agents[indexOfAssumeSorted(ids, parents[indexOfAssumeSorted(ids,
                        parents[indexOfAssumeSorted(ids, c.3)])])],
                    agents[indexOfAssumeSorted(ids, parents[indexOfAssumeSorted(ids,
                        parents[indexOfAssumeSorted(ids, parents[indexOfAssumeSorted(ids, c.3)])])])]
                ],
                told
            ), arrayMap(c -> emptyArrayString(), told)) AS agents_above,
            arrayMap(
                (c, above, times) -> (c, above, multiIf(
                    times > 1, 'told before',
                    indexOfAssumeSorted(above_calls, c.2) > 0, 'wraps another call',
                    indexOfAssumeSorted(parts_of_another, c.2) > 0, 'part of another call',
                    ''
                )),
                told, agents_above, arrayEnumerateUniq(arrayMap(c -> c.2, told))
            ) AS judged
        FROM traces
    ),
    flat AS (
        SELECT
            project, trace_id, trace_session, trace_user, trace_tenant, trace_feature,
            arrayJoin(judged) AS j,
            j.1.1 AS minute, j.1.2 AS span_id, j.1.3 AS parent_span_id, j.1.4 AS name, j.1.5 AS started,
            j.1.6 AS duration_ns, j.1.7 AS service, j.1.8 AS environment, j.1.9 AS release, j.1.10 AS mapping,
            j.1.11 AS provider, j.1.12 AS operation, j.1.13 AS request_model, j.1.14 AS response_model,
            j.1.15 AS input_tokens, j.1.16 AS said_cached, j.1.17 AS said_cache_write, j.1.18 AS said_cache_write_1h,
            j.1.19 AS output_tokens, j.1.20 AS said_reasoning,
            j.1.21 AS is_error, j.1.22 AS error_type, j.1.23 AS streaming, j.1.24 AS ttft_ns, j.1.25 AS own_session,
            j.1.26 AS own_user, j.1.27 AS own_tenant, j.1.28 AS own_feature, j.1.29 AS own_agent,
            j.1.30 AS finish_reason, j.1.31 AS tool_names, j.1.32 AS response_id, j.1.33 AS scope,
            arrayFirst(a -> a != '', j.2) AS agent_above, j.3 AS relation,
            if(request_model != '', request_model, response_model) AS model,
            if(response_model != '', response_model, request_model) AS priced_model,
            fromUnixTimestamp64Nano(toUnixTimestamp64Nano(started) + duration_ns, 'UTC') AS ended
        FROM related
    ),
    -- The span that stands for all with its response id. Parts of a count that say more than their whole are cut to it:
    -- the whole is what is paid for.
    stood AS (
        SELECT
            *,
            if(said_cached > input_tokens OR isNull(input_tokens), input_tokens, said_cached) AS cached_tokens,
            if(said_cache_write > input_tokens - ifNull(cached_tokens, 0) OR isNull(input_tokens),
                accurateCastOrNull(input_tokens - ifNull(cached_tokens, 0), 'UInt64'), said_cache_write) AS cache_write_tokens,
            if(said_cache_write_1h > cache_write_tokens OR isNull(cache_write_tokens),
                cache_write_tokens, said_cache_write_1h) AS cache_write_1h_tokens,
            if(said_reasoning > output_tokens OR isNull(output_tokens), output_tokens, said_reasoning) AS reasoning_tokens,
            first_value((trace_id, span_id, scope, started, ended)) OVER (
                PARTITION BY project, if(response_id = '', hex(trace_id) || hex(span_id), response_id)
                ORDER BY relation != '', isNull(input_tokens) + isNull(output_tokens) + isNull(said_cached)
                    + isNull(said_reasoning) + isNull(said_cache_write), started, span_id, trace_id
            ) AS first
        FROM flat
    ),
    priced AS (
        SELECT
            *,
            multiIf(
                relation != '', relation,
                (first.1, first.2) != (trace_id, span_id) AND first.3 != scope AND first.4 <= ended AND started <= first.5,
                'told by another span',
                ''
            ) AS not_counted,
            arrayFirst(
                r -> (started >= r.1 AND started < r.2 AND toUnixTimestamp(started) % 86400 >= r.3
                    AND toUnixTimestamp(started) % 86400 < r.4 AND ifNull(input_tokens, 0) >= r.5
                    AND ifNull(input_tokens, 0) < r.6) OR r.15,
                rows
            ) AS row
        FROM (
            SELECT * FROM stood
            WHERE (project, trace_id) IN touched OR (project, response_id) IN answers
        ) AS wanted
        LEFT JOIN (
            SELECT
                provider, model AS priced_model,
                groupArray((valid_from, valid_until, day_from, day_until, tier_from, tier_until, input, cached,
                    cache_write, cache_write_1h, output, reasoning, request, id, unpriced)) AS rows
            FROM prices
            GROUP BY provider, model
        ) AS book USING (provider, priced_model)
    )
SELECT
    project, minute, trace_id, span_id, parent_span_id, name, started, duration_ns, service, environment, release,
    mapping, provider, operation, request_model, response_model, model,
    input_tokens, cached_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
    is_error, error_type, streaming, ttft_ns,
    if(own_session != '', own_session, trace_session) AS session,
    if(own_user != '', own_user, trace_user) AS user,
    if(own_tenant != '', own_tenant, trace_tenant) AS tenant,
    if(own_feature != '', own_feature, trace_feature) AS feature,
    if(own_agent != '', own_agent, agent_above) AS agent,
    finish_reason, tool_names,
    if(price_fault != '', NULL,
        toInt128(input_tokens - ifNull(cached_tokens, 0) - ifNull(cache_write_tokens, 0)) * row.7
        + toInt128(ifNull(cached_tokens, 0)) * row.8
        + toInt128(ifNull(cache_write_tokens, 0) - ifNull(cache_write_1h_tokens, 0)) * row.9
        + toInt128(ifNull(cache_write_1h_tokens, 0)) * row.10
        + toInt128(ifNull(output_tokens, 0) - ifNull(reasoning_tokens, 0)) * row.11
        + toInt128(ifNull(reasoning_tokens, 0)) * row.12
        + row.13
    ) AS cost,
    if(price_fault != '', price_fault, row.14) AS price,
    not_counted,
    {settled:UInt64} AS settled
FROM (
    SELECT
        *,
        multiIf(
            empty(rows), 'unknown model',
            row.15, row.14,
            input_tokens IS NULL, 'usage missing',
            row.14 = '', 'no price at that date',
            output_tokens IS NULL AND row.11 > 0, 'usage missing',
            ''
        ) AS price_fault
    FROM priced
)
SETTINGS max_block_size = 2048
