"""Small worlds of spans, sent in any order, in any pieces, some of them twice, settled at any time between.

What the store says then must be what plain Python says of the list of all spans. Traces are tangled on purpose: parents
that come last or never, circles, two instrumentations, answers shared by traces, borders of hours, days and weeks.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from random import Random

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
WORLDS = 20
# An hour, a midnight, a week.
BORDERS = (HOUR, 24 * HOUR, 7 * 24 * HOUR)
SPANS_MAX = 12
ROUNDS = 5


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


def some_usage(random: Random) -> Usage:
    """Draw what a call may say of its tokens; often nothing."""
    if random.random() < 0.4:
        return Usage()
    whole, answer = random.randrange(1, 400_000), random.choice((None, 0, random.randrange(5_000)))
    cached = random.choice((None, 0, random.randint(0, whole)))
    thought = None if answer is None else random.choice((None, random.randint(0, answer)))
    return Usage(whole, cached, None, None, answer, thought)


def some_span(random: Random, number: int, border: timedelta) -> Told:
    """Draw a span near a border; its parent may be any number, also its own or one that never comes."""
    facts = {name: random.choice(("", "", "", "a", "b")) for name in ("tenant", "session", "user", "feature", "agent")}
    own: dict[str, object] = {
        "trace": random.choice((1, 1, 1, 2, 2, 3, 4, 5)),
        "span": number,
        "parent": random.randint(0, SPANS_MAX + 1),
        "at": border + timedelta(milliseconds=random.randint(-20_000, 20_000)),
        "took": timedelta(milliseconds=random.choice((0, 2, 999, 9_000, 90_000))),
        "service": random.choice(("app", "other")),
        **facts,
    }
    if random.random() < 0.4:
        return again(Told(call=False, scope=CLIENT if facts["agent"] else OWN, name="step"), **own)
    told = Told(
        scope=random.choice((CLIENT, FRAMEWORK)),
        usage=some_usage(random),
        error=random.choice(("", "", "", *ERRORS)),
        response_id=random.choice(("", "r-1", "r-1", "r-2")),
        model=random.choice(("gpt-4o", "o3", "nobody-sells-it")),
        served=random.choice(("", "gpt-4o-2024-08-06")),
        streaming=random.random() < 0.5,
        ttft=random.choice((None, timedelta(milliseconds=random.randrange(1, 5_000)))),
    )
    return again(told, **own)


def world(random: Random) -> World:
    """Draw a world; each span is sent at least once, some twice."""
    border = random.choice(BORDERS)
    count = random.randint(5, SPANS_MAX)
    spans = tuple(some_span(random, number, border) for number in range(1, count + 1))
    order = [*range(count), *(random.randrange(count) for _ in range(3))]
    random.shuffle(order)
    return World(border, spans, tuple(order), tuple(random.sample(list(Dimension), 3)))


def pieces_of(world: World, random: Random) -> list[list[Told]]:
    """Cut what is sent into so many pieces as there are rounds; some are empty."""
    edges = [0, *sorted(random.randint(0, len(world.order)) for _ in range(ROUNDS - 1)), len(world.order)]
    return [[world.spans[n] for n in world.order[a:b]] for a, b in pairwise(edges)]


@pytest.mark.slow
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.integers(0, 2**32), st.integers(1, WORLDS))
def test_the_same_calls_come_out_whatever_the_order_and_the_pieces(store: Opened, seed: int, count: int) -> None:
    """Drawn by seed, so that every world is as tangled as the next; a failure shrinks to few worlds."""
    random = Random(seed)
    projects = {store.project(): world(random) for _ in range(count)}
    pieces = {project: deque(pieces_of(world, random)) for project, world in projects.items()}
    for settles in [*(random.random() < 0.8 for _ in range(ROUNDS - 1)), True]:
        for project, waiting in pieces.items():
            piece = waiting.popleft()
            if piece:
                store.insert(project, [body_of(piece[::2]), body_of(piece[1::2])])
        if settles:
            store.settle()
    for project, drawn in projects.items():
        around = Window(START + drawn.border - HOUR, START + drawn.border + HOUR)
        matches(store, project, drawn.spans, around, dimensions=drawn.dimensions)
