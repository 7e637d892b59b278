"""Input that can't be right is kept, flagged, counted once, and breaks no answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status
from tests.store.opened import ARRIVES, START, Opened
from tests.store.raw import Raw
from tests.store.told import CLIENT, Told, attributes, body_of, nanos, span_of, value_of

from tocsin.model.dimension import Dimension
from tocsin.model.listing import Order
from tocsin.model.usage import Usage
from tocsin.model.window import Window
from tocsin.store.views.traces import AHEAD_NS_MAX, ATTRIBUTES_MAX, BEHIND_NS_MAX

DAY = timedelta(days=1)
SECOND_NS = 10**9
EVER = Window(START - timedelta(days=10), ARRIVES + timedelta(days=400))
CALL = Told(usage=Usage(1_000, output_tokens=10))


def sent(*many: Span) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=attributes({"service.name": "app"})),
                scope_spans=[ScopeSpans(scope=InstrumentationScope(name=CLIENT), spans=list(many))],
            )
        ]
    )


def changed(change: Callable[[Span], Any]) -> Span:
    span = span_of(CALL)
    change(span)
    return span


def put(store: Opened, *many: Span) -> str:
    """Store spans and settle them; return their project."""
    project = store.project()
    store.insert(project, [sent(*many)])
    store.settle(ARRIVES + timedelta(days=400))
    return project


TIMES: dict[str, tuple[int, int]] = {
    "no times": (0, 0),
    "no start": (0, nanos(START)),
    "no end": (nanos(START), 0),
    "end before start": (nanos(START), nanos(START) - SECOND_NS),
    "start in the year 2262": (2**63 - 1, nanos(START)),
    "start after every number that is signed": (2**63 + 5, nanos(START)),
    "both at the last number": (2**64 - 1, 2**64 - 1),
    "end at the last number": (nanos(START), 2**64 - 1),
    "end in the year 2262": (nanos(START), 2**63 - 1),
    "begun at the epoch": (1, nanos(START)),
    "in seconds instead of nanoseconds": (int(START.timestamp()), int(START.timestamp()) + 1),
    "in milliseconds": (int(START.timestamp()) * 1000, int(START.timestamp()) * 1000 + 5),
}


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
def test_a_call_with_absurd_times_is_stored_once_counted_once_and_can_be_shown(
    store: Opened, times: tuple[int, int]
) -> None:
    def change(span: Span) -> None:
        span.start_time_unix_nano, span.end_time_unix_nano = times

    project = put(store, changed(change))
    (row,) = store.stored("spans", project, "flags, duration_ns, toUnixTimestamp(minute) AS minute, received")
    assert row["flags"]
    assert row["duration_ns"] >= 0
    (parts,) = store.reader.parts(project, EVER, None, (), {})
    assert (parts.parts.calls, parts.parts.input_tokens) == (1, 1_000)
    (span,) = store.reader.spans_of_trace(project, f"{1:032x}")
    assert EVER.since <= span.started <= span.ended <= EVER.until
    (call,) = store.reader.example_calls(project, EVER, {}, Order.RECENT, 5)
    assert call.ended.replace(second=0, microsecond=0).timestamp() == row["minute"], "it lies in the minute it ends in"
    assert call.duration_ms >= 0


def test_the_limits_of_a_clock_are_where_they_are_said_to_be(store: Opened) -> None:
    """On the limit the sender's time holds; a nanosecond beyond, ours."""
    project, stamp = store.project(), store.stamp()
    ends: dict[int, tuple[int, list[str]]] = {
        1: (stamp + AHEAD_NS_MAX, []),
        2: (stamp + AHEAD_NS_MAX + 1, ["clock_ahead"]),
        3: (stamp - BEHIND_NS_MAX, []),
        4: (stamp - BEHIND_NS_MAX - 1, ["clock_absurd"]),
    }
    spans: list[Span] = []
    for number, (end, _) in ends.items():
        span = span_of(Told(trace=number))
        span.start_time_unix_nano = span.end_time_unix_nano = end
        spans.append(span)
    store.insert(project, [sent(*spans)], received_ns=stamp)
    rows = store.stored("spans", project, "lower(hex(trace_id)) AS trace, flags, toUnixTimestamp(minute) AS minute")
    found = {int(row["trace"], 16): (row["minute"] * SECOND_NS, row["flags"]) for row in rows}
    minute = 60 * SECOND_NS
    assert found == {
        number: ((stamp if flags else end) // minute * minute, flags) for number, (end, flags) in ends.items()
    }


IDS = [b"", b"\0" * 16, b"\1" * 15, b"\1" * 17, b"abc"]


@pytest.mark.parametrize("trace", IDS)
@pytest.mark.parametrize("span_id", [b"", b"\0" * 8, b"\2" * 7, b"\2" * 9, (5).to_bytes(8, "big")])
def test_a_span_with_an_id_of_another_length_gets_one_that_a_resend_gets_too(
    store: Opened, trace: bytes, span_id: bytes
) -> None:
    def change(span: Span) -> None:
        span.trace_id, span.span_id, span.parent_span_id = trace, span_id, b"\3" * 5

    project = store.project()
    for _ in range(2):
        store.insert(project, [sent(changed(change))])
    store.settle()
    (row,) = store.stored("spans", project, "lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, flags")
    assert "trace_id_made" in row["flags"]
    assert int(row["trace"], 16)
    assert int(row["span"], 16)
    (parts,) = store.reader.parts(project, EVER, None, (), {})
    assert parts.parts.calls == 1
    (span,) = store.reader.spans_of_trace(project, row["trace"])
    assert span.parent_span_id == ""


def test_two_spans_without_ids_are_two(store: Opened) -> None:
    def change(span: Span) -> None:
        span.trace_id = span.span_id = b""

    other = changed(change)
    other.end_time_unix_nano += 1
    project = put(store, changed(change), other)
    (parts,) = store.reader.parts(project, EVER, None, (), {})
    assert parts.parts.calls == 2


def test_attributes_beyond_a_thousand_are_cut_and_the_span_says_so(store: Opened) -> None:
    def change(span: Span) -> None:
        span.attributes.extend(attributes({f"key.{n}": n for n in range(10_000)}))

    def exactly(span: Span) -> None:
        span.span_id = (7).to_bytes(8, "big")
        span.attributes.extend(attributes({f"key.{n}": n for n in range(ATTRIBUTES_MAX - len(span.attributes))}))

    project = put(store, changed(change), changed(exactly))
    rows = store.stored("spans", project, "length(attributes) AS kept, flags, lower(hex(span_id)) AS span")
    assert {int(row["span"], 16): (row["kept"], row["flags"]) for row in rows} == {
        1: (ATTRIBUTES_MAX, ["attributes_cut"]),
        7: (ATTRIBUTES_MAX, []),
    }
    assert len(store.reader.example_calls(project, EVER, {}, Order.RECENT, 5)) == 2


def test_the_same_attribute_twice_is_no_fault(store: Opened) -> None:
    def change(span: Span) -> None:
        span.attributes.extend([*attributes({"tenant": "one"}), *attributes({"tenant": "two"})])
        span.attributes.extend(attributes({"": "a name of no letters"}))

    project = put(store, changed(change))
    (span,) = store.reader.spans_of_trace(project, f"{1:032x}")
    assert span.attributes["tenant"] in {"one", "two"}
    assert span.attributes[""] == "a name of no letters"


MARK = b"QQQQQQQQ"
BROKEN = b"\xff\xfe\x80\xc3(\xed\xa0"


def marked() -> ExportTraceServiceRequest:
    """Return a request with a mark in every text that it can hold."""
    said = MARK.decode()
    span = span_of(CALL)
    span.name = f"name {said}"
    span.status.message = f"status {said}"
    span.status.code = Status.STATUS_CODE_ERROR
    span.trace_state = said
    texts = ("tenant", "session.id", "user.id", "gen_ai.agent.name", "gen_ai.response.id", "feature", f"key {said}")
    span.attributes.extend(attributes(dict.fromkeys(texts, f"value {said}")))
    span.attributes.append(KeyValue(key="listed", value=AnyValue(array_value=ArrayValue(values=[value_of(said)]))))
    for held in span.attributes:
        if held.key in {"gen_ai.request.model", "gen_ai.provider.name"}:
            held.value.string_value += said
    span.events.append(Span.Event(name=f"event {said}", attributes=attributes({f"event key {said}": said})))
    names = ("service.name", "deployment.environment.name", "service.version", f"resource key {said}")
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=attributes(dict.fromkeys(names, f"resource {said}"))),
                scope_spans=[ScopeSpans(scope=InstrumentationScope(name=f"{CLIENT}", version=said), spans=[span])],
            )
        ]
    )


