-- Step:   settle the calls of every trace that spans arrived for: count each once, spread the trace's facts, price it.
-- Takes:  {since}, {until}  UInt64: spans with since < received <= until start it
--         {lo}, {hi}        DateTime: their minutes, both ends included
--         {settled}         UInt64: the version of the rows written
-- Writes: calls; a row for every span that says it is a call, also where it does not count
--
-- A wrapper is a call with another call below it in its trace, up to six levels, that has usage or failed: a framework
-- and its client library are often both instrumented. A call without either below one with usage is part of it. Two
-- spans of different instrumentations with one response id that overlap in time are one call: the one with more counts
-- stands for it. A call is grouped by the model that was asked for, since a failed one never learns which was served; it
-- is priced by the one that was served.
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
        WHERE received > {since:UInt64} AND received <= {until:UInt64}
            AND minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')} AND response_id != ''
    ),
    -- Traces that tell of the same calls.
    twins AS (
        SELECT DISTINCT project, trace_id
        FROM understood
        WHERE minute >= {lo:DateTime('UTC')} - 600 AND minute <= {hi:DateTime('UTC')} + 600
            AND response_id != '' AND (project, response_id) IN answers
    ),
    traces AS (
        SELECT
            project, trace_id,
            groupArray(span_id) AS ids,
            groupArray(parent_span_id) AS parents,
            groupArray(agent) AS agents,
            groupArrayIf(parent_span_id, is_call AND useful) AS below,
            groupArrayIf(span_id, is_call AND has_usage) AS with_usage,
            groupArrayIf((span_id, parent_span_id), is_call AND NOT useful) AS silent,
            argMinIf(session, started, session != '') AS trace_session,
            argMinIf(user, started, user != '') AS trace_user,
            argMinIf(tenant, started, tenant != '') AS trace_tenant,
            argMinIf(feature, started, feature != '') AS trace_feature,
            groupArrayIf(
                (minute, span_id, parent_span_id, name, started, duration_ns, service, environment, release, mapping,
                provider, operation, request_model, response_model, input_tokens, cached_tokens, cache_write_tokens,
                cache_write_1h_tokens, output_tokens, reasoning_tokens, is_error, error_type, streaming, ttft_ns,
                session, user, tenant, feature, agent, finish_reason, tool_names, response_id, scope),
                is_call
            ) AS told
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
            arrayMap(p -> parents[indexOf(ids, p)], below) AS up_2,
            arrayMap(p -> parents[indexOf(ids, p)], up_2) AS up_3,
            arrayMap(p -> parents[indexOf(ids, p)], up_3) AS up_4,
            arrayMap(p -> parents[indexOf(ids, p)], up_4) AS up_5,
            arrayMap(p -> parents[indexOf(ids, p)], up_5) AS up_6,
            if(length(told) < 2, [], arrayDistinct(arrayConcat(below, up_2, up_3, up_4, up_5, up_6))) AS above_calls,
            if(empty(silent) OR empty(with_usage), [], arrayMap(s -> s.1, arrayFilter(
                s -> has(with_usage, s.2) OR has(with_usage, parents[indexOf(ids, s.2)])
                    OR has(with_usage, parents[indexOf(ids, parents[indexOf(ids, s.2)])]),
                silent
            ))) AS parts_of_another,
            if(arrayExists(a -> a != '', agents), arrayMap(
                c -> [
                    agents[indexOf(ids, c.3)],
                    agents[indexOf(ids, parents[indexOf(ids, c.3)])],
                    agents[indexOf(ids, parents[indexOf(ids, parents[indexOf(ids, c.3)])])],
                    agents[indexOf(ids, parents[indexOf(ids, parents[indexOf(ids, parents[indexOf(ids, c.3)])])])]
                ],
                told
            ), arrayMap(c -> emptyArrayString(), told)) AS agents_above,
            arrayMap(
                (c, above) -> (c, above, multiIf(
                    has(above_calls, c.2), 'wraps another call', has(parts_of_another, c.2), 'part of another call', ''
                )),
                told, agents_above
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
            j.1.15 AS input_tokens, j.1.16 AS cached_tokens, j.1.17 AS cache_write_tokens,
            j.1.18 AS cache_write_1h_tokens, j.1.19 AS output_tokens, j.1.20 AS reasoning_tokens,
            j.1.21 AS is_error, j.1.22 AS error_type, j.1.23 AS streaming, j.1.24 AS ttft_ns, j.1.25 AS own_session,
            j.1.26 AS own_user, j.1.27 AS own_tenant, j.1.28 AS own_feature, j.1.29 AS own_agent,
            j.1.30 AS finish_reason, j.1.31 AS tool_names, j.1.32 AS response_id, j.1.33 AS scope,
            arrayFirst(a -> a != '', j.2) AS agent_above, j.3 AS relation,
            if(request_model != '', request_model, response_model) AS model,
            if(response_model != '', response_model, request_model) AS priced_model
        FROM related
    ),
    -- The span that stands for all with its response id.
    stood AS (
        SELECT
            *,
            first_value((span_id, scope, started, duration_ns)) OVER (
                PARTITION BY project, if(response_id = '', hex(trace_id) || hex(span_id), response_id)
                ORDER BY relation != '', isNull(input_tokens) + isNull(output_tokens) + isNull(cached_tokens)
                    + isNull(reasoning_tokens) + isNull(cache_write_tokens), started, span_id
            ) AS first
        FROM flat
    ),
    priced AS (
        SELECT
            *,
            multiIf(
                relation != '', relation,
                first.1 != span_id AND first.2 != scope AND first.3 <= fromUnixTimestamp64Nano(toUnixTimestamp64Nano(started) + duration_ns)
                    AND started <= fromUnixTimestamp64Nano(toUnixTimestamp64Nano(first.3) + first.4), 'told by another span',
                ''
            ) AS not_counted,
            arrayFirst(
                r -> (started >= r.1 AND started < r.2 AND toUnixTimestamp(started) % 86400 >= r.3
                    AND toUnixTimestamp(started) % 86400 < r.4 AND ifNull(input_tokens, 0) >= r.5
                    AND ifNull(input_tokens, 0) < r.6) OR r.15,
                rows
            ) AS row
        FROM stood
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
