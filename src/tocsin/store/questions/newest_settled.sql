-- Question: up to which moment of arrival was everything settled and rolled up?
-- Grain:    one row; 0 when nothing was yet
-- Takes:    nothing
-- Gives:    settled UInt64
SELECT max(settled) AS settled FROM rollup_minute
