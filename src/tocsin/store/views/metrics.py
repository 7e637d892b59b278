"""Metric points: one row a point, whatever the shape of the metric."""

from tocsin.model.profile import Profile
from tocsin.store.views.redaction import hidden, redacted
from tocsin.store.views.values import flat_text, readable

_ZERO = "toUInt64(0)"
_NO_FLOATS = "[]::Array(Float64)"
_NO_COUNTS = "[]::Array(UInt64)"


def _point(shape: str, temporality: str, monotonic: str, fields: str, points: str) -> str:
    """One shape's points, brought to one tuple."""
    return (
        f"arrayMap(p -> ('{shape}', toUInt8({temporality}), {monotonic}, p.attributes.key, "
        f"arrayMap(v -> {flat_text('v')}, p.attributes.value), p.start_time_unix_nano, p.time_unix_nano, "
        f"{fields}), {points})"
    )


_NUMBER = (
    f"coalesce(p.as_double, toFloat64(p.as_int), 0.), {_ZERO}, {_NO_FLOATS}, {_NO_COUNTS}, toInt32(0), toInt32(0), "
    f"{_ZERO}"
)
_HISTOGRAM = f"p.sum, p.count, p.explicit_bounds, p.bucket_counts, toInt32(0), toInt32(0), {_ZERO}"
_EXPONENTIAL = f"p.sum, p.count, {_NO_FLOATS}, p.positive.bucket_counts, p.scale, p.positive.offset, p.zero_count"
_TEMPORALITY = "aggregation_temporality"

_POINTS = ", ".join(
    (
        _point("gauge", "0", "false", _NUMBER, "m.gauge.data_points"),
        _point("sum", f"m.sum.{_TEMPORALITY}", "m.sum.is_monotonic", _NUMBER, "m.sum.data_points"),
        _point("histogram", f"m.histogram.{_TEMPORALITY}", "true", _HISTOGRAM, "m.histogram.data_points"),
        _point(
            "exponential_histogram",
            f"m.exponential_histogram.{_TEMPORALITY}",
            "true",
            _EXPONENTIAL,
            "m.exponential_histogram.data_points",
        ),
    )
)

_ROWS = """
    SELECT project,
        toDateTime(intDiv(if(odd, received, p.7), 60000000000) * 60, 'UTC') AS minute,
        if(res['service.name'] = '', 'unknown_service', res['service.name']) AS service,
        if(res['deployment.environment.name'] = '', res['deployment.environment'], res['deployment.environment.name'])
            AS environment,
        res['service.version'] AS release, scope, metric, unit,
        p.1 AS shape, p.2 AS temporality, p.3 AS monotonic,
        sipHash64(res, scope, arraySort(arrayZip(p.4, p.5))) AS series,
        mapFromArrays(keys, vals) AS attributes, res AS resource,
        p.6 AS started, p.7 AS at, p.8 AS value, p.9 AS count, p.10 AS bounds, p.11 AS buckets, p.12 AS scale,
        p.13 AS offset, p.14 AS zero_count, received
    FROM (
        SELECT *, {values} AS vals, mapFromArrays(res_keys, {resource}) AS res,
            p.7 > received + 300000000000 OR p.7 + 34560000000000000 < received AS odd
        FROM (
            SELECT *, {redacted} AS texts
            FROM (
                SELECT project, received, scope, metric, unit, p, {keys} AS keys, {res_keys} AS res_keys,
                    length(p.5) AS vals_n, {readable} AS sent
                FROM (
                    SELECT project, received, res_keys_raw, res_raw, scope, metric, unit, p,
                        arrayConcat(p.5, res_raw) AS raw
                    FROM (
                        SELECT project, received, res_keys_raw, res_raw, scope, toValidUTF8(m.name) AS metric,
                            toValidUTF8(m.unit) AS unit, arrayJoin(arrayConcat({points})) AS p
                        FROM (
                            SELECT project, received, res_keys_raw, res_raw, toValidUTF8(sm.scope.name) AS scope,
                                arrayJoin(sm.metrics) AS m
                            FROM (
                                SELECT project, received, arrayJoin(rm.scope_metrics) AS sm,
                                    rm.resource.attributes.key AS res_keys_raw,
                                    arrayMap(v -> {value}, rm.resource.attributes.value) AS res_raw
                                FROM (
                                    SELECT project, received_unix_nano AS received,
                                        arrayJoin(body.resource_metrics) AS rm
                                    FROM otlp_metrics
                                )
                            )
                        )
                    )
                )
            )
        )
    )
"""


def metrics_view(profile: Profile) -> str:
    """Return the SELECT of the view from `otlp_metrics` to `metric_points`."""
    return _ROWS.format(
        values=hidden("keys", "arraySlice(texts, 1, vals_n)", profile),
        resource=hidden("res_keys", "arraySlice(texts, vals_n + 1)", profile),
        redacted=redacted("sent", profile),
        readable=readable("raw"),
        keys=readable("p.4"),
        res_keys=readable("res_keys_raw"),
        points=_POINTS,
        value=flat_text("v"),
    )
