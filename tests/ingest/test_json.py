"""OTLP JSON becomes the protobuf that means the same; a malformed item does not fail its neighbours."""

import json
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tocsin.ingest.json import Decoded, decode
from tocsin.model.problem import BadInput
from tocsin.model.received import Signal

SPAN = {"name": "a span"}


def traces(*spans: object, **scope: object) -> Decoded:
    document = {"resourceSpans": [{"scopeSpans": [{"spans": list(spans), **scope}]}]}
    return parsed(Signal.TRACES, document)


def parsed(signal: Signal, document: object) -> Decoded:
    return decode(signal, json.dumps(document).encode(), depth_max=64)


def spans_in(decoded: Decoded) -> list[Span]:
    request = ExportTraceServiceRequest.FromString(decoded.body)
    return [span for r in request.resource_spans for s in r.scope_spans for span in s.spans]


def value_of(value: object) -> AnyValue:
    (span,) = spans_in(traces({"attributes": [{"key": "k", "value": value}]}))
    return span.attributes[0].value


def test_ids_are_hexadecimal() -> None:
    decoded = traces(
        {
            "traceId": "5B8EFFF798038103D269B633813FC60C",
            "spanId": "eee19b7ec3c1b174",
            "parentSpanId": "",
            "links": [{"traceId": "00" * 16, "spanId": "11" * 8}],
        }
    )
    (span,) = spans_in(decoded)
    assert span.trace_id.hex() == "5b8efff798038103d269b633813fc60c"
    assert span.span_id.hex() == "eee19b7ec3c1b174"
    assert span.parent_span_id == b""
    assert span.links[0].span_id == b"\x11" * 8


@pytest.mark.parametrize(
    ("trace_id", "found"),
    [
        ("W47/95gDgQPSabYzgT/GDA==", "24 characters"),
        ("zz" * 16, "zz"),
        ("ab" * 8, "16 characters"),
        ("ab " * 16, "48 characters"),
        (5, "a number"),
        ([], "a list"),
    ],
)
def test_an_id_that_is_not_hexadecimal_of_the_right_length_costs_its_own_span_only(
    trace_id: object, found: str
) -> None:
    decoded = traces({"name": "a"}, {"traceId": trace_id}, {"name": "c"})
    assert [span.name for span in spans_in(decoded)] == ["a", "c"]
    assert (decoded.kept, decoded.rejected) == (2, 1)
    assert found in decoded.reason
    assert "write 32 hexadecimal digits" in decoded.reason


def test_large_numbers_come_as_text_or_as_numbers() -> None:
    (span,) = spans_in(traces({"startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": 1544712661000000000}))
    assert span.start_time_unix_nano == 1544712660000000000
    assert span.end_time_unix_nano == 1544712661000000000
    assert value_of({"intValue": "9223372036854775807"}).int_value == 2**63 - 1


def test_enums_are_numbers_and_unknown_ones_are_kept() -> None:
    (span,) = spans_in(traces({"kind": 3, "status": {"code": 2, "message": "no"}}))
    assert (span.kind, span.status.code) == (3, 2)
    (odd,) = spans_in(traces({"kind": 99}))
    assert odd.kind == 99


def test_tokens_that_come_as_text_stay_text() -> None:
    """What text means is for the mapping to say."""
    assert value_of({"stringValue": "123"}).string_value == "123"


def test_unknown_fields_are_ignored() -> None:
    (span,) = spans_in(traces({"name": "a", "newIn2030": {"x": [1]}}, droppedSomething=5))
    assert span.name == "a"


def test_names_with_underscores_are_understood() -> None:
    body = {"resource_spans": [{"scope_spans": [{"spans": [{"trace_id": "ab" * 16, "name": "a"}]}]}]}
    (span,) = spans_in(parsed(Signal.TRACES, body))
    assert span.trace_id == b"\xab" * 16


def test_null_is_absent() -> None:
    (span,) = spans_in(
        traces({"name": None, "attributes": None, "status": None, "traceId": None, "startTimeUnixNano": None})
    )
    assert span == Span()
    assert value_of(None).WhichOneof("value") is None
    assert value_of({"stringValue": None}).WhichOneof("value") is None
    assert decode(Signal.TRACES, b'{"resourceSpans": null}', depth_max=64).kept == 0


def test_null_in_a_list_of_values_keeps_its_place() -> None:
    values = value_of({"arrayValue": {"values": [{"stringValue": "a"}, None, {"stringValue": "c"}]}}).array_value.values
    assert [value.string_value for value in values] == ["a", "", "c"]


def test_bytes_are_base64() -> None:
    assert value_of({"bytesValue": "AAEC"}).bytes_value == b"\x00\x01\x02"


def test_half_an_emoji_is_replaced_and_the_span_is_kept() -> None:
    """JavaScript sends such halves when it cuts a prompt at a fixed length."""
    body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"cut \\ud83d"},{"name":"whole \\ud83d\\ude00"}]}]}]}'
    assert [span.name for span in spans_in(decode(Signal.TRACES, body, depth_max=64))] == [
        "cut \ufffd",
        "whole \U0001f600",
    ]


