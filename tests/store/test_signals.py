"""Metric points, log events and scores: what they keep, once however often they come."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from tests.store.opened import START, Opened
from tests.store.raw import Raw
from tests.store.told import attributes, nanos, value_of

from tocsin.model.received import Signal
from tocsin.store.inspection import scores_sent

NOW_NS = nanos(START + timedelta(hours=1))
MINUTE_S = NOW_NS // 10**9
NOTHING: Mapping[str, object] = {}
DELTA = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
CUMULATIVE = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
RESOURCE = Resource(
    attributes=attributes(
        {"service.name": "app", "deployment.environment.name": "production", "service.version": "1.2"}
    )
)


def metrics(*many: Metric, resource: Resource = RESOURCE) -> ExportMetricsServiceRequest:
    scope = ScopeMetrics(scope=InstrumentationScope(name="meter"), metrics=list(many))
    return ExportMetricsServiceRequest(resource_metrics=[ResourceMetrics(resource=resource, scope_metrics=[scope])])


def number(value: float, at_ns: int = NOW_NS, **said: object) -> NumberDataPoint:
    point = NumberDataPoint(start_time_unix_nano=NOW_NS - 10**9, time_unix_nano=at_ns, attributes=attributes(said))
    if isinstance(value, int):
        point.as_int = value
    else:
        point.as_double = value
    return point


def points(store: Opened, *bodies: ExportMetricsServiceRequest) -> list[dict[str, object]]:
    """Store metrics; return their points in a fixed order."""
    project = store.project()
    for body in bodies:
        store.insert(project, [body], Signal.METRICS)
    columns = (
        "metric, unit, shape, temporality, monotonic, toUnixTimestamp(minute) AS minute, service, environment, "
        "release, scope, started, at, value, count, bounds, buckets, scale, offset, zero_count, attributes, series"
    )
    return sorted(
        store.stored("metric_points", project, columns), key=lambda row: (row["metric"], row["at"], row["value"])
    )


def test_gauges_and_sums_keep_whole_and_real_numbers(store: Opened) -> None:
    gauge = Metric(name="queue", unit="1", gauge=Gauge(data_points=[number(7, kind="a"), number(0.25, kind="b")]))
    total = Metric(
        name="tokens",
        unit="{token}",
        sum=Sum(data_points=[number(-3)], aggregation_temporality=DELTA, is_monotonic=True),
    )
    real, whole, summed = points(store, metrics(gauge, total))
    assert [row["value"] for row in (real, whole, summed)] == [0.25, 7, -3]
    assert (whole["shape"], whole["temporality"], whole["monotonic"], whole["unit"]) == ("gauge", 0, False, "1")
    assert (summed["shape"], summed["temporality"], summed["monotonic"]) == ("sum", 1, True)
    assert (whole["service"], whole["environment"], whole["release"], whole["scope"]) == (
        "app",
        "production",
        "1.2",
        "meter",
    )
    assert (whole["at"], whole["started"], whole["minute"]) == (NOW_NS, NOW_NS - 10**9, MINUTE_S)
    assert whole["attributes"] == {"kind": "a"}
    assert whole["series"] != real["series"]


def test_histograms_keep_their_buckets(store: Opened) -> None:
    plain = HistogramDataPoint(
        time_unix_nano=NOW_NS, count=6, sum=17.5, bucket_counts=[1, 2, 3], explicit_bounds=[0.5, 2.5]
    )
    exponential = ExponentialHistogramDataPoint(
        time_unix_nano=NOW_NS,
        count=5,
        sum=9.5,
        scale=-2,
        zero_count=1,
        positive=ExponentialHistogramDataPoint.Buckets(offset=-3, bucket_counts=[1, 0, 3]),
    )
    by_bounds, by_scale = points(
        store,
        metrics(
            Metric(name="a", histogram=Histogram(data_points=[plain], aggregation_temporality=CUMULATIVE)),
            Metric(
                name="b",
                exponential_histogram=ExponentialHistogram(data_points=[exponential], aggregation_temporality=DELTA),
            ),
        ),
    )
    assert (by_bounds["shape"], by_bounds["temporality"]) == ("histogram", 2)
    assert [by_bounds[name] for name in ("value", "count", "bounds", "buckets")] == [17.5, 6, [0.5, 2.5], [1, 2, 3]]
    assert (by_scale["shape"], by_scale["temporality"]) == ("exponential_histogram", 1)
    assert [by_scale[name] for name in ("value", "count", "scale", "offset", "zero_count", "buckets")] == [
        9.5,
        5,
        -2,
        -3,
        1,
        [1, 0, 3],
    ]


def test_a_point_that_comes_again_replaces_and_another_series_does_not(store: Opened) -> None:
    first = metrics(Metric(name="queue", gauge=Gauge(data_points=[number(1, a="x", b="y")])))
    turned = metrics(Metric(name="queue", gauge=Gauge(data_points=[number(2, b="y", a="x")])))
    other = metrics(Metric(name="queue", gauge=Gauge(data_points=[number(3, a="x", b="z")])))
    elsewhere = metrics(
        Metric(name="queue", gauge=Gauge(data_points=[number(4, a="x", b="y")])),
        resource=Resource(attributes=attributes({"service.name": "other"})),
    )
    rows = points(store, first, first, turned, other, elsewhere)
    assert [row["value"] for row in rows] == [2, 3, 4]


@pytest.mark.parametrize("at_ns", [0, 1, 2**63, 2**64 - 1])
def test_a_point_with_an_absurd_time_lies_in_the_minute_it_came(store: Opened, at_ns: int) -> None:
    project = store.project()
    body = metrics(Metric(name="queue", gauge=Gauge(data_points=[number(1, at_ns)])))
    stamp = store.insert(project, [body], Signal.METRICS)
    (row,) = store.stored("metric_points", project, "toUnixTimestamp(minute) AS minute, at")
    assert row == {"minute": stamp // 10**9 // 60 * 60, "at": at_ns}


def test_a_metric_of_nothing_leaves_no_row(store: Opened) -> None:
    assert points(store, metrics(Metric(name="empty"), Metric(name="also", gauge=Gauge())), metrics()) == []


def test_numbers_that_are_none_can_be_read(store: Opened) -> None:
    values = [number(float("nan"), k=1), number(float("inf"), k=2), number(float("-inf"), k=3)]
    project = store.project()
    body = metrics(Metric(name="odd", gauge=Gauge(data_points=values)))
    store.insert(project, [body], Signal.METRICS)
    assert sorted(row["value"] is None for row in store.stored("metric_points", project, "value")) == [True] * 3


def record(**changes: object) -> LogRecord:
    """Return a log record with fields changed."""
    found = LogRecord(
        time_unix_nano=NOW_NS,
        observed_time_unix_nano=NOW_NS + 5,
        severity_number=LogRecord().severity_number,
        severity_text="INFO",
        body=value_of("hello"),
        trace_id=b"\1" * 16,
        span_id=b"\2" * 8,
        event_name="something",
    )
    for name, value in changes.items():
        if isinstance(value, AnyValue):
            found.body.CopyFrom(value)
        else:
            setattr(found, name, value)
    return found


def logs(*many: LogRecord) -> ExportLogsServiceRequest:
    scope = ScopeLogs(scope=InstrumentationScope(name="logger"), log_records=list(many))
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=RESOURCE, scope_logs=[scope])])


def test_a_log_event_keeps_what_it_says(store: Opened) -> None:
    project = store.project()
    said = AnyValue(
        kvlist_value=KeyValueList(
            values=[
                KeyValue(key="role", value=value_of("user")),
                KeyValue(key="parts", value=AnyValue(kvlist_value=KeyValueList())),
            ]
        )
    )
    one = record(body=said, severity_number=9)
    one.attributes.extend(attributes({"n": 1, "text": "a/b"}))
    store.insert(project, [logs(one, record())], Signal.LOGS)
    rows = store.stored("log_events", project, "* EXCEPT (content, received, resource)")
    (row,) = [row for row in rows if row["severity"] == 9]
    assert row["body"].startswith('{"role":"user"')
    assert row["attributes"] == {"n": "1", "text": "a/b"}
    assert (row["event_name"], row["severity_text"], row["scope"]) == ("something", "INFO", "logger")
    assert (row["trace_id"], row["span_id"]) == ("01" * 16, "02" * 8)
    assert (row["service"], row["environment"], row["release"], row["at"]) == ("app", "production", "1.2", NOW_NS)


def test_the_same_log_event_is_one_and_a_different_one_another(store: Opened) -> None:
    project = store.project()
    different = [record(time_unix_nano=NOW_NS + 1), record(body=value_of("bye")), record(span_id=b"\3" * 8)]
    for _ in range(2):
        store.insert(project, [logs(record(), *different)], Signal.LOGS)
    assert len(store.stored("log_events", project, "body")) == 4


@pytest.mark.parametrize("times", [(0, 0), (0, NOW_NS), (2**64 - 1, NOW_NS), (5, 5)])
def test_a_log_event_without_a_time_has_another(store: Opened, times: tuple[int, int]) -> None:
    project = store.project()
    one = record(time_unix_nano=times[0], observed_time_unix_nano=times[1])
    stamp = store.insert(project, [logs(one)], Signal.LOGS)
    (row,) = store.stored("log_events", project, "toUnixTimestamp(minute) AS minute")
    expected = NOW_NS if times == (0, NOW_NS) else stamp
    assert row["minute"] == expected // 10**9 // 60 * 60


def test_bytes_that_are_no_text_in_a_log_event_are_stored_readable(store: Opened) -> None:
    project = store.project()
    mark = "QQQQQQ"
    one = record(body=value_of(mark), event_name=mark, severity_text=mark)
    one.attributes.extend(attributes({f"key {mark}": mark}))
    raw = logs(one).SerializeToString().replace(mark.encode(), b"a\xff\xfe\x80\xc3(")
    store.insert(project, [Raw(raw)], Signal.LOGS)
    (row,) = store.stored("log_events", project, "body, event_name, severity_text, attributes")
    assert "\ufffd" in row["body"]
    assert "\ufffd" in row["event_name"]
    assert "\ufffd" in row["severity_text"]
    assert all("\ufffd" in key for key in row["attributes"])


def score(said: Mapping[str, object] = NOTHING, at_ns: int = NOW_NS, span_id: bytes = b"\2" * 8) -> LogRecord:
    """Return an evaluator's event."""
    event = LogRecord(time_unix_nano=at_ns, trace_id=b"\1" * 16, span_id=span_id, event_name="gen_ai.evaluation.result")
    facts: dict[str, object] = {
        "gen_ai.evaluation.name": "relevance",
        "gen_ai.evaluation.score.value": 0.75,
        "gen_ai.evaluation.score.label": "good",
        "gen_ai.evaluation.explanation": "because",
        "gen_ai.response.id": "r-1",
    }
    event.attributes.extend(attributes({**facts, **said}))
    return event


