"""What must not be stored is in no column of any table, wherever in a request it was."""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Gauge,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status
from tests.store.opened import START, Opened
from tests.store.raw import Raw
from tests.store.told import attributes, nanos

from tocsin import registry
from tocsin.model.detector import Detector
from tocsin.model.received import Signal
from tocsin.redact import detectors
from tocsin.redact.keys import SECRET_VALUE
from tocsin.redact.text import redact

FOUND = registry.load(detectors, "DETECTOR", Detector)
EXAMPLES = [example for detector in FOUND.values() for example in detector.matches]
MISSES = [text for detector in FOUND.values() for text in detector.misses]
NOW_NS = nanos(START)
OPAQUE = re.compile(r"otlp;base64,([A-Za-z0-9+/=]*)")


def text(value: str) -> AnyValue:
    return AnyValue(string_value=value)


def listed(*values: AnyValue) -> AnyValue:
    return AnyValue(array_value=ArrayValue(values=values))


def mapped(**values: AnyValue) -> AnyValue:
    return AnyValue(kvlist_value=KeyValueList(values=[KeyValue(key=key, value=v) for key, v in values.items()]))


def shapes(secret: str) -> dict[str, object]:
    """Return a text in every kind of value that OTLP has."""
    return {
        "plain": text(secret),
        "in a list": listed(text("first"), text(secret)),
        "in a list in a list": listed(listed(text(secret))),
        "in a map": mapped(inner=text(secret)),
        "in a map in a list": listed(mapped(inner=text(secret))),
        "deep": mapped(a=mapped(b=listed(mapped(c=text(secret))))),
        "as bytes": AnyValue(bytes_value=secret.encode()),
    }


def span(number: int, said: str) -> Span:
    """Return a span that says a text in every place."""
    return Span(
        trace_id=number.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        name=f"call {said}",
        start_time_unix_nano=NOW_NS,
        end_time_unix_nano=NOW_NS + 10**9,
        attributes=attributes(shapes(said)),
        events=[Span.Event(name=f"event {said}", time_unix_nano=NOW_NS, attributes=attributes(shapes(said)))],
        status=Status(code=Status.STATUS_CODE_ERROR, message=f"failed: {said}"),
    )


def spans(*said: str) -> ExportTraceServiceRequest:
    """Return a request with a span for each text, and the text in its resource."""
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=attributes(shapes(one))),
                scope_spans=[ScopeSpans(spans=[span(number, one)])],
            )
            for number, one in enumerate(said, 1)
        ]
    )


def request(resource: Mapping[str, object], *inside: Span) -> ExportTraceServiceRequest:
    """Return a request of one resource."""
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=attributes(resource)), scope_spans=[ScopeSpans(spans=list(inside))]
            )
        ]
    )


def logs(*said: str) -> ExportLogsServiceRequest:
    """Return a request with log records that say texts in bodies and attributes."""
    return ExportLogsServiceRequest(
        resource_logs=[
            ResourceLogs(
                resource=Resource(attributes=attributes(shapes(one))),
                scope_logs=[
                    ScopeLogs(
                        log_records=[
                            LogRecord(
                                time_unix_nano=NOW_NS,
                                body=body if isinstance(body, AnyValue) else text(str(body)),
                                attributes=attributes(shapes(one)),
                                severity_text=one,
                                event_name=name,
                            )
                            for body in shapes(one).values()
                            for name in (one, "gen_ai.evaluation.result")
                        ]
                    )
                ],
            )
            for one in said
        ]
    )


def metrics(*said: str) -> ExportMetricsServiceRequest:
    """Return a request with points that say texts in attributes."""
    return ExportMetricsServiceRequest(
        resource_metrics=[
            ResourceMetrics(
                resource=Resource(attributes=attributes(shapes(one))),
                scope_metrics=[
                    ScopeMetrics(
                        metrics=[
                            Metric(
                                name="queue",
                                gauge=Gauge(
                                    data_points=[
                                        NumberDataPoint(
                                            time_unix_nano=NOW_NS, as_int=1, attributes=attributes(shapes(one))
                                        )
                                    ]
                                ),
                            )
                        ]
                    )
                ],
            )
            for one in said
        ]
    )


def laid_open(stored: str) -> str:
    """Return a text with what is kept as base64 readable as well."""
    kept = [b64decode(part + "=" * (-len(part) % 4)).decode(errors="replace") for part in OPAQUE.findall(stored)]
    return stored + "".join(kept)


