-- Question: whose spans did no mapping understand?
-- Grain:    one row per instrumentation scope, most spans first
-- Takes:    {project} String; {limit} UInt32
-- Gives:    the fields of ScopeCount in model/inspection.py
SELECT scope::String AS scope, count() AS spans
FROM understood FINAL
WHERE project = {project:String} AND mapping = ''
GROUP BY scope
ORDER BY spans DESC, scope
LIMIT {limit:UInt32}
