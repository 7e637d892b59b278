-- Question: which model has begun to answer for one that was asked for all along?
-- Grain:    one row per service with such a model: of several the one with most calls
-- Takes:    {since}, {until} DateTime: the time in which it is new, half-open; {lo} DateTime: how far back it was never seen;
--           {known} DateTime: the other was asked for before it; {calls_min} UInt32: so many answers at least
-- Gives:    project, environment, service String; asked, model String; first UInt32 (epoch s); calls UInt64
SELECT project, environment, service, asked, model, first, calls
FROM (
    SELECT
        project, environment, service, asked, model, toUInt32(toUnixTimestamp(seen)) AS first, calls,
        min(seen) OVER (PARTITION BY project, environment, service, model) AS model_seen,
        min(seen) OVER (PARTITION BY project, environment, service, asked) AS asked_seen
    FROM (
        SELECT
            project::String AS project, environment::String AS environment, service::String AS service,
            request_model::String AS asked, response_model::String AS model, min(minute) AS seen, sum(n) AS calls
        FROM (
            SELECT project, environment, service, request_model, response_model, minute, toUInt64(1) AS n
            FROM calls FINAL
            WHERE minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')} AND not_counted = ''
            UNION ALL
            -- Only whether there was one: rows that are settled again need not be told apart.
            SELECT project, environment, service, request_model, response_model, minute, toUInt64(0)
            FROM calls
            WHERE minute >= {lo:DateTime('UTC')} AND minute < {since:DateTime('UTC')}
        )
        WHERE request_model != '' AND response_model != ''
        GROUP BY project, environment, service, asked, model
    )
)
WHERE model_seen >= {since:DateTime('UTC')} AND asked_seen < {known:DateTime('UTC')} AND calls >= {calls_min:UInt32}
ORDER BY calls DESC, asked, model
LIMIT 1 BY project, environment, service
