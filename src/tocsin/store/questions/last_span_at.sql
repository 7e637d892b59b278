-- Question: when did the newest span of a project end?
-- Grain:    one row; 0 when there is none
-- Takes:    {project} String
-- Gives:    at Int64 (epoch µs)
SELECT max(intDiv(toUnixTimestamp64Nano(started) + duration_ns, 1000)) AS at
FROM spans
WHERE project = {project:String} AND minute >= (SELECT max(minute) FROM spans WHERE project = {project:String})
