"""Each question of the pages gives what plain Python gives of the same calls, from whichever table it is read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from tests.store.opened import START, Opened
from tests.store.told import ERRORS, OWN, Settled, Told, added_up, again, body_of, settled

from tocsin.model.call import Call
from tocsin.model.cost import usd
from tocsin.model.dimension import ROLLED, Dimension
from tocsin.model.listing import Order, ValueCount
from tocsin.model.parts import Parts
from tocsin.model.sketch import CAP_MS, GAMMA, Sketch, bucket_of
from tocsin.model.usage import Usage
from tocsin.model.window import Window

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def some_calls(seed: int, count: int, since: timedelta, length: timedelta) -> Iterator[Told]:
    """Draw calls that end in a stretch."""
    random = Random(seed)
    for n in range(1, count + 1):
        took = timedelta(milliseconds=random.choice((5, 900, 4_000, 61_000)) + random.randrange(100))
        yield Told(
            trace=n,
            at=since + timedelta(milliseconds=random.randrange(int(length / timedelta(milliseconds=1)))) - took,
            took=took,
            model=random.choice(("gpt-4o", "o3", "nobody-sells-it")),
            service=random.choice(("app", "app", "worker")),
            environment=random.choice(("production", "staging")),
            release=random.choice(("1.0", "1.1")),
            tenant=random.choice(("acme", "globex", "")),
            feature=random.choice(("search", "help")),
            error=random.choice(("", "", "", *ERRORS)),
            usage=random.choice((Usage(), Usage(random.randrange(1, 9_000), output_tokens=random.randrange(500)))),
            streaming=random.random() < 0.5,
            ttft=random.choice((None, timedelta(milliseconds=random.randrange(1, 900)))),
        )


class Shop:
    """A project with a few hours of calls, hours of which the last is still open."""

    def __init__(self, store: Opened) -> None:
        self.store = store
        self.day = store.later()
        self.project = store.project()
        since = self.day - START
        self.told = list(some_calls(7, 400, since + 8 * HOUR, 4 * HOUR + 30 * MINUTE))
        store.insert(self.project, [body_of(self.told)])
        self.now = self.day + 12 * HOUR + 30 * MINUTE
        store.settle(self.now)
        self.calls: Sequence[Settled] = list(settled(self.told).values())

    def window(self, since: float, until: float) -> Window:
        """Return a window of the day, from hours."""
        return Window(self.day + since * HOUR, self.day + until * HOUR)

    def same(
        self,
        window: Window,
        step: timedelta | None = None,
        group_by: Sequence[Dimension] = (),
        filters: Mapping[Dimension, Sequence[str]] | None = None,
    ) -> None:
        """Compare an answer with the same in Python."""
        found = self.store.reader.parts(self.project, window, step, group_by, filters or {})
        assert found == added_up(self.calls, window, step, group_by, filters)


@pytest.fixture(scope="module")
def shop(store: Opened) -> Shop:
    return Shop(store)


WINDOWS = [(8, 13), (8, 12), (9, 11), (8.25, 12.4), (8.5, 8.75), (11.9, 12.2), (0, 24), (12, 13), (13, 14)]


@pytest.mark.parametrize("hours", WINDOWS)
@pytest.mark.parametrize("step", [None, MINUTE, 7 * MINUTE, HOUR, 3 * HOUR, DAY])
def test_hours_and_minutes_join_without_a_seam(shop: Shop, hours: tuple[float, float], step: timedelta | None) -> None:
    """Whole hours that are over come from the hour table, the rest from minutes; nothing twice, nothing left out."""
    shop.same(shop.window(*hours), step)


@pytest.mark.parametrize("dimension", Dimension)
def test_every_dimension_groups_and_filters(shop: Shop, dimension: Dimension) -> None:
    window = shop.window(8, 13)
    shop.same(window, None, (dimension,))
    values = sorted({call.value(dimension) for call in shop.calls})[:2]
    shop.same(window, HOUR, (Dimension.SERVICE,), {dimension: values})
    shop.same(window, HOUR, (), {dimension: ["no such value"]})
    shop.same(window, None, (), {dimension: []})


@pytest.mark.parametrize("hours", WINDOWS)
def test_rolled_up_and_single_calls_give_the_same(shop: Shop, hours: tuple[float, float]) -> None:
    """A filter that lets everything through makes the question read the calls instead of the rollups."""
    every = {Dimension.FEATURE: ["search", "help"]}
    for group in ((), (Dimension.MODEL, Dimension.ERROR_TYPE)):
        for step in (None, HOUR):
            window = shop.window(*hours)
            rolled = shop.store.reader.parts(shop.project, window, step, group, {})
            assert rolled == shop.store.reader.parts(shop.project, window, step, group, every)


def test_all_rolled_dimensions_at_once(shop: Shop) -> None:
    shop.same(shop.window(8, 13), HOUR, tuple(sorted(ROLLED)))
    shop.same(shop.window(8, 13), None, tuple(Dimension))


def test_a_window_that_begins_inside_a_minute_is_widened_to_whole_minutes(shop: Shop) -> None:
    whole = shop.window(9, 9.5)
    inside = Window(whole.since + timedelta(seconds=59), whole.until - timedelta(microseconds=1))
    reader = shop.store.reader
    assert reader.parts(shop.project, inside, None, (), {}) == reader.parts(shop.project, whole, None, (), {})


def test_an_empty_window_and_an_unknown_project_have_no_rows(shop: Shop) -> None:
    reader = shop.store.reader
    assert reader.parts(shop.project, shop.window(9, 9), None, (), {}) == []
    assert reader.parts("nobody's", shop.window(8, 13), HOUR, (), {}) == []
    assert reader.values_of("nobody's", Dimension.MODEL, shop.window(8, 13)) == []
    assert reader.example_calls("nobody's", shop.window(8, 13), {}, Order.RECENT, 5) == []
    assert reader.last_span_at("nobody's") is None


@pytest.mark.parametrize("dimension", Dimension)
def test_values_are_listed_with_most_calls_first(shop: Shop, dimension: Dimension) -> None:
    counts = Counter(call.value(dimension) for call in shop.calls)
    expected = [ValueCount(value, n) for value, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    assert shop.store.reader.values_of(shop.project, dimension, shop.window(0, 24)) == expected


def ids(calls: Sequence[Call]) -> list[int]:
    return [int(call.trace_id, 16) for call in calls]


def test_examples_come_in_the_order_that_was_asked_for(shop: Shop) -> None:
    def asked(order: Order) -> list[int]:
        return ids(shop.store.reader.example_calls(shop.project, shop.window(0, 24), {}, order, 25))

    faults = [call for call in shop.calls if call.parts.failed]
    priced = [call for call in shop.calls if call.femto is not None]
    newest = sorted(shop.calls, key=lambda c: c.told.started, reverse=True)
    assert asked(Order.RECENT) == [call.told.trace for call in newest][:25]
    assert asked(Order.FAILED) == [call.told.trace for call in newest if call in faults][:25]
    slow = sorted(shop.calls, key=lambda c: c.told.took, reverse=True)
    assert [shop.calls[trace - 1].told.took for trace in asked(Order.SLOW)] == [call.told.took for call in slow][:25]
    dear = sorted((call.femto or 0 for call in priced), reverse=True)
    assert [shop.calls[trace - 1].femto for trace in asked(Order.COSTLY)] == dear[:25]


def test_examples_can_be_narrowed(shop: Shop) -> None:
    filters = {Dimension.TENANT: ["acme"], Dimension.STREAMING: ["true"], Dimension.MODEL: ["o3"]}
    found = shop.store.reader.example_calls(shop.project, shop.window(9, 11), filters, Order.RECENT, 1_000)
    window = shop.window(9, 11)
    expected = [
        call.told.trace
        for call in sorted(shop.calls, key=lambda c: c.told.started, reverse=True)
        if (call.tenant, call.told.streaming, call.told.model) == ("acme", True, "o3")
        and window.since <= call.told.ended < window.until
    ]
    assert ids(found) == expected


def test_a_call_reads_as_it_was_told(store: Opened) -> None:
    told = Told(
        trace=0xABC,
        span=0xDEF,
        parent=0x123,
        at=timedelta(microseconds=123_457),
        took=timedelta(microseconds=1_234_567),
        usage=Usage(1_000, 200, 50, None, 300, 100),
        ttft=timedelta(milliseconds=321),
        streaming=True,
        response_id="r",
        served="gpt-4o-2024-08-06",
        tenant="acme",
        session="s",
        user="u",
        feature="f",
        agent="a",
    )
    project = store.project()
    store.insert(project, [body_of([told])])
    store.settle()
    (call,) = store.reader.example_calls(project, Window(START, START + MINUTE), {}, Order.RECENT, 9)
    (expected,) = settled([told]).values()
    assert call == Call(
        project=project,
        trace_id=f"{told.trace:032x}",
        span_id=f"{told.span:016x}",
        parent_span_id=f"{told.parent:016x}",
        name=told.name,
        started=told.started,
        ended=told.ended,
        duration_ms=1234.567,
        service="app",
        environment="production",
        release="1.0",
        mapping="otel_genai",
        provider="openai",
        operation="chat",
        request_model="gpt-4o",
        response_model="gpt-4o-2024-08-06",
        input_tokens=1_000,
        cached_tokens=200,
        cache_write_tokens=50,
        output_tokens=300,
        reasoning_tokens=100,
        is_error=False,
        error_type="",
        streaming=True,
        ttft_ms=321.0,
        session="s",
        user="u",
        tenant="acme",
        feature="f",
        agent="a",
        finish_reason="stop",
        tool_names=(),
        cost_usd=usd(expected.femto or 0),
        price=expected.price,
        not_counted="",
    )


def test_a_trace_shows_each_span_once_in_order_of_start(store: Opened) -> None:
    project = store.project()
    root = Told(span=1, call=False, scope=OWN, took=MINUTE, name="request")
    wrapper = Told(span=2, parent=1, at=timedelta(seconds=1), usage=Usage(10, output_tokens=1))
    call = Told(span=3, parent=2, at=timedelta(seconds=2), usage=Usage(10, output_tokens=1), error="RateLimitError")
    other = Told(trace=2, span=1, usage=Usage(10, output_tokens=1))
    for _ in range(2):
        store.insert(project, [body_of([call, root, other, wrapper])])
    before = store.reader.spans_of_trace(project, f"{1:032x}")
    assert [span.name for span in before] == ["request", "chat gpt-4o", "chat gpt-4o"]
    store.settle()
    spans = store.reader.spans_of_trace(project, f"{1:032X}")
    assert [(span.span_id, span.parent_span_id) for span in spans] == [
        (f"{1:016x}", ""),
        (f"{2:016x}", f"{1:016x}"),
        (f"{3:016x}", f"{2:016x}"),
    ]
    assert [(span.operation, span.not_counted, span.error_type) for span in spans] == [
        ("", "", ""),
        ("chat", "wraps another call", ""),
        ("chat", "", "rate_limit"),
    ]
    assert [span.cost_usd is None for span in spans] == [True, False, False]
    assert spans[0].ended == root.ended


def test_a_span_that_came_again_with_another_end_is_shown_as_both_and_counted_once(store: Opened) -> None:
    project = store.project()
    first = Told(usage=Usage(10, output_tokens=1))
    for told in (first, again(first, took=5 * MINUTE)):
        store.insert(project, [body_of([told])])
    store.settle()
    spans = store.reader.spans_of_trace(project, f"{1:032x}")
    assert [(span.duration_ms, span.not_counted) for span in spans] == [(1_000, ""), (300_000, "told before")]


@pytest.mark.parametrize("trace", ["", "zz", "0" * 31, "0" * 33, "' OR 1=1 --", "g" * 32, "0" * 32])
def test_a_trace_that_is_none_has_no_spans(shop: Shop, trace: str) -> None:
    assert shop.store.reader.spans_of_trace(shop.project, trace) == []


def test_the_newest_span_is_any_span(store: Opened) -> None:
    project = store.project()
    spans = [
        Told(at=HOUR, took=MINUTE, call=False, scope=OWN),
        Told(span=2, at=HOUR + MINUTE - timedelta(microseconds=7)),
    ]
    store.insert(project, [body_of(spans)])
    assert store.reader.last_span_at(project) == max(span.ended for span in spans)


def edges() -> list[timedelta]:
    """Return durations on, just under and just over every fourth bucket's upper end, and at both caps."""
    ms = [GAMMA**n for n in range(0, 467, 4)]
    near = [value + off for value in ms for off in (-1e-3, 0, 1e-3) if value > 1e-3]
    micros = sorted({round(value * 1_000) for value in (*near, 0, 0.5, 1, 1.001, CAP_MS, CAP_MS + 1, CAP_MS * 3)})
    return [timedelta(microseconds=n) for n in micros]


