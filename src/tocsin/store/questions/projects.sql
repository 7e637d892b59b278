-- Question: which projects had calls in a window?
-- Grain:    one row per project
-- Takes:    {since}, {until} DateTime, half-open, whole minutes
-- Gives:    project String
SELECT DISTINCT project::String AS project
FROM rollup_service
WHERE minute >= {since:DateTime('UTC')} AND minute < {until:DateTime('UTC')}
ORDER BY project
