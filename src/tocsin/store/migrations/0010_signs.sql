-- What calls show beyond failing and being slow, where they show anything (model/signs.py).
--
-- Minutes that were rolled up before say what they can: the class of an error is part of their key, and of the rest that
-- it was not told, so that nothing is taken for usual that nobody counted. `tocsin reprice` makes them anew from the calls.

ALTER TABLE rollup_minute ADD COLUMN IF NOT EXISTS
    signs Tuple(names Array(LowCardinality(String)), counts Array(UInt64))
    DEFAULT if(calls = 0, ([], []), if(errors > 0,
        ([concat('error_', error_type)], [errors]),
        (['ending_untold', 'model_untold', 'output_untold'], [calls, calls, calls])
    ))::Tuple(names Array(LowCardinality(String)), counts Array(UInt64))
    CODEC(ZSTD(1)) AFTER ttft;
ALTER TABLE rollup_hour ADD COLUMN IF NOT EXISTS
    signs Tuple(names Array(LowCardinality(String)), counts Array(UInt64))
    DEFAULT if(calls = 0, ([], []), if(errors > 0,
        ([concat('error_', error_type)], [errors]),
        (['ending_untold', 'model_untold', 'output_untold'], [calls, calls, calls])
    ))::Tuple(names Array(LowCardinality(String)), counts Array(UInt64))
    CODEC(ZSTD(1)) AFTER ttft;
-- Read for the last hours only: there errors of one class are counted from the update on.
ALTER TABLE rollup_service ADD COLUMN IF NOT EXISTS
    signs Tuple(names Array(LowCardinality(String)), counts Array(UInt64))
    DEFAULT (['ending_untold', 'model_untold', 'output_untold'], [calls - errors, calls - errors, calls - errors])
        ::Tuple(names Array(LowCardinality(String)), counts Array(UInt64))
    CODEC(ZSTD(1)) AFTER ttft;
