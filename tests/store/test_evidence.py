"""What alarms are given from the store: the sums that graphs are drawn from, and when each service was last seen."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.opened import START, Opened
from tests.store.told import Told, body_of, nanos

from tocsin import measures, registry
from tocsin.model.alarm import Group
from tocsin.model.dimension import Dimension
from tocsin.model.measure import Measure
from tocsin.model.usage import Usage
from tocsin.model.whole import whole
from tocsin.model.window import Window
from tocsin.store.evidence import Evidence
from tocsin.store.settle import Reach
from tocsin.store.views.traces import AHEAD_NS_MAX

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
MEASURES = registry.load(measures, "MEASURE", Measure)


@pytest.fixture(scope="module")
def judged(store: Opened) -> tuple[Opened, str]:
    """Return the store with two hours of calls of every sort, some of which end exactly with a minute."""
    random, project = Random(5), store.project()
    calls: list[Told] = []
    for number in range(1, 500):
        end = random.choice([random.randrange(120) * MINUTE, random.randrange(7_200_000) * timedelta(milliseconds=1)])
        took = random.choice([SECOND / 4, 3 * SECOND, 100 * SECOND])
        failed = random.random() < 0.2
        calls.append(
            Told(
                trace=number,
                at=end - took,
                took=took,
                ttft=random.choice([None, took / 5]),
                streaming=True,
                model=random.choice(["gpt-4o", "gpt-4o-mini", "a-model-of-our-own"]),
                served=random.choice(["", "gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18"]),
                finish=random.choice(["stop", "stop", "length", "content_filter"]),
                service=random.choice(["app", "search"]),
                environment=random.choice(["production", ""]),
                error=random.choice(["RateLimitError", "CancelledError", "ContentFilterFinishReasonError"])
                if failed
                else "",
                usage=Usage() if failed else Usage(random.randrange(1, 5_000), output_tokens=random.randrange(9) * 100),
            )
        )
    store.insert(project, [body_of(calls)])
    store.settle()
    return store, project


def test_the_calls_that_alarms_are_given_say_something_of_every_measure(judged: tuple[Opened, str]) -> None:
    store, project = judged
    (row,) = store.reader.parts(project, Window(START, START + 120 * MINUTE), None, (), {})
    assert [name for name, measure in MEASURES.items() if measure.value(row.parts, 120 * MINUTE) is None] == []


@settings(max_examples=25, deadline=None)
@given(
    ends=st.integers(1, 125),
    minutes=st.sets(st.integers(1, 90), min_size=1, max_size=3),
)
def test_at_a_whole_minute_an_alarm_is_given_what_the_graph_shows(
    judged: tuple[Opened, str], ends: int, minutes: set[int]
) -> None:
    """Up to five minutes a window is read to the second, longer ones by the minute; the graph always by the minute."""
    store, project = judged
    until = START + ends * MINUTE
    for length in (2 * MINUTE, 5 * MINUTE, 6 * MINUTE, *(n * MINUTE for n in minutes)):
        found = store.evidence.windows(until, [length, MINUTE], None, sketched=[length])
        window = Window(until - length, until)
        rows = store.reader.parts(project, window, None, (Dimension.ENVIRONMENT, Dimension.SERVICE), {})
        drawn = {Group(project, *row.group): row.parts for row in rows}
        drawn |= {whole(project): row.parts for row in store.reader.parts(project, window, None, (), {})}
        given_to = {group: by[length] for group, by in found.items() if group.project == project and length in by}
        assert given_to == drawn
        for measure in MEASURES.values():
            assert {group: measure.value(parts, length) for group, parts in given_to.items()} == {
                group: measure.value(parts, length) for group, parts in drawn.items()
            }, measure.name


def arrives(store: Opened, service: str, ended: datetime, received: datetime) -> Group:
    """Store one span of a new project; return the group that it is of."""
    project = store.project()
    span = Told(at=ended - START - SECOND, took=SECOND, service=service)
    store.insert(project, [body_of([span])], received_ns=nanos(received))
    return Group(project, "production", service)


@pytest.mark.parametrize("ahead_s", [30, 125, 299, AHEAD_NS_MAX // 10**9])
def test_a_sender_whose_clock_is_ahead_is_seen_once_its_time_has_come(store: Opened, ahead_s: int) -> None:
    """Its spans keep their own time; to overlook them would call a service that reports all the time silent."""
    evidence, now = Evidence(store.reader, lambda: Reach(store.newest_ns, 0, None)), store.later()
    ended = now + ahead_s * SECOND
    group = arrives(store, "ahead", ended, now)
    for seconds in range(0, ahead_s + 1, 30):
        assert group not in evidence.last_seen(now + seconds * SECOND)
    found = evidence.last_seen(ended + 30 * SECOND)
    assert (found[group], found[whole(group.project)]) == (ended, ended)
