-- Question: what did each evaluator say, in steps of time?
-- Grain:    one row per service, evaluator, version, judge, rubric and step with scores, each score once however often sent
-- Takes:    {lo}, {until} DateTime: scores with lo <= minute < until; {step} UInt32 seconds;
--           {passes}, {fails} Array(String): labels, in lower case, that are a pass or a failure where no value was sent
-- Gives:    project, environment, service, evaluator, version, judge, rubric String; at UInt32 (epoch s, start of step);
--           values Array(Float64), rising; counts Array(UInt64)
SELECT * EXCEPT found, found.1 AS values, found.2 AS counts
FROM (
    SELECT
        project::String AS project, environment::String AS environment, service::String AS service,
        evaluator::String AS evaluator, attributes['tocsin.evaluation.version'] AS version,
        attributes['tocsin.evaluation.judge'] AS judge, attributes['tocsin.evaluation.rubric'] AS rubric,
        toUInt32(intDiv(toUnixTimestamp(minute), {step:UInt32}) * {step:UInt32}) AS at,
        sumMap([assumeNotNull(said)], [toUInt64(1)]) AS found
    FROM (
        SELECT
            *,
            multiIf(
                isFinite(value), round(value, 3),
                has({passes:Array(String)}, lowerUTF8(label)), 1.,
                has({fails:Array(String)}, lowerUTF8(label)), 0.,
                NULL
            ) AS said
        FROM scores FINAL
        WHERE minute >= {lo:DateTime('UTC')} AND minute < {until:DateTime('UTC')} AND error_type = ''
    )
    WHERE said IS NOT NULL
    GROUP BY project, environment, service, evaluator, version, judge, rubric, at
)
ORDER BY project, environment, service, evaluator, version, judge, rubric, at
