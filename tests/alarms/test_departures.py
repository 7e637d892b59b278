"""Departures of a series from its usual level."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import inf, nan, pi, sin
from random import Random

import pytest

from tocsin.alarms.departures import HISTORY_MAX, HISTORY_MIN, LOOKS, STEPS_MAX, Departures, Point, Settings, Side

START = datetime(2026, 3, 2, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)
DAY = 288


def judged(values: Iterable[float], settings: Settings | None = None) -> list[Point]:
    series = Departures(settings or Settings())
    return [series.add(START + n * FIVE_MINUTES, value) for n, value in enumerate(values)]


def begun(points: Iterable[Point]) -> list[int]:
    return [n for n, point in enumerate(points) if point.begins]


def noise(points: int, level: float = 100.0, seed: int = 1) -> list[float]:
    draw = Random(seed)
    return [draw.gauss(level, 5.0) for _ in range(points)]


def daily(points: int, seed: int = 1) -> list[float]:
    draw = Random(seed)
    return [100 + 60 * sin(2 * pi * n / DAY) + draw.gauss(0, 2) for n in range(points)]


def test_a_jump_is_a_departure_at_its_first_point() -> None:
    points = judged([*noise(600), *noise(20, level=200.0)])
    assert 600 in begun(points)
    assert points[600].usual == pytest.approx(100, abs=2)


def test_a_small_shift_that_lasts_is_seen_by_the_longest_look() -> None:
    """Each point by itself is nothing special, so the first ones can't tell."""
    points = judged([*noise(600), *noise(48, level=108.0)])
    first = [n for n, point in enumerate(points) if point.unusual and n >= 600]
    assert first
    assert 602 <= first[0] < 600 + max(LOOKS)


@pytest.mark.parametrize(("steps", "begins_max"), [(1.8, 15), (3.0, 1)])
def test_noise_alone_seldom_departs(steps: float, begins_max: int) -> None:
    """Of 10,000 points: what `Settings.steps` says of itself."""
    settings = Settings(steps=steps)
    begins = [len(begun(judged(noise(3000, seed=seed), settings)[500:])) for seed in range(4)]
    assert sum(begins) <= begins_max, begins


def test_the_usual_value_at_an_unusual_hour_is_a_departure() -> None:
    values = daily(10 * DAY)
    # The level of the night, in the middle of the day: well inside of what the series has had.
    for n in range(8 * DAY + 40, 8 * DAY + 100):
        values[n] = 60.0
    points = judged(values)
    assert any(8 * DAY + 40 <= n < 8 * DAY + 100 for n in begun(points))
    found = next(points[n] for n in begun(points) if n >= 8 * DAY)
    assert found.usual is not None
    assert found.usual > 120


def test_a_point_is_judged_by_those_before_it_alone() -> None:
    values = [*daily(5 * DAY), *noise(100, level=400.0)]
    whole = judged(values)
    for length in (200, 4 * DAY, 5 * DAY + 3):
        assert judged(values[:length]) == whole[:length]


def test_too_little_is_known_at_first() -> None:
    points = judged([1.0, 900.0] * HISTORY_MIN)
    assert all((point.steps, point.usual) == (0.0, None) for point in points[:HISTORY_MIN])
    assert points[HISTORY_MIN].usual is not None


def test_a_departure_lasts_until_enough_points_in_a_row_were_usual() -> None:
    settings = Settings(calm=30)
    points = judged([*noise(600), 300.0, *noise(10, seed=2), 300.0, *noise(100, seed=3)], settings)
    assert begun(points[590:])[0] == 10
    unusual = [n for n, point in enumerate(points) if point.unusual and n >= 600]
    departed = [n for n, point in enumerate(points) if point.departed and n >= 600]
    assert departed == list(range(600, unusual[-1] + settings.calm))
    assert [n for n in begun(points) if n >= 600] == [600]


@pytest.mark.parametrize(("side", "up", "down"), [(Side.BOTH, True, True), (Side.UP, True, False)])
def test_only_the_side_that_is_asked_for_counts(side: Side, up: bool, down: bool) -> None:  # noqa: FBT001 - a table
    for level, counts in ((300.0, up), (0.0, down)):
        points = judged([*noise(600), level], Settings(side=side))
        assert points[-1].unusual == counts


def test_a_difference_that_is_too_small_to_matter_does_not_count() -> None:
    values = [*([0.0] * 500), 1.0]
    assert judged(values)[-1].unusual
    assert not judged(values, Settings(difference_min=2.0))[-1].unusual


def test_steps_have_an_end_even_where_nothing_ever_moved() -> None:
    assert judged([*([5.0] * 200), 6.0])[-1].steps == STEPS_MAX


def test_what_is_too_long_ago_is_forgotten() -> None:
    """A level that has lasted for the whole of the history is the usual one, whatever was before."""
    points = judged([*noise(300, level=5000.0), *noise(HISTORY_MAX + 50)])
    assert points[-1].usual == pytest.approx(100, abs=2)
    assert not points[-1].departed


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Departures(Settings()).add(START, value)


@pytest.mark.parametrize("wrong", [{"steps": 0.0}, {"calm": 0}, {"difference_min": -1.0}])
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Settings(**wrong)  # pyright: ignore[reportArgumentType]