@pytest.fixture(scope="module")
def everything(store: Opened) -> str:
    """Return all that is stored after every detector's examples came in every place of every signal."""
    project = store.project()
    said = [example.text for example in EXAMPLES]
    store.insert(project, [spans(*said)])
    store.insert(project, [logs(*said)], Signal.LOGS)
    store.insert(project, [metrics(*said)], Signal.METRICS)
    store.settle()
    stored = laid_open(store.text_of_everything(project))
    assert stored.count("[redacted:") > 20 * len(EXAMPLES), (
        "the texts were stored, with something in the secrets' place"
    )
    return stored


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.secret[:12])
def test_a_planted_secret_is_in_no_column_of_any_table(everything: str, example: object) -> None:
    secret = str(getattr(example, "secret", ""))
    assert secret
    at = everything.find(secret)
    assert at < 0, everything[max(0, at - 200) : at + 100]


def test_what_is_no_secret_stays_as_it_was(store: Opened) -> None:
    project = store.project()
    store.insert(project, [spans(*MISSES)])
    rows = store.stored("spans", project, "name, status_message, attributes['plain'] AS plain, resource")
    assert sorted(row["plain"] for row in rows) == sorted(MISSES)
    assert {row["name"] for row in rows} == {f"call {miss}" for miss in MISSES}
    assert {row["status_message"] for row in rows} == {f"failed: {miss}" for miss in MISSES}
    assert {row["resource"]["plain"] for row in rows} == set(MISSES)


def test_only_the_secret_is_replaced_and_just_as_python_replaces_it(store: Opened) -> None:
    """The engine's regular expressions and Python's are two; they must say the same."""
    project = store.project()
    said = [f"before {example.text} after" for example in EXAMPLES]
    store.insert(project, [spans(*said)])
    rows = store.stored("spans", project, "attributes['plain'] AS plain")
    assert sorted(row["plain"] for row in rows) == sorted(redact(one) for one in said)


def test_a_value_goes_whole_when_its_name_says_that_it_is_secret(store: Opened) -> None:
    project = store.project()
    said = {"http.request.header.authorization": "open sesame", "db.password": "hunter2", "token_count": "17"}
    one = span(1, "hello")
    one.attributes.extend(attributes(said))
    one.events[0].attributes.extend(attributes(said))
    body = ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(resource=Resource(attributes=attributes(said)), scope_spans=[ScopeSpans(spans=[one])])
        ]
    )
    store.insert(project, [body])
    (row,) = store.stored("spans", project, "attributes, resource, event_attributes")
    for held in (row["attributes"], row["resource"], row["event_attributes"][0]):
        assert held["http.request.header.authorization"] == SECRET_VALUE
        assert held["db.password"] == SECRET_VALUE
        assert held["token_count"] == "17"


@pytest.mark.parametrize("name", ["password", "api_key", "x_auth_token"])
def test_a_secret_named_member_of_a_map_does_not_reach_the_disk(store: Opened, name: str) -> None:
    project = store.project()
    held = {"headers": mapped(**{name: text("hunter2-is-not-a-shape"), "harmless": text("yes")})}
    one = span(1, "hello")
    one.attributes.extend(attributes(held))
    one.events[0].attributes.extend(attributes(held))
    record = LogRecord(time_unix_nano=NOW_NS, body=mapped(**held), attributes=attributes(held))  # pyright: ignore[reportArgumentType]
    log = ExportLogsServiceRequest(
        resource_logs=[
            ResourceLogs(resource=Resource(attributes=attributes(held)), scope_logs=[ScopeLogs(log_records=[record])])
        ]
    )
    store.insert(project, [request(held, one)])
    store.insert(project, [log], Signal.LOGS)
    assert "hunter2" not in laid_open(store.text_of_everything(project))


def test_a_text_that_only_looks_like_kept_bytes_harms_nothing(store: Opened) -> None:
    """A sender may write our own mark, with or without anything behind it."""
    project = store.project()
    secret = next(example for example in EXAMPLES if len(example.secret) > 30)
    hidden = b64encode(secret.text.encode()).decode()
    said = ["otlp;base64,", "otlp;base64,!!!", "otlp;base64,YQ", f"see otlp;base64,{hidden} there"]
    store.insert(project, [spans(*said)])
    stored = store.text_of_everything(project)
    assert "otlp;base64,!!!" in stored
    assert secret.secret not in laid_open(stored)


def test_a_secret_beside_a_broken_byte_is_still_seen(store: Opened) -> None:
    project = store.project()
    secret = next(example for example in EXAMPLES if len(example.secret) > 30)
    marked = "Q" * 8
    raw = spans(f"{marked} {secret.text}").SerializeToString().replace(marked.encode(), b"\xff\xfe\x80\xc3QQQQ")
    store.insert(project, [Raw(raw)])
    stored = laid_open(store.text_of_everything(project))
    assert "\ufffd" in stored
    assert secret.secret not in stored
