-- Question: which points has a metric in some stretch of time, by series?
-- Grain:    one row per series
-- Takes:    {metric} String; {since}, {until} DateTime64(6), half-open, by the point's time; {keys} Array(String):
--           attributes that are asked for; {pairs} Array(String): the key=value they may have
-- Gives:    project, environment, service, unit, shape String; temporality UInt8; monotonic Bool; points Array(Tuple(UInt64, UInt64, Float64, UInt64, Array(Float64), Array(UInt64), Int32, Int32, UInt64)): at, started (ns), value, count, bounds, buckets, scale, offset, zero_count; rising
SELECT
    project::String AS project, environment::String AS environment, service::String AS service,
    unit::String AS unit, shape::String AS shape, temporality, monotonic,
    arraySort(groupArray((at, started, value, count, bounds, buckets, scale, offset, zero_count))) AS points
FROM metric_points FINAL
WHERE metric = {metric:String}
    AND minute >= toStartOfMinute({since:DateTime64(6, 'UTC')}) AND minute <= {until:DateTime64(6, 'UTC')}
    AND at >= toUnixTimestamp64Nano(toDateTime64({since:DateTime64(6, 'UTC')}, 9, 'UTC'))
    AND at < toUnixTimestamp64Nano(toDateTime64({until:DateTime64(6, 'UTC')}, 9, 'UTC'))
    AND NOT isNaN(value) AND NOT isInfinite(value)
    AND arrayAll(
        k -> has({pairs:Array(String)}, concat(k, '=', if(mapContains(attributes, k), attributes[k], resource[k]))),
        {keys:Array(String)}
    )
GROUP BY project, environment, service, unit, shape, temporality, monotonic, series
ORDER BY project, environment, service, series
