-- Question: which models does the price table know?
-- Grain:    one row per provider and model
-- Takes:    nothing
-- Gives:    provider, model String
SELECT DISTINCT provider::String AS provider, model::String AS model
FROM prices
