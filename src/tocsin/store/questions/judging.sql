-- Question: how does each evaluator do its work?
-- Grain:    one row per service and evaluator
-- Takes:    {lo}, {since}, {until} DateTime: the window is since <= minute < until, and what is usual is before it, from lo
-- Gives:    project, environment, service, evaluator String; attempts, failed, usual_attempts UInt64;
--           reason String: the commonest of the window; newest UInt32 (epoch s; 0: no verdict in all that time);
--           gap_p99 Float64 (s) between minutes with verdicts
SELECT
    project::String AS project, environment::String AS environment, service::String AS service,
    evaluator::String AS evaluator,
    countIf(now) AS attempts, countIf(now AND no_verdict) AS failed, countIf(NOT now) AS usual_attempts,
    arrayElement(topKIf(1)(error_type::String, now AND error_type != ''), 1) AS reason,
    toUnixTimestamp(maxIf(minute, NOT no_verdict)) AS newest,
    arrayReduce('quantile(0.99)', arrayPopFront(arrayDifference(
        arraySort(groupUniqArrayIf(toInt64(toUnixTimestamp(minute)), NOT no_verdict))))) AS gap_p99
FROM (
    SELECT *, minute >= {since:DateTime('UTC')} AS now, error_type != '' OR (value IS NULL AND label = '') AS no_verdict
    FROM scores FINAL
    WHERE minute >= {lo:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
)
GROUP BY project, environment, service, evaluator
