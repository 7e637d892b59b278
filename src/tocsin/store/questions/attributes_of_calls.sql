-- Question: which attributes do calls carry?
-- Grain:    one row per mapping and attribute
-- Takes:    {project} String; {limit} UInt32
-- Gives:    the fields of AttributeCount in model/inspection.py
SELECT mapping::String AS mapping, attribute::String AS attribute, count() AS calls
FROM (
    SELECT project, trace_id, span_id, mapping
    FROM understood FINAL
    WHERE project = {project:String} AND kind IN ('model_call', 'embedding_call')
) AS call
INNER JOIN (
    SELECT trace_id, span_id, arrayJoin(mapKeys(attributes)) AS attribute
    FROM spans FINAL
    WHERE project = {project:String}
) AS said USING (trace_id, span_id)
GROUP BY mapping, attribute
ORDER BY mapping, attribute
LIMIT {limit:UInt32}
