"""Small worlds of spans, sent in any order, in any pieces, some of them twice, settled at any time between.

What the store says then must be what plain Python says of the list of all spans. Traces are tangled on purpose: parents
that come last or never, circles, two instrumentations, answers shared by traces, borders of hours, days and weeks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.agree import matches
from tests.store.opened import START, Kept, Opened, opened
from tests.store.told import CLIENT, ERRORS, FRAMEWORK, OWN, Told, again, body_of

from tocsin.model.dimension import Dimension
from tocsin.model.usage import Usage
from tocsin.model.window import Window

HOUR = timedelta(hours=1)
# Settling costs the engine a fifth of a second however little there is, so each example holds several worlds.
WORLDS = 6
# An hour, a midnight, a week.
BORDERS = (HOUR, 24 * HOUR, 7 * 24 * HOUR)
SPANS_MAX = 9


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(Kept(tmp_path_factory.mktemp("telemetry"))) as found:
        yield found


@dataclass(frozen=True)
class World:
    """Some spans, and the order in which they are sent, by number; some twice."""

    border: timedelta
    spans: tuple[Told, ...]
    order: tuple[int, ...]
    dimensions: tuple[Dimension, ...]


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Draw what a call may say of its tokens; often nothing."""
    if draw(st.booleans()):
        return Usage()
    whole, answer = draw(st.integers(1, 400_000)), draw(st.none() | st.integers(0, 5_000))
    cached = draw(st.none() | st.integers(0, whole))
    return Usage(
        whole, cached, None, None, answer, None if answer is None else draw(st.none() | st.integers(0, answer))
    )


@st.composite
def a_span(draw: st.DrawFn, number: int, border: timedelta) -> Told:
    """Draw a span near a border; its parent may be any number, also its own or one that never comes."""
    call = draw(st.booleans())
    rare = st.sampled_from(["", "", "", "a", "b"])
    facts = {name: draw(rare) for name in ("tenant", "session", "user", "feature", "agent")}
    own: dict[str, object] = {
        "trace": draw(st.integers(1, 2)),
        "span": number,
        "parent": draw(st.integers(0, SPANS_MAX + 1)),
        "at": border + timedelta(milliseconds=draw(st.integers(-180_000, 120_000))),
        "took": timedelta(milliseconds=draw(st.sampled_from([0, 1, 2, 999, 30_000, 90_000]))),
        "service": draw(st.sampled_from(["app", "other"])),
        **facts,
    }
    if not call:
        return again(Told(call=False, scope=CLIENT if facts["agent"] else OWN, name="step"), **own)
    told = Told(
        scope=draw(st.sampled_from([CLIENT, FRAMEWORK])),
        usage=draw(usages()),
        error=draw(st.sampled_from(["", "", *ERRORS])),
        response_id=draw(st.sampled_from(["", "", "r-1", "r-2"])),
        model=draw(st.sampled_from(["gpt-4o", "o3", "nobody-sells-it"])),
        served=draw(st.sampled_from(["", "gpt-4o-2024-08-06"])),
        streaming=draw(st.booleans()),
        ttft=draw(st.none() | st.integers(1, 5_000).map(lambda ms: timedelta(milliseconds=ms))),
    )
    return again(told, **own)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world; each span is sent at least once."""
    border = draw(st.sampled_from(BORDERS))
    count = draw(st.integers(1, SPANS_MAX))
    spans = tuple(draw(a_span(number, border)) for number in range(1, count + 1))
    twice = draw(st.lists(st.integers(0, count - 1), max_size=3))
    order = draw(st.permutations([*range(count), *twice]))
    return World(border, spans, tuple(order), tuple(draw(st.permutations(list(Dimension)))[:3]))


@pytest.mark.slow
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.lists(worlds(), min_size=WORLDS, max_size=WORLDS),
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=3),
)
def test_the_same_calls_come_out_whatever_the_order_and_the_pieces(
    store: Opened, drawn: list[World], cuts: list[tuple[float, bool]]
) -> None:
    projects = {store.project(): world for world in drawn}
    begun = dict.fromkeys(projects, 0)
    for share, settles in [*sorted(cuts), (1.0, True)]:
        for project, world in projects.items():
            end = round(share * len(world.order))
            piece = [world.spans[n] for n in world.order[begun[project] : end]]
            begun[project] = end
            if piece:
                store.insert(project, [body_of(piece[::2]), body_of(piece[1::2])])
        if settles:
            store.settle()
    for project, world in projects.items():
        around = Window(START + world.border - HOUR, START + world.border + HOUR)
        matches(store, project, world.spans, around, dimensions=world.dimensions)
