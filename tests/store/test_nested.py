"""Lists and maps in log records: stored as JSON, whole, whatever is in them and however deep they are."""

import json
from typing import Any, cast

from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from tests.ingest.doors import unwrapped
from tests.store.opened import START, Opened
from tests.store.raw import Raw
from tests.store.told import nanos, value_of

from tocsin.ingest.envelope import envelope, varint
from tocsin.ingest.json import decode
from tocsin.model.received import Signal
from tocsin.store.nested import written
from tocsin.store.otlp import BODY_TYPE

NOW_NS = nanos(START)
# Each is two messages; protobuf's own reader takes a hundred inside each other.
TOO_DEEP = 70
SCALARS = (
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=12
)
GROUPS = st.lists(VALUES, min_size=1, max_size=3) | st.dictionaries(st.text(), VALUES, min_size=1, max_size=3)


def nested(value: Any) -> AnyValue:  # noqa: ANN401 whatever JSON has, and bytes
    """Write a Python value, with lists and dictionaries in it, as OTLP's."""
    match value:
        case list():
            return AnyValue(array_value=ArrayValue(values=map(nested, cast("list[Any]", value))))
        case dict():
            members = cast("dict[str, Any]", value).items()
            return AnyValue(kvlist_value=KeyValueList(values=[pair(key, item) for key, item in members]))
        case bytes():
            return AnyValue(bytes_value=value)
        case None:
            return AnyValue()
        case _:
            return value_of(value)


def pair(key: str, value: Any) -> KeyValue:  # noqa: ANN401 as above
    return KeyValue(key=key, value=nested(value))


def request(*bodies: Any) -> ExportLogsServiceRequest:  # noqa: ANN401 as above
    """Return a request with a record for each value, which stands in its body, an attribute and the resource."""
    return ExportLogsServiceRequest(
        resource_logs=[
            ResourceLogs(
                resource=Resource(attributes=[pair("said", body)]),
                scope_logs=[
                    ScopeLogs(
                        log_records=[
                            LogRecord(
                                time_unix_nano=NOW_NS + number, body=nested(body), attributes=[pair("said", body)]
                            )
                        ]
                    )
                ],
            )
            for number, body in enumerate(bodies)
        ]
    )


def sized(field: int, content: bytes) -> bytes:
    """Write a field of protobuf that has a length."""
    return bytes([field << 3 | 2]) + varint(len(content)) + content


def stored(store: Opened, body: ExportLogsServiceRequest | Raw) -> list[str]:
    """Store a request; return the texts of its records' bodies, which attributes and resources have too."""
    project = store.project()
    store.insert(project, [body], Signal.LOGS)
    rows = store.stored("log_events", project, "at, body, attributes['said'] AS own, resource['said'] AS of_resource")
    assert all(row["body"] == row["own"] == row["of_resource"] for row in rows)
    return [row["body"] for row in sorted(rows, key=lambda row: int(row["at"]))]


def test_a_conversation_is_stored_whole_however_deep_it_is(store: Opened) -> None:
    said = [{"parts": [{"type": "tool_call", "arguments": {"at": {"city": ["Oslo", {"zip": 150, "old": True}]}}}]}]
    (text,) = stored(store, request(said))
    assert json.loads(text) == said


def test_texts_numbers_and_nothing_in_a_map_are_written_as_json_has_them(store: Opened) -> None:
    said: Any = {
        "a": 'b/"\\\n',
        "é": 2**63 - 1,
        "real": 0.25,
        "round": 3.0,
        "huge": 1e300,
        "none": None,
        "no": [],
        "nor": {},
    }
    (text,) = stored(store, request(said))
    assert text.startswith(
        '{"a":"b/\\"\\\\\\n","é":9223372036854775807,"real":0.25,"round":3,"huge":1e+300,"none":null,"no":[],"nor":{}}'
    )


def test_what_json_has_no_word_for_is_a_text(store: Opened) -> None:
    (text,) = stored(store, request([float("nan"), float("inf"), float("-inf"), b"\0\xff"]))
    assert json.loads(text) == ["NaN", "Infinity", "-Infinity", "otlp;base64,AP8="]


