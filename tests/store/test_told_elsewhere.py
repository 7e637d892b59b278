"""What a call's span does not say is learnt from its log events, and from other spans that tell of the same call."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from tests.store.agree import matches
from tests.store.opened import ARRIVES, BOOK, Opened
from tests.store.test_nested import nested
from tests.store.told import CLIENT, FRAMEWORK, SDK, Told, again, attributes, body_of, nanos

from tocsin.model.dimension import Dimension
from tocsin.model.received import Signal
from tocsin.model.usage import Usage
from tocsin.store.views.logged import CHOICE, DETAILS

USED = Usage(1_000, 200, 0, 0, 300, 100)
SECOND = timedelta(seconds=1)
CALL = Told(usage=USED)
NO_FACTS: Mapping[str, object] = {}
FACTS = {
    "gen_ai.conversation.id": "s-1",
    "user.id": "u-1",
    "tenant": "acme",
    "feature": "help",
    "gen_ai.agent.name": "guide",
    "gen_ai.response.finish_reasons": '["max_tokens"]',
    "gen_ai.response.time_to_first_chunk": 0.25,
}


def event(told: Told, name: str, body: object = None, said: Mapping[str, object] = NO_FACTS) -> LogRecord:
    """Return a log event of a call's span."""
    return LogRecord(
        time_unix_nano=nanos(told.ended),
        trace_id=told.trace.to_bytes(16, "big"),
        span_id=told.span.to_bytes(8, "big"),
        event_name=name,
        body=nested(body),
        attributes=attributes(said),
    )


def choice(told: Told, index: int, *tools: str) -> LogRecord:
    """Return the event of one answer that asks for tools."""
    asked = [{"id": tool, "type": "function", "function": {"name": tool, "arguments": {"n": 1}}} for tool in tools]
    body = {"index": index, "finish_reason": "tool_calls", "message": {"role": "assistant", "tool_calls": asked}}
    return event(told, CHOICE, body)


def details(told: Told, said: Mapping[str, object] = NO_FACTS, *tools: str) -> LogRecord:
    """Return the event of a whole call."""
    parts = [{"type": "text", "content": "tool_call"}, *({"type": "tool_call", "name": tool} for tool in tools)]
    messages = nested([{"role": "assistant", "parts": parts}])
    facts = {"gen_ai.output.messages": messages, **said}
    return event(told, DETAILS, None, facts)


def logs(*records: LogRecord) -> ExportLogsServiceRequest:
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(scope_logs=[ScopeLogs(log_records=records)])])


def send(store: Opened, project: str, *sent: Told | LogRecord) -> None:
    """Store spans and log events, each with an arrival of its own, and settle after each."""
    for one in sent:
        if isinstance(one, Told):
            store.insert(project, [body_of([one])])
        else:
            store.insert(project, [logs(one)], Signal.LOGS)
        store.settle()


def calls(store: Opened, project: str) -> dict[int, dict[str, Any]]:
    """Return the calls by their spans' numbers."""
    return {int(row["span"], 16): row for row in store.stored("calls", project, "*, lower(hex(span_id)) AS span")}


def test_tools_that_only_an_event_names_are_known_whichever_comes_first(store: Opened) -> None:
    for sent in ((CALL, choice(CALL, 0, "look")), (choice(CALL, 0, "look"), CALL)):
        project = store.project()
        send(store, project, *sent)
        assert calls(store, project)[1]["tool_names"] == ["look"]


def test_what_a_call_does_not_say_its_event_says(store: Opened) -> None:
    project = store.project()
    silent = again(CALL, finish="", scope=FRAMEWORK)
    send(store, project, silent, details(silent, FACTS, "look", "buy"))
    row = calls(store, project)[1]
    assert [row[name] for name in ("session", "user", "tenant", "feature", "agent")] == [
        "s-1",
        "u-1",
        "acme",
        "help",
        "guide",
    ]
    assert (row["finish_reason"], row["ttft_ns"], row["tool_names"]) == ("length", 250_000_000, ["look", "buy"])


def test_what_a_call_says_itself_stands(store: Opened) -> None:
    project = store.project()
    own = again(CALL, session="s", user="u", tenant="t", feature="f", agent="a", ttft=SECOND)
    send(store, project, own, details(own, FACTS))
    matches(store, project, [own], dimensions=tuple(Dimension))


def test_answers_of_one_call_are_read_in_their_order_and_once(store: Opened) -> None:
    project = store.project()
    answers = [choice(CALL, 1, "second"), choice(CALL, 0, "first", "also first"), choice(CALL, 1, "second")]
    send(store, project, CALL, *answers)
    assert calls(store, project)[1]["tool_names"] == ["first", "also first", "second"]


def test_an_event_for_the_whole_call_is_believed_before_those_for_its_answers(store: Opened) -> None:
    for order in permutations((CALL, choice(CALL, 0, "of one"), details(CALL, NO_FACTS, "of all"))):
        project = store.project()
        send(store, project, *order)
        assert calls(store, project)[1]["tool_names"] == ["of all"]