def test_bytes_that_are_no_text_are_stored_readable_wherever_they_stand(store: Opened) -> None:
    project = store.project()
    raw = marked().SerializeToString().replace(MARK, b"ab" + BROKEN[:6])
    assert raw.count(BROKEN[:6]) > 15
    store.insert(project, [Raw(raw)])
    store.settle()
    stored = store.text_of_everything(project)
    assert "name ab\ufffd" in stored
    (call,) = store.reader.example_calls(project, EVER, {}, Order.RECENT, 5)
    assert call.service.startswith("resource ab\ufffd")
    (span,) = store.reader.spans_of_trace(project, f"{1:032x}")
    assert span.name.startswith("name ab\ufffd")
    for dimension in Dimension:
        (value,) = store.reader.values_of(project, dimension, EVER)
        (again,) = store.reader.parts(project, EVER, None, (dimension,), {dimension: [value.value]})
        assert again.group == (value.value,), "what is listed can be asked for"
    odd = store.rows(
        "SELECT countIf(NOT isValidUTF8(toString(tuple(s.*)))) AS odd FROM spans AS s WHERE project = {p:String}",
        p=project,
    )
    assert odd == [{"odd": 0}]


VALUES: dict[str, tuple[AnyValue, str]] = {
    "nothing": (AnyValue(), ""),
    "empty text": (AnyValue(string_value=""), ""),
    "no": (AnyValue(bool_value=False), "false"),
    "zero": (AnyValue(int_value=0), "0"),
    "least": (AnyValue(int_value=-(2**63)), "-9223372036854775808"),
    "real": (AnyValue(double_value=0.1), "0.1"),
    "endless": (AnyValue(double_value=float("inf")), "inf"),
    "no number": (AnyValue(double_value=float("nan")), "nan"),
    "list": (AnyValue(array_value=ArrayValue(values=[value_of("a/b"), value_of(1), value_of(True)])), '["a/b",1,true]'),
    "empty list": (AnyValue(array_value=ArrayValue()), ""),
    "list of nothing": (AnyValue(array_value=ArrayValue(values=[AnyValue()])), "[null]"),
    "quotes": (AnyValue(array_value=ArrayValue(values=[value_of('say "hi"\\')])), '["say \\"hi\\"\\\\"]'),
}


