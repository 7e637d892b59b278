-- Question: what have some runs done so far?
-- Grain:    one row per trace
-- Takes:    {traces} Array(String): 32 hex digits each; {since}, {repeating}, {lately}, {at} DateTime64(6): spans that
--           ended in [since, at), repeats of them in [repeating, at), and what was done in [lately, at)
-- Gives:    project, environment, service, trace_id, agent, tenant String; started, newest Int64 (epoch µs); ended Bool;
--           model_calls, tool_calls, tokens_lately UInt64; femto_lately, femto String (femto-USD, whole);
--           repeated String; repeats UInt64
--
-- A run belongs to the service in which its first step ended, since that never changes as more of it comes.
-- The newest of rows that were written twice is taken by LIMIT BY, and the traces are no name of WITH: with FINAL, or
-- by a name, the engine does not look at the index of traces, and reads everything.
WITH
    toUnixTimestamp64Nano({at:DateTime64(6, 'UTC')}::DateTime64(9, 'UTC')) AS until_ns,
    toUnixTimestamp64Nano({lately:DateTime64(6, 'UTC')}::DateTime64(9, 'UTC')) AS lately_ns,
    toUnixTimestamp64Nano({repeating:DateTime64(6, 'UTC')}::DateTime64(9, 'UTC')) AS repeating_ns,
    seen AS (
        SELECT project, trace_id, span_id, parent_span_id, kind, service::String AS service,
            environment::String AS environment, agent::String AS agent, tenant::String AS tenant,
            toUnixTimestamp64Nano(started) AS start_ns, start_ns + duration_ns AS end_ns
        FROM understood
        WHERE minute >= toStartOfMinute({since:DateTime64(6, 'UTC')}) AND minute <= {at:DateTime64(6, 'UTC')}
            AND trace_id IN arrayMap(t -> unhex(t)::FixedString(16), {traces:Array(String)}) AND end_ns < until_ns
        ORDER BY received DESC
        LIMIT 1 BY project, minute, trace_id, span_id
    )
SELECT
    project::String AS project, who.1 AS environment, who.2 AS service, lower(hex(trace_id)) AS trace_id, agent, tenant,
    intDiv(first_ns, 1000) AS started, intDiv(last_ns, 1000) AS newest, ended,
    model_calls, tool_calls, tokens_lately, femto_lately, femto, repeated, repeats
FROM (
    SELECT project, trace_id, min(start_ns) AS first_ns, max(end_ns) AS last_ns,
        argMin((environment, service), (kind = 'other', end_ns)) AS who,
        argMinIf(agent, start_ns, agent != '') AS agent, anyIf(tenant, tenant != '') AS tenant,
        max(parent_span_id = toFixedString('', 8))::Bool AS ended, countIf(kind = 'tool_call') AS tool_calls
    FROM seen
    GROUP BY project, trace_id
) AS spent
LEFT JOIN (
    SELECT project, trace_id, count() AS model_calls,
        sumIf(ifNull(input_tokens, 0) + ifNull(output_tokens, 0), end_ns >= lately_ns) AS tokens_lately,
        toString(sumIf(ifNull(cost, toInt128(0)), end_ns >= lately_ns)) AS femto_lately,
        toString(sum(ifNull(cost, toInt128(0)))) AS femto
    FROM (
        SELECT project, trace_id, input_tokens, output_tokens, cost, not_counted,
            toUnixTimestamp64Nano(started) + duration_ns AS end_ns
        FROM calls
        WHERE minute >= toStartOfMinute({since:DateTime64(6, 'UTC')}) AND minute <= {at:DateTime64(6, 'UTC')}
            AND trace_id IN arrayMap(t -> unhex(t)::FixedString(16), {traces:Array(String)})
        ORDER BY settled DESC
        LIMIT 1 BY project, minute, trace_id, span_id
    )
    WHERE end_ns < until_ns AND not_counted = ''
    GROUP BY project, trace_id
) AS c USING (project, trace_id)
LEFT JOIN (
    SELECT project, trace_id, argMax(tool, n) AS repeated, max(n) AS repeats
    FROM (
        SELECT project, trace_id, tool, uniqExact(span_id) AS n
        FROM (
            SELECT project, trace_id, span_id, name,
                arrayFirst(v -> v != '', [attributes['gen_ai.tool.name'], attributes['tool.name'],
                    attributes['traceloop.entity.name'], attributes['ai.toolCall.name'], name]) AS tool,
                arrayFirst(v -> v != '', [attributes['gen_ai.tool.call.arguments'], attributes['tool_arguments'],
                    attributes['input.value'], attributes['traceloop.entity.input'], attributes['ai.toolCall.args'],
                    attributes['gcp.vertex.agent.tool_call_args'], attributes['mlflow.spanInputs'],
                    attributes['langfuse.observation.input']]) AS arguments,
                toUnixTimestamp64Nano(started) + duration_ns AS end_ns
            FROM spans
            WHERE minute >= toStartOfMinute({repeating:DateTime64(6, 'UTC')}) AND minute <= {at:DateTime64(6, 'UTC')}
                AND trace_id IN arrayMap(t -> unhex(t)::FixedString(16), {traces:Array(String)})
                AND (project, trace_id, span_id) IN (
                    SELECT project, trace_id, span_id FROM seen WHERE kind = 'tool_call'
                )
        )
        WHERE arguments != '' AND end_ns >= repeating_ns AND end_ns < until_ns
        GROUP BY project, trace_id, tool, cityHash64(arguments)
    )
    GROUP BY project, trace_id
) AS t USING (project, trace_id)
SETTINGS join_use_nulls = 0
