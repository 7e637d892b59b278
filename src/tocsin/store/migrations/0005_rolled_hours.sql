-- Which hours may be read from the hour rollup: said by the settling itself, since a row for an hour proves nothing about
-- the hours around it.

ALTER TABLE settle_mark ADD COLUMN IF NOT EXISTS hour UInt32;
