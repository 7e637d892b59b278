-- Question: which models have come that the price table has no row for yet?
-- Grain:    one row per provider and model
-- Takes:    {since}, {until} UInt64: since < received <= until
-- Gives:    provider, model String
SELECT DISTINCT provider::String AS provider, if(response_model != '', response_model, request_model)::String AS model
FROM understood
WHERE received > {since:UInt64} AND received <= {until:UInt64} AND kind IN ('model_call', 'embedding_call')
    AND (provider, model) NOT IN (SELECT provider, model FROM prices)
LIMIT 10000
