-- Question: which scores came?
-- Grain:    one row per score, each once however often it was sent
-- Takes:    {project} String; {limit} UInt32
-- Gives:    the fields of Score in model/inspection.py
SELECT
    evaluator::String AS evaluator, value, label, explanation, error_type::String AS error_type, trace_id, span_id,
    response_id
FROM scores FINAL
WHERE project = {project:String}
ORDER BY at, evaluator, span_id, response_id
LIMIT {limit:UInt32}
