-- Step:   collect the spans of every trace that spans arrived for, and of those that tell of one of its answers.
-- Takes:  {since}, {until}  UInt64: spans with since < received <= until start it
--         {lo}, {hi}        DateTime: their minutes, both ends included
-- Writes: nodes
--
-- All spans of these traces within the hour are looked at, so that it makes no difference in which order and in how many
-- pieces they came.
INSERT INTO nodes
WITH
    arrived AS (
        SELECT DISTINCT project, trace_id
        FROM understood
        WHERE received > {since:UInt64} AND received <= {until:UInt64}
            AND minute >= {lo:DateTime('UTC')} AND minute <= {hi:DateTime('UTC')}
        UNION DISTINCT
        SELECT project, trace_id FROM late
    ),
    answers AS (
        SELECT DISTINCT project, response_id
        FROM understood
        WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
            AND response_id != '' AND (project, trace_id) IN arrived
    ),
    -- Traces that tell of the same calls.
    twins AS (
        SELECT DISTINCT project, trace_id
        FROM understood
        WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
            AND response_id != '' AND (project, response_id) IN answers
    ),
    -- By the whole front of the sorting key: only what holds them is read and merged then.
    places AS (
        SELECT DISTINCT project, minute, trace_id
        FROM understood
        WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
            AND (project, trace_id) IN (
                SELECT project, trace_id FROM arrived UNION DISTINCT SELECT project, trace_id FROM twins
            )
    )
SELECT
    project, trace_id, span_id, minute, parent_span_id, started, response_id, session, user, tenant, feature, agent,
    kind IN ('model_call', 'embedding_call') AS is_call,
    is_call AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL) AS answered,
    answered OR (is_call AND is_error) AS useful,
    (project, trace_id) IN arrived AS touched
FROM understood FINAL
WHERE minute >= {lo:DateTime('UTC')} - 3600 AND minute <= {hi:DateTime('UTC')} + 3600
    AND (project, minute, trace_id) IN places
