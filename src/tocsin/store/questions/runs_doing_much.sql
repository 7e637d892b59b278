-- Question: which traces could belong to a run that does too much?
-- Grain:    one row per trace; of each reason, those that do most of it, {limit} at most
-- Takes:    {since}, {lately}, {at} DateTime64(6): spans that ended in [since, at), one of them in [lately, at);
--           {steps}, {tool_calls}, {tokens}, {limit} UInt32; {femto} Int64: a trace at or over any of these
-- Gives:    project, trace_id String (32 hex digits)
--
-- By the minute, so rather more than fewer. Reasons are kept apart: a run that spends must not be lost behind the many
-- that call a few tools, as agents do.
SELECT project::String AS project, lower(hex(trace_id)) AS trace_id
FROM (
    SELECT project, trace_id, over
    FROM (
        SELECT project, trace_id,
            arrayJoin([('steps', steps / {steps:UInt32}), ('tools', tools / {tool_calls:UInt32})]) AS over
        FROM (
            SELECT project, trace_id, count() AS steps, countIf(kind = 'tool_call') AS tools
            FROM understood
            WHERE minute >= toStartOfMinute({since:DateTime64(6, 'UTC')}) AND minute <= {at:DateTime64(6, 'UTC')}
                AND kind IN ('model_call', 'embedding_call', 'tool_call')
            GROUP BY project, trace_id
            HAVING (steps >= {steps:UInt32} OR tools >= {tool_calls:UInt32})
                AND max(minute) >= toStartOfMinute({lately:DateTime64(6, 'UTC')})
        )
        UNION ALL
        SELECT project, trace_id,
            arrayJoin([('tokens', tokens / {tokens:UInt32}), ('cost', femto / {femto:Int64})]) AS over
        FROM (
            SELECT project, trace_id,
                sumIf(ifNull(input_tokens, 0) + ifNull(output_tokens, 0),
                    minute >= toStartOfMinute({lately:DateTime64(6, 'UTC')})) AS tokens,
                sum(ifNull(cost, toInt128(0))) AS femto
            FROM calls FINAL
            WHERE minute >= toStartOfMinute({since:DateTime64(6, 'UTC')}) AND minute <= {at:DateTime64(6, 'UTC')}
                AND not_counted = ''
            GROUP BY project, trace_id
            HAVING (tokens >= {tokens:UInt32} OR femto >= {femto:Int64})
                AND max(minute) >= toStartOfMinute({lately:DateTime64(6, 'UTC')})
        )
    )
    WHERE over.2 >= 1
    ORDER BY over.2 DESC, trace_id
    LIMIT {limit:UInt32} BY over.1
)
GROUP BY project, trace_id
ORDER BY max(over.2) DESC, trace_id
