-- Step:   make the collected spans findable by id.
-- Takes:  nothing
-- Writes: linked; of two rows of one span the earlier minute's
INSERT INTO linked
SELECT project, trace_id, span_id, minute, parent_span_id, agent, answered, touched
FROM nodes
ORDER BY minute