@pytest.mark.parametrize("name", VALUES)
def test_every_kind_of_value_is_kept(store: Opened, name: str) -> None:
    value, expected = VALUES[name]
    project = put(store, changed(lambda span: span.attributes.append(KeyValue(key="it", value=value))))
    (span,) = store.reader.spans_of_trace(project, f"{1:032x}")
    assert span.attributes["it"] == expected


def test_maps_and_deep_lists_are_kept_as_they_came(store: Opened) -> None:
    deep = AnyValue(kvlist_value=KeyValueList(values=[KeyValue(key="a", value=value_of("b"))]))
    nested = AnyValue(array_value=ArrayValue(values=[AnyValue(array_value=ArrayValue(values=[deep]))]))
    project = put(
        store,
        changed(
            lambda span: span.attributes.extend([KeyValue(key="map", value=deep), KeyValue(key="list", value=nested)])
        ),
    )
    (span,) = store.reader.spans_of_trace(project, f"{1:032x}")
    assert span.attributes["map"].startswith("otlp;base64,")
    assert "otlp;base64," in span.attributes["list"]


COUNTS: dict[str, object] = {
    "as text": "1000",
    "as a real": 1000.0,
    "as text of a real": "1000.0",
    "quoted": '"1000"',
}


@pytest.mark.parametrize("said", COUNTS.values(), ids=COUNTS)
def test_tokens_in_another_type_are_counted(store: Opened, said: object) -> None:
    project = store.project()
    told = Told(more={"gen_ai.usage.input_tokens": said, "gen_ai.usage.output_tokens": said})
    store.insert(project, [body_of([told])])
    store.settle()
    (parts,) = store.reader.parts(project, EVER, None, (), {})
    assert (parts.parts.input_tokens, parts.parts.output_tokens) == (1_000, 1_000)


@pytest.mark.parametrize("said", [-5, "many", "", "1e400", float("nan"), 2**63 - 1, "18446744073709551616", "[1]"])
def test_tokens_that_are_no_count_are_not_reported(store: Opened, said: object) -> None:
    project = store.project()
    told = Told(more={"gen_ai.usage.input_tokens": said, "gen_ai.usage.output_tokens": 10})
    store.insert(project, [body_of([told])])
    store.settle()
    (call,) = store.reader.example_calls(project, EVER, {}, Order.RECENT, 5)
    assert (call.input_tokens, call.output_tokens, call.cost_usd) == (None, 10, None)


def test_an_empty_request_is_stored_without_a_row(store: Opened) -> None:
    project = store.project()
    nothing = ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[ScopeSpans()])])
    store.insert(project, [ExportTraceServiceRequest(), nothing])
    store.settle()
    assert store.stored("spans", project) == []


def test_a_span_of_nothing_at_all_is_kept(store: Opened) -> None:
    project = store.project()
    bare = ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[ScopeSpans(spans=[Span(), Span()])])])
    store.insert(project, [bare])
    store.settle()
    (row,) = store.stored("spans", project, "name, service, flags")
    assert (row["name"], row["service"]) == ("", "unknown_service")
    assert set(row["flags"]) == {"clock_absurd", "trace_id_made", "span_id_made"}


def test_a_trace_of_twenty_thousand_spans_settles(store: Opened) -> None:
    """A worker that never ends its trace: the time must not grow with the square of its length."""
    project = store.project()
    count = 20_000
    spans = [
        Told(
            span=n, parent=n - 1, at=timedelta(milliseconds=n), usage=CALL.usage if n % 2 else Usage(), call=n % 2 == 1
        )
        for n in range(1, count + 1)
    ]
    store.insert(project, [body_of(spans)])
    store.settle()
    (parts,) = store.reader.parts(project, EVER, None, (), {})
    assert parts.parts.calls == 1