def test_a_list_or_a_map_of_nothing_is_no_value(store: Opened) -> None:
    assert stored(store, request([], {}, None)) == ["", "", ""]


def test_a_member_that_comes_twice_is_kept_twice(store: Opened) -> None:
    body = request({"a": 1})
    twice = KeyValueList(values=[pair("a", 1), pair("a", 2)])
    record = body.resource_logs[0].scope_logs[0].log_records[0]
    for value in (record.body, record.attributes[0].value, body.resource_logs[0].resource.attributes[0].value):
        value.kvlist_value.CopyFrom(twice)
    assert stored(store, body) == ['{"a":1,"a":2}']


def test_a_text_that_breaks_off_inside_a_character_keeps_the_rest_readable(store: Opened) -> None:
    mark = "QQQQ"
    raw = request([{"name": f"Malm{mark}", "size": 3}]).SerializeToString().replace(mark.encode(), b"\xc3\xc3\xc3\xc3")
    (text,) = stored(store, Raw(raw))
    ((member),) = json.loads(text)
    assert member["size"] == 3
    assert member["name"].startswith("Malm\ufffd")


def test_what_is_nested_beyond_reading_is_kept_as_its_bytes_and_harms_no_neighbour(store: Opened) -> None:
    value = b""
    for _ in range(TOO_DEEP):
        # An item of a list.
        value = sized(5, sized(1, value))
    deep = sized(1, sized(2, sized(2, sized(5, sized(6, sized(1, sized(2, value)))))))
    project = store.project()
    store.insert(project, [Raw(deep + request({"a": [{"b": 1}]}).SerializeToString())], Signal.LOGS)
    kept, readable = sorted((row["body"] for row in store.stored("log_events", project, "body")), key=len, reverse=True)
    assert kept.startswith("otlp;base64,")
    assert readable == '{"a":[{"b":1}]}'


def test_a_map_with_broken_bytes_is_kept_and_harms_no_neighbour(store: Opened) -> None:
    good = request({"a": [{"b": 1}]}, {"mark": "QQQQQQQQ"})
    inner = nested({"mark": "QQQQQQQQ"}).kvlist_value.SerializeToString()
    raw = good.SerializeToString().replace(inner, b"\xff" * len(inner))
    readable, kept = stored(store, Raw(raw))
    assert readable == '{"a":[{"b":1}]}'
    assert kept.startswith("otlp;base64,//")


def test_records_of_plain_values_go_on_untouched() -> None:
    sent = envelope(request("text", 1, 0.5, True, None, b"raw").SerializeToString(), "p", 5)
    assert written(sent) is sent


@given(st.binary(max_size=200))
def test_any_bytes_are_taken(body: bytes) -> None:
    """The engine judges them; here, nothing may break the insert that they share with others."""
    (came,) = unwrapped(Signal.LOGS, written(envelope(body, "p", 5)))
    assert (came.project, came.stamp_ns) == ("p", 5)


@given(GROUPS)
def test_any_list_or_map_reads_as_what_was_sent(said: object) -> None:
    (came,) = unwrapped(Signal.LOGS, written(envelope(request(said).SerializeToString(), "p", 5)))
    read = ExportLogsServiceRequest.FromString(came.body).resource_logs[0]
    (record,) = read.scope_logs[0].log_records
    assert json.loads(record.body.string_value) == said
    assert record.attributes[0].value == read.resource.attributes[0].value == record.body
    assert (record.time_unix_nano, record.attributes[0].key) == (NOW_NS, "said")


def test_the_type_of_log_records_costs_no_more_than_that_of_spans() -> None:
    """The engine plans each insert anew, in a time that grows with it: a type four levels deep took 229 ms, not 42."""
    assert len(BODY_TYPE[Signal.LOGS]) < 1.2 * len(BODY_TYPE[Signal.TRACES])


def test_the_json_door_stores_the_same_text(store: Opened) -> None:
    said: Any = {"parts": [{"type": "tool_call", "arguments": {"city": {"name": "Oslo"}}}]}
    sent = json_format.MessageToJson(request(said), use_integers_for_enums=True)
    assert stored(store, Raw(decode(Signal.LOGS, sent.encode(), depth_max=64).body)) == stored(store, request(said))
