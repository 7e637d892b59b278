-- How far everything is settled, so that a start goes on from there, also after a crash in the middle of many days.

CREATE TABLE IF NOT EXISTS settle_mark (
    -- Received stamp: what came up to here is settled and rolled up, all of it.
    mark UInt64
)
ENGINE = ReplacingMergeTree(mark)
ORDER BY tuple();