def test_the_engine_puts_a_duration_into_the_bucket_that_python_does(store: Opened) -> None:
    """Live windows come from SQL, replayed ones from Python: an alarm must see the same sketch."""
    project = store.project()
    told = [
        Told(trace=n, took=took, at=2 * DAY - took, ttft=took if timedelta() < took < DAY else None, streaming=True)
        for n, took in enumerate(edges(), 1)
    ]
    random = Random(3)
    for n in range(500):
        took = timedelta(microseconds=int(10 ** random.uniform(0, 10.9)))
        told.append(Told(trace=10_000 + n, took=took, at=2 * DAY - took))
    store.insert(project, [body_of(told)])
    store.settle()
    expected = Sketch.of([call.took / timedelta(milliseconds=1) for call in told])
    assert expected.buckets[-1] == bucket_of(CAP_MS)
    window = Window(START, START + 3 * DAY)
    for group in ((), (Dimension.TENANT,)):
        (row,) = store.reader.parts(project, window, None, group, {})
        assert row.parts.duration == expected
        ttfts = [call.ttft / timedelta(milliseconds=1) for call in told if call.ttft is not None]
        assert row.parts.ttft == Sketch.of(ttfts)


def test_adding_up_the_steps_gives_the_whole(shop: Shop) -> None:
    window = shop.window(8, 13)
    whole = shop.store.reader.parts(shop.project, window, None, (), {})
    for step in (MINUTE, 13 * MINUTE, HOUR):
        steps = shop.store.reader.parts(shop.project, window, step, (Dimension.MODEL,), {})
        assert Parts.merged(row.parts for row in steps) == whole[0].parts


def test_at_is_the_start_of_the_step(shop: Shop) -> None:
    since: datetime = shop.window(8, 13).since
    rows = shop.store.reader.parts(shop.project, shop.window(8, 13), 13 * MINUTE, (), {})
    assert {(row.at - since) % (13 * MINUTE) for row in rows} == {timedelta()}