@pytest.mark.parametrize(
    "span",
    [
        7,
        "text",
        None,
        [],
        {"name": 5},
        {"startTimeUnixNano": "yesterday"},
        {"startTimeUnixNano": "-1"},
        {"kind": {}},
        {"attributes": {"a": 1}},
        {"attributes": [{"key": "k", "value": "text"}]},
        {"attributes": [{"key": "k", "value": ["text"]}]},
        {"attributes": ["k"]},
        {"status": 2},
        {"kind": "loud"},
        {"attributes": [{"key": "k", "value": {"intValue": "99999999999999999999"}}]},
        {"attributes": [{"key": "k", "value": {"intValue": "1", "stringValue": "a"}}]},
        {"attributes": [{"key": "k", "value": {"doubleValue": float("nan")}}]},
        {"attributes": [{"key": "k", "value": {"boolValue": "maybe"}}]},
    ],
)
def test_a_malformed_span_costs_itself_only(span: object) -> None:
    decoded = traces({"name": "before"}, span, {"name": "after"})
    assert [one.name for one in spans_in(decoded)] == ["before", "after"]
    assert (decoded.kept, decoded.rejected) == (2, 1)
    assert decoded.reason.startswith("resourceSpans[0].scopeSpans[0].spans[1]: ")


def test_a_malformed_resource_or_scope_costs_its_own_spans_and_counts_them() -> None:
    good = {"scopeSpans": [{"spans": [{"name": "a"}]}]}
    bad_resource = {"resource": 5, "scopeSpans": [{"spans": [SPAN, SPAN]}, {"spans": [SPAN]}]}
    bad_scope = {"scopeSpans": [{"scope": "text", "spans": [SPAN, SPAN]}, {"spans": [{"name": "b"}]}, "text"]}
    body = {"resourceSpans": [good, bad_resource, bad_scope]}
    decoded = parsed(Signal.TRACES, body)
    assert [span.name for span in spans_in(decoded)] == ["a", "b"]
    assert (decoded.kept, decoded.rejected) == (2, 3 + 2 + 1)
    assert decoded.reason.startswith("resourceSpans[1]: ")


def test_a_list_that_is_none_is_left_out_and_told() -> None:
    body = {"resourceSpans": [{"scopeSpans": {"spans": [SPAN]}}, {"scopeSpans": [{"spans": "many"}]}]}
    decoded = parsed(Signal.TRACES, body)
    assert decoded.rejected == 2
    assert decoded.reason.startswith("resourceSpans[0].scopeSpans is an object; write a list")


def test_values_nested_too_deep_cost_their_own_span() -> None:
    value: dict[str, Any] = {"stringValue": "deep"}
    for _ in range(40):
        value = {"arrayValue": {"values": [value]}}
    decoded = traces({"name": "a"}, {"attributes": [{"key": "k", "value": value}]})
    assert [span.name for span in spans_in(decoded)] == ["a"]
    assert "nested too deep" in decoded.reason


def test_metrics_count_the_points_they_lose() -> None:
    points = [{"asInt": "1"}, {"asDouble": 2.5}]
    metrics = [
        {"name": "good", "gauge": {"dataPoints": points}},
        {"name": 5, "sum": {"dataPoints": points}},
        {"name": "odd", "histogram": {"dataPoints": [{"count": "x"}]}},
    ]
    body = {"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}
    decoded = parsed(Signal.METRICS, body)
    request = ExportMetricsServiceRequest.FromString(decoded.body)
    (metric,) = request.resource_metrics[0].scope_metrics[0].metrics
    assert [point.as_double or point.as_int for point in metric.gauge.data_points] == [1, 2.5]
    assert (decoded.kept, decoded.rejected) == (1, 3)


def test_log_records_are_read_with_ids_and_structured_bodies() -> None:
    record = {
        "traceId": "ab" * 16,
        "spanId": "cd" * 8,
        "body": {"kvlistValue": {"values": [{"key": "a", "value": {"intValue": "1"}}]}},
    }
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record, {"severityNumber": "loud"}]}]}]}
    decoded = parsed(Signal.LOGS, body)
    (read,) = ExportLogsServiceRequest.FromString(decoded.body).resource_logs[0].scope_logs[0].log_records
    assert read.span_id == b"\xcd" * 8
    assert read.body.kvlist_value.values[0].key == "a"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "Expecting value at line 1, column 1"),
        (b'{"resourceSpans": [\n  {,', "at line 2, column 4"),
        (b"{}x", "Extra data at line 1, column 3"),
        (b"[]", "the body is a list"),
        (b"null", "the body is null"),
        (b'"text"', "the body is a string"),
        (b'{"resourceSpans": 5}', "resourceSpans is a number"),
        (b'{"resourceLogs": []}', "found resourceLogs; post it to /v1/logs"),
        (b'{"a": "\xff"}', "byte 7 is 0xff"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "can't be read as JSON"),
        (b"\xef\xbb\xbf{}", "at line 1, column 1"),
    ],
)
def test_a_body_of_which_nothing_can_be_read_says_what_and_where(body: bytes, told: str) -> None:
    with pytest.raises(BadInput) as raised:
        decode(Signal.TRACES, body, depth_max=64)
    assert told in raised.value.reason


def test_an_empty_request_is_a_request() -> None:
    assert decode(Signal.TRACES, b"{}", depth_max=64) == Decoded(b"", kept=0)


@pytest.mark.parametrize(("signal", "key"), [(Signal.TRACES, "resourceSpans"), (Signal.LOGS, "resourceLogs")])
def test_a_body_of_unknown_keys_only_is_told_the_right_one(signal: Signal, key: str) -> None:
    """It was taken for an empty request, and whoever sent it heard that all was well."""
    with pytest.raises(BadInput, match=f"the body has no {key}, found foo, resource-spans; put the"):
        parsed(signal, {"foo": 1, "resource-spans": []})
    assert parsed(signal, {}).kept == 0
    assert parsed(signal, {key: [], "foo": 1}).kept == 0
