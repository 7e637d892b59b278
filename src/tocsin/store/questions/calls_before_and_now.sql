-- Question: how many calls had each service in a window, and before it?
-- Grain:    one row per service with calls
-- Takes:    {lo}, {since}, {until} DateTime: the window is since <= minute < until, and before it is from lo
-- Gives:    project, environment, service String; now, before UInt64
SELECT
    project::String AS project, environment::String AS environment, service::String AS service,
    sumIf(calls, minute >= {since:DateTime('UTC')}) AS now, sumIf(calls, minute < {since:DateTime('UTC')}) AS before
FROM rollup_service FINAL
WHERE minute >= {lo:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
GROUP BY project, environment, service
