-- Question: which traces could belong to a run that does too much?
-- Grain:    one row per trace, at most {limit}; more than in truth rather than fewer
-- Takes:    {since}, {lately}, {at} DateTime64(6): spans that ended in [since, at), one of them in [lately, at);
--           {steps}, {tool_calls}, {tokens}, {limit} UInt32; {femto} Int64: a trace at or over any of these
-- Gives:    project, trace_id String (32 hex digits)
SELECT project::String AS project, lower(hex(trace_id)) AS trace_id
FROM (
    SELECT project, trace_id,
        countIf(kind IN ('model_call', 'embedding_call', 'tool_call')) / {steps:UInt32} AS by_steps,
        countIf(kind = 'tool_call') / {tool_calls:UInt32} AS by_tools,
        greatest(by_steps, by_tools) AS weight
    FROM understood
    WHERE minute >= toStartOfMinute({since:DateTime64(6, 'UTC')}) AND minute <= {at:DateTime64(6, 'UTC')}
        AND kind IN ('model_call', 'embedding_call', 'tool_call')
    GROUP BY project, trace_id
    HAVING weight >= 1 AND max(minute) >= toStartOfMinute({lately:DateTime64(6, 'UTC')})
    UNION ALL
    SELECT project, trace_id,
        sumIf(ifNull(input_tokens, 0) + ifNull(output_tokens, 0), minute >= toStartOfMinute({lately:DateTime64(6, 'UTC')}))
            / {tokens:UInt32} AS by_tokens,
        sum(ifNull(cost, toInt128(0))) / {femto:Int64} AS by_cost,
        greatest(by_tokens, by_cost) AS weight
    FROM calls FINAL
    WHERE minute >= toStartOfMinute({since:DateTime64(6, 'UTC')}) AND minute <= {at:DateTime64(6, 'UTC')}
        AND not_counted = ''
    GROUP BY project, trace_id
    HAVING weight >= 1 AND max(minute) >= toStartOfMinute({lately:DateTime64(6, 'UTC')})
)
GROUP BY project, trace_id
ORDER BY max(weight) DESC, trace_id
LIMIT {limit:UInt32}
