"""How punctual spans arrive, as the alarm about the pipeline asks: by real spans and their received stamps."""

from datetime import datetime, timedelta

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.store.opened import Opened
from tests.store.test_absurd import CALL, sent
from tests.store.told import nanos, span_of

from tocsin.model.pipeline import Arrivals, AskArrivals, AskPipeline
from tocsin.model.whole import whole
from tocsin.store.statements import of_epoch

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ASK = AskArrivals()


def ended(at: datetime, n: int) -> Span:
    span = span_of(CALL)
    span.span_id = n.to_bytes(8)
    span.start_time_unix_nano, span.end_time_unix_nano = nanos(at - SECOND), nanos(at)
    return span


def arrive(store: Opened, project: str, *ends: timedelta) -> datetime:
    """Store spans that ended so long before they arrived, and return when they arrived."""
    stamp = store.stamp()
    at = of_epoch(stamp // 10**9)
    store.insert(project, [sent(*(ended(at - before, n) for n, before in enumerate(ends, start=1)))], received_ns=stamp)
    return at


def told(store: Opened, project: str, at: datetime) -> object:
    return store.evidence.facts(ASK, at).get(whole(project))


def test_a_span_is_late_after_two_minutes_and_history_after_two_hours(store: Opened) -> None:
    project = store.project()
    at = arrive(store, project, SECOND, 2 * MINUTE, 2 * MINUTE + SECOND, 2 * HOUR, 2 * HOUR + SECOND, 30 * 24 * HOUR)
    assert told(store, project, at) == Arrivals(spans=4, late=2, skewed=0)


def test_an_end_far_ahead_or_absurdly_long_ago_is_a_clock_that_is_wrong(store: Opened) -> None:
    project = store.project()
    at = arrive(store, project, SECOND, -HOUR, timedelta(days=900), -MINUTE)
    assert told(store, project, at) == Arrivals(spans=4, late=0, skewed=2)


def test_only_what_arrived_in_the_window_counts(store: Opened) -> None:
    project = store.project()
    at = arrive(store, project, SECOND)
    assert told(store, project, at - SECOND) is None
    assert told(store, project, at + ASK.window - SECOND) == Arrivals(1, 0, 0)
    assert told(store, project, at + ASK.window) is None


def test_loading_the_past_alone_says_nothing(store: Opened) -> None:
    project = store.project()
    at = arrive(store, project, *(n * 24 * HOUR for n in range(1, 20)))
    assert told(store, project, at) is None


def test_the_store_knows_nothing_of_a_running_server_until_one_says_so(store: Opened) -> None:
    assert store.evidence.facts(AskPipeline(), of_epoch(0)) == {}
