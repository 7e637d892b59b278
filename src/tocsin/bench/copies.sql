-- Step:   store the newest day once more, some days earlier: spans as understood, calls, and what they add up to.
-- Takes:  {since} UInt32: start of the newest day, seconds since the epoch; {days} UInt32: how many days earlier
-- Writes: spans, understood, calls, rollup_minute, rollup_service, rollup_hour; traces get ids of their own

INSERT INTO spans
SELECT * REPLACE (
    minute - toIntervalDay({days:UInt32}) AS minute, started - toIntervalDay({days:UInt32}) AS started,
    (char({days:UInt32}) || substring(trace_id::String, 2))::FixedString(16) AS trace_id,
    received - {days:UInt32} * toUInt64(86400000000000) AS received
)
FROM (SELECT * FROM spans WHERE minute >= toDateTime({since:UInt32}, 'UTC'));

INSERT INTO understood
SELECT * REPLACE (
    minute - toIntervalDay({days:UInt32}) AS minute, started - toIntervalDay({days:UInt32}) AS started,
    (char({days:UInt32}) || substring(trace_id::String, 2))::FixedString(16) AS trace_id,
    received - {days:UInt32} * toUInt64(86400000000000) AS received
)
FROM (SELECT * FROM understood WHERE minute >= toDateTime({since:UInt32}, 'UTC'));

INSERT INTO calls
SELECT * REPLACE (
    minute - toIntervalDay({days:UInt32}) AS minute, started - toIntervalDay({days:UInt32}) AS started,
    (char({days:UInt32}) || substring(trace_id::String, 2))::FixedString(16) AS trace_id
)
FROM (SELECT * FROM calls WHERE minute >= toDateTime({since:UInt32}, 'UTC'));

INSERT INTO rollup_minute
SELECT * REPLACE (minute - toIntervalDay({days:UInt32}) AS minute)
FROM (SELECT * FROM rollup_minute WHERE minute >= toDateTime({since:UInt32}, 'UTC'));

INSERT INTO rollup_service
SELECT * REPLACE (minute - toIntervalDay({days:UInt32}) AS minute)
FROM (SELECT * FROM rollup_service WHERE minute >= toDateTime({since:UInt32}, 'UTC'));

INSERT INTO rollup_hour
SELECT * REPLACE (minute - toIntervalDay({days:UInt32}) AS minute)
FROM (SELECT * FROM rollup_hour WHERE minute >= toDateTime({since:UInt32}, 'UTC'));