def test_an_event_of_another_span_or_of_none_says_nothing_of_a_call(store: Opened) -> None:
    project, other = store.project(), store.project()
    bare = choice(CALL, 0, "bare")
    bare.trace_id = bare.span_id = b""
    others = [again(CALL, span=2), again(CALL, trace=2)]
    send(store, project, CALL, bare, *(choice(told, 0, "of another") for told in others))
    send(store, other, choice(CALL, 0, "of another project"))
    assert calls(store, project)[1]["tool_names"] == []


@pytest.mark.parametrize("body", [None, "", "{", '{"message":', 17, [], {"message": {"tool_calls": "tool_calls"}}])
def test_an_event_with_any_body_breaks_nothing(store: Opened, body: object) -> None:
    project = store.project()
    send(store, project, CALL, event(CALL, CHOICE, body), event(CALL, "something else", body))
    matches(store, project, [CALL])


def test_an_event_is_joined_after_a_start_too(store: Opened) -> None:
    project = store.project()
    send(store, project, choice(CALL, 0, "look"))
    store.insert(project, [body_of([CALL])])
    store.another_settler().settle(store.newest_ns, ARRIVES)
    assert calls(store, project)[1]["tool_names"] == ["look"]


def test_pricing_again_keeps_what_events_say(store: Opened) -> None:
    project = store.project()
    send(store, project, CALL, choice(CALL, 0, "look"))
    for _ in store.settler.reprice(BOOK.rows_for, ARRIVES, store.newest_ns):
        pass
    assert calls(store, project)[1]["tool_names"] == ["look"]


def test_more_events_than_fit_into_one_go_are_settled_in_several(store: Opened) -> None:
    project = store.project()
    many = [again(CALL, trace=n) for n in range(1, 7)]
    send(store, project, *many)
    settler = store.another_settler(spans_at_once=2)
    for told in many:
        store.insert(project, [logs(choice(told, 0, f"tool {told.trace}"))], Signal.LOGS)
    settler.settle(store.newest_ns, ARRIVES)
    rows = store.stored("calls", project, "tool_names")
    assert sorted(row["tool_names"] for row in rows) == [[f"tool {told.trace}"] for told in many]


def test_events_of_no_span_hold_nothing_up_however_many_came(store: Opened) -> None:
    """Logs exported without traces: they were counted as work, and then none was found; nothing settled any more."""
    project = store.project()
    bare = [choice(CALL, n, "bare") for n in range(3)]
    for one in bare:
        one.trace_id = one.span_id = b""
        store.insert(project, [logs(one)], Signal.LOGS)
    settler = store.another_settler(spans_at_once=1)
    settler.settle(store.newest_ns, ARRIVES)
    store.insert(project, [body_of([CALL])])
    settler.settle(store.newest_ns, ARRIVES)
    assert calls(store, project)[1]["tool_names"] == []


def test_a_call_learns_from_its_twin_what_it_does_not_say(store: Opened) -> None:
    best = again(CALL, response_id="r", scope=CLIENT, finish="")
    twin = again(
        best,
        trace=2,
        scope=FRAMEWORK,
        usage=Usage(1_000, None, None, None, 300, None),
        at=SECOND / 2,
        session="s",
        user="u",
        tenant="t",
        feature="f",
        agent="a",
        ttft=SECOND / 4,
        finish="length",
    )
    for order in ([best, twin], [twin, best]):
        project = store.project()
        send(store, project, *order)
        matches(store, project, order, dimensions=tuple(Dimension))
        (row,) = [row for row in store.stored("calls", project) if not row["not_counted"]]
        assert [row[name] for name in ("session", "user", "tenant", "feature", "agent")] == ["s", "u", "t", "f", "a"]
        assert (row["ttft_ns"], row["finish_reason"]) == (250_000_000, "length")


def test_a_call_learns_nothing_from_one_at_another_time_with_the_same_id(store: Opened) -> None:
    """Stand-ins for a provider answer everything with one id."""
    project = store.project()
    one = again(CALL, response_id="r")
    later = again(one, trace=2, scope=FRAMEWORK, at=10 * SECOND, session="of another")
    send(store, project, one, later)
    matches(store, project, [one, later], dimensions=tuple(Dimension))
    assert [row["session"] for row in store.stored("calls", project) if row["not_counted"] == ""] != ["of another"] * 2


def test_what_an_event_says_of_a_wrapper_is_known_of_the_call_inside(store: Opened) -> None:
    """An instrumentation's event carries its own span; the client library's below it is the one that counts."""
    project = store.project()
    outer = again(CALL, response_id="r", took=3 * SECOND)
    inner = again(CALL, response_id="r", span=2, parent=1, scope=SDK, provider="anthropic", at=SECOND)
    send(store, project, outer, inner, choice(outer, 0, "look"))
    found = calls(store, project)
    assert (found[1]["not_counted"], found[2]["not_counted"]) == ("wraps another call", "")
    assert found[2]["tool_names"] == ["look"]
