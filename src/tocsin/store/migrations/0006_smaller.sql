-- Fewer bytes and fewer merges; what is stored already changes with its next merge.
--
-- Attributes are seven tenths of a span: at level 3 they take a tenth less, for a twentieth more processor time. Arrival
-- stamps are few in each part and in no order, so they pack better as they are than as differences; durations lose the
-- bits that none of a block needs. A merge of about twenty parts instead of five rewrites each row half as often
-- (docs/decisions/0106-senders-share-inserts.md).

ALTER TABLE spans MODIFY COLUMN attributes Map(LowCardinality(String), String) CODEC(ZSTD(3));
ALTER TABLE spans MODIFY COLUMN received UInt64 CODEC(ZSTD(1));
ALTER TABLE understood MODIFY COLUMN received UInt64 CODEC(ZSTD(1));
ALTER TABLE spans MODIFY COLUMN duration_ns Int64 CODEC(T64, ZSTD(1));
ALTER TABLE understood MODIFY COLUMN duration_ns Int64 CODEC(T64, ZSTD(1));
ALTER TABLE calls MODIFY COLUMN duration_ns Int64 CODEC(T64, ZSTD(1));
ALTER TABLE spans MODIFY SETTING merge_selector_base = 20;
ALTER TABLE understood MODIFY SETTING merge_selector_base = 20;
ALTER TABLE calls MODIFY SETTING merge_selector_base = 20;
