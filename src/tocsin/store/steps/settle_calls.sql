-- Step:   settle the calls that were collected: count each once, and price it.
-- Takes:  {settled}  UInt64: the version of the rows written
-- Writes: calls; a row for every collected call, also where it does not count
--
-- A call is grouped by the model that was asked for, since a failed one never learns which was
-- served; it is priced by the one that was served. Parts of a count that say more than their whole are cut to it: the
-- whole is what is paid for.
INSERT INTO calls
WITH
    priced AS (
        SELECT
            *,
            if(request_model != '', request_model, response_model) AS model,
            if(said_cached > input_tokens OR isNull(input_tokens), input_tokens, said_cached) AS cached_tokens,
            if(said_cache_write > input_tokens - ifNull(cached_tokens, 0) OR isNull(input_tokens),
                accurateCastOrNull(input_tokens - ifNull(cached_tokens, 0), 'UInt64'), said_cache_write)
                AS cache_write_tokens,
            if(said_cache_write_1h > cache_write_tokens OR isNull(cache_write_tokens),
                cache_write_tokens, said_cache_write_1h) AS cache_write_1h_tokens,
            if(said_reasoning > output_tokens OR isNull(output_tokens), output_tokens, said_reasoning)
                AS reasoning_tokens,
            relation AS not_counted,
            arrayFirst(
                r -> (started >= r.1 AND started < r.2 AND toUnixTimestamp(started) % 86400 >= r.3
                    AND toUnixTimestamp(started) % 86400 < r.4 AND ifNull(input_tokens, 0) >= r.5
                    AND ifNull(input_tokens, 0) < r.6) OR r.15,
                rows
            ) AS row
        FROM (
            SELECT *, if(response_model != '', response_model, request_model) AS priced_model
            FROM told
            WHERE settles
        ) AS t
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
    is_error, error_type, streaming, ttft_ns, session, user, tenant, feature, agent, finish_reason, tool_names,
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
SETTINGS max_block_size = 8192
