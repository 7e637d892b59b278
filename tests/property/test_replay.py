"""Looking first changes nothing: a replay that judges only where something may stir tells what judging all tells."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.alarms.world import APP, DAY, HOUR, MEASURES, MINUTE, START, Traffic, series_of, worse

from tocsin.alarms.evidence import Evidence
from tocsin.alarms.gather import Gatherer
from tocsin.alarms.kind import Alarm
from tocsin.alarms.machine import NOTHING
from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.replay import replay
from tocsin.alarms.series import Series, SeriesSource
from tocsin.alarms.sliding import Showing, Sliding
from tocsin.model.alarm import Group, Phase, Standing, Verdict
from tocsin.model.dimension import ErrorType
from tocsin.model.signs import Sign, Signs, of_error
from tocsin.model.sketch import Sketch
from tocsin.model.window import Window

RATES = (0.05, 0.5, 4.0, 30.0)
SHOWN = (Sign.EMPTY, Sign.CUT_SHORT, Sign.REFUSED, Sign.SWAPPED)
CLASSES = (of_error(ErrorType.AUTH), of_error(ErrorType.TIMEOUT))
SIGNS = (*SHOWN, *CLASSES)
# Enough for usual levels to be known.
BEFORE = DAY + 2 * HOUR


def never_calm(_settings: object, _evidence: Evidence) -> bool:
    return False


def without_looking(alarms: Sequence[Alarm]) -> list[Alarm]:
    return [replace(alarm, kind=replace(alarm.kind, calm=never_calm, steady=False)) for alarm in alarms]


def troubled(seed: int) -> Series:
    """Return a day of traffic and some hours after it in which all kinds of things go wrong, and right again."""
    random = Random(seed)
    well = Traffic(random.choice(RATES), failing=random.choice([0.0, 0.005, 0.04]))
    troubles = [
        worse(well, failing=random.choice([0.06, 0.2, 0.9])),
        worse(well, middle_ms=well.middle_ms * random.choice([1.3, 2, 8])),
        worse(well, usd=well.usd * random.choice([3, 40])),
        worse(well, calls=0.0),
        worse(well, calls=well.calls * 6),
    ]
    stretches = [(well, BEFORE)]
    for _ in range(4):
        stretches += [(random.choice(troubles), random.randint(1, 40) * MINUTE), (well, random.randint(5, 50) * MINUTE)]
    return showing(series_of(random, *stretches), random)


def showing(series: Series, random: Random) -> Series:
    """Return the same calls, some of which show signs."""
    found = Series(series.start)
    for n, parts in enumerate(series.rows):
        share = random.choice([0.0, 0.1, 0.6]) if n // 20 % 3 == 0 else 0.0
        # Only calls without an error show something, and one that failed does so of one class.
        well = {name: int(share * (parts.calls - parts.errors) * random.random()) for name in SHOWN}
        some = well | {name: int(share * parts.failed * random.random() / len(CLASSES)) for name in CLASSES}
        found.append(replace(parts, signs=Signs.of(some)))
    return found


@given(seed=st.integers(0, 100_000))
@settings(max_examples=12, deadline=None)
def test_a_replay_that_looks_first_tells_what_one_that_judges_everything_tells(seed: int) -> None:
    window = Window(START + BEFORE, troubled(seed).end)
    looking = replay(DEFAULT, {APP: troubled(seed)}, MEASURES, window)
    judging = replay(without_looking(DEFAULT), {APP: troubled(seed)}, MEASURES, window)
    assert looking == judging


@pytest.mark.parametrize("alarm", DEFAULT, ids=lambda alarm: alarm.name)
@given(seed=st.integers(0, 100_000))
@settings(max_examples=6, deadline=None)
def test_what_looks_calm_is_never_judged_a_breach(alarm: Alarm, seed: int) -> None:
    series = troubled(seed)
    gatherer = Gatherer(
        SeriesSource({APP: series}), MEASURES, [one.needs for one in DEFAULT], up_since=START, lag=NOTHING
    )
    at = START + BEFORE
    while at <= series.end:
        gathered = gatherer.gather(at)
        for group in filter(alarm.covers, gathered.groups):
            evidence = gathered.of(group)[alarm.end]
            if alarm.kind.calm(alarm.settings, evidence):
                said = alarm.kind.judge(alarm.settings, evidence, Standing(Phase.QUIET, since=at))
                assert said.verdict is not Verdict.BREACH, at
        at += MINUTE


STEPS = st.lists(st.lists(st.sampled_from([1.0, 5.0, 40.0, 900.0, 30_000.0]), max_size=6), min_size=1, max_size=30)


@given(steps=STEPS, asked=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=20))
def test_a_window_that_is_looked_into_later_holds_what_was_in_it(
    steps: list[list[float]], asked: list[tuple[int, int]]
) -> None:
    sliding = Sliding()
    for durations in steps:
        sliding.append(Sketch.of(durations))
    for a, b in asked:
        first, end = sorted((min(a, len(steps)), min(b, len(steps))))
        inside = [ms for durations in steps[first:end] for ms in durations]
        found = sliding.window(first, end, (end - first) * MINUTE)
        assert found.n == len(inside)
        assert found.slower_than(40.0) == Sketch.of(inside).slower_than(40.0)
        assert found == Sketch.of(inside)
        assert Sketch.of(inside) == found
        assert found.quantile_ms(0.5) == Sketch.of(inside).quantile_ms(0.5)


def test_services_of_one_project_are_looked_at_each_for_itself() -> None:
    other = Group("default", "production", "other")
    window = Window(START + BEFORE, START + BEFORE + 2 * HOUR)
    both = {APP: troubled(3), other: troubled(4)}
    assert replay(DEFAULT, both, MEASURES, window) == replay(without_looking(DEFAULT), both, MEASURES, window)


@given(steps=STEPS)
def test_sketches_that_are_added_up_later_are_what_they_are_when_added_up_at_once(steps: list[list[float]]) -> None:
    many = [Sketch.of(durations) for durations in steps]
    later, now = Sketch.together(many), Sketch.merged(many)
    assert later.n == now.n
    assert later.quantile_ms(0.95) == now.quantile_ms(0.95)
    assert (later, now) == (now, later)


@given(
    steps=st.lists(st.dictionaries(st.sampled_from(SIGNS), st.integers(1, 9)), min_size=1, max_size=30),
    place=st.tuples(st.integers(0, 30), st.integers(0, 30)),
)
def test_signs_of_a_window_are_those_of_its_steps(steps: list[dict[str, int]], place: tuple[int, int]) -> None:
    showing = Showing()
    for signs in steps:
        showing.append(Signs.of(signs))
    first, end = sorted(min(one, len(steps)) for one in place)
    found, whole = showing.window(first, end), Signs.merged(map(Signs.of, steps[first:end]))
    assert [found.count(name) for name in SIGNS] == [whole.count(name) for name in SIGNS]
    assert (found, whole) == (whole, found)
