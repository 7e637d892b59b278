-- Question: how do the runs of each service usually go?
-- Grain:    one row per service with runs that had time to end
-- Takes:    {since}, {quiet}, {until} DateTime: spans of minutes in [since, until); runs of which nothing came after quiet
-- Gives:    project, environment, service String; runs, rootless UInt64; took_p99 Int64 (ns); steps_p99, tokens_p99 UInt64;
--           femto_median Float64
--
-- A run belongs to the service in which its first step ended, as in `runs_so_far`.
SELECT
    project::String AS project, who.1 AS environment, who.2 AS service, count() AS runs, countIf(NOT rooted) AS rootless,
    quantileExactIf(0.99)(took, rooted) AS took_p99,
    quantileExactIf(0.99)(model_calls + tool_calls, model_calls + tool_calls > 0) AS steps_p99,
    quantileExactIf(0.99)(tokens, model_calls > 0) AS tokens_p99,
    ifNotFinite(quantileExactIf(0.5)(usd, model_calls > 0), 0)::Float64 AS femto_median
FROM (
    SELECT project, trace_id, max(minute) AS newest,
        argMin((environment::String, service::String),
            (kind = 'other', toUnixTimestamp64Nano(started) + duration_ns)) AS who,
        max(parent_span_id = toFixedString('', 8)) AS rooted,
        maxIf(duration_ns, parent_span_id = toFixedString('', 8)) AS took, countIf(kind = 'tool_call') AS tool_calls
    FROM understood
    WHERE minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
    GROUP BY project, trace_id
    HAVING newest < {quiet:DateTime('UTC')}
) AS runs
LEFT JOIN (
    SELECT project, trace_id, sum(n) AS model_calls, max(lately) AS tokens, sum(femto) AS usd
    FROM (
        SELECT project, trace_id, intDiv(toUnixTimestamp(minute), 120) AS stretch, count() AS n,
            sum(ifNull(input_tokens, 0) + ifNull(output_tokens, 0)) AS lately,
            sum(toFloat64(ifNull(cost, toInt128(0)))) AS femto
        FROM calls FINAL
        WHERE minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')} AND not_counted = ''
        GROUP BY project, trace_id, stretch
    )
    GROUP BY project, trace_id
) AS c USING (project, trace_id)
GROUP BY project, who
SETTINGS max_threads = 1