def test_an_evaluation_is_a_score_once_however_often_it_comes(store: Opened) -> None:
    project = store.project()
    for _ in range(3):
        store.insert(project, [logs(score(), record())], Signal.LOGS)
    (found,) = scores_sent(store.reader, project)
    assert (found.evaluator, found.value, found.label, found.explanation) == ("relevance", 0.75, "good", "because")
    assert (found.trace_id, found.span_id, found.response_id) == ("01" * 16, "02" * 8, "r-1")


def test_an_evaluation_that_failed_or_gave_a_label_only_has_no_value(store: Opened) -> None:
    project = store.project()
    no_value: dict[str, object] = {"gen_ai.evaluation.score.value": None}
    failed: dict[str, object] = {**no_value, "error.type": "timeout", "gen_ai.evaluation.name": "other"}
    store.insert(project, [logs(score(no_value), score(failed))], Signal.LOGS)
    found = {score.evaluator: (score.value, score.error_type) for score in scores_sent(store.reader, project)}
    assert found == {"relevance": (None, ""), "other": (None, "timeout")}


def test_evaluations_of_other_spans_or_at_other_times_are_other_scores(store: Opened) -> None:
    project = store.project()
    bare = [score({"gen_ai.response.id": None}, NOW_NS + n, b"") for n in range(3)]
    events = [score(), score(at_ns=NOW_NS + 1), score(span_id=b"\3" * 8), *bare]
    for event in events:
        event.trace_id = event.trace_id if event.span_id else b""
    store.insert(project, [logs(*events)], Signal.LOGS)
    assert len(scores_sent(store.reader, project)) == len(events)


def test_an_evaluation_in_the_older_way_is_a_score_too(store: Opened) -> None:
    """Before the log record had a field for it, the event's name was an attribute."""
    project = store.project()
    event = score({"event.name": "gen_ai.evaluation.result"})
    event.event_name = ""
    store.insert(project, [logs(event)], Signal.LOGS)
    assert len(scores_sent(store.reader, project)) == 1
