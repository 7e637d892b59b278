"""How often healthy services page, and how soon sick ones do: the promises of the default pack, in numbers."""

from datetime import timedelta
from random import Random
from statistics import median

import pytest
from tests.alarms.world import APP, DAY, HOUR, MEASURES, MINUTE, START, Traffic, series_of, worse

from tocsin.alarms.pack import pack
from tocsin.alarms.replay import replay
from tocsin.alarms.series import Series
from tocsin.model.window import Window

PER_HOUR = 1 / 60
HISTORY = timedelta(hours=26)


def first_page(series: Series, since: timedelta, until: timedelta, alarm: str = "errors_fast") -> timedelta | None:
    alarms = [one for one in pack({}) if one.name == alarm]
    replayed = replay(alarms, {APP: series}, MEASURES, Window(START + since, START + until))
    return next((firing.fired - START - since for firing in replayed.firings), None)


@pytest.mark.slow
@pytest.mark.parametrize("per_hour", [60, 600])
def test_thirty_healthy_days_give_at_most_one_page(per_hour: int) -> None:
    """All alarms of the pack together, judged every minute, the first day learning."""
    series = series_of(Random(20), (Traffic(per_hour * PER_HOUR), 30 * DAY))
    replayed = replay(pack({}), {APP: series}, MEASURES, Window(START, START + 30 * DAY))
    assert replayed.pages <= 1, replayed.firings
    assert len(replayed.firings) <= 3, replayed.firings


@pytest.mark.parametrize("per_hour", [6, 60, 600])
def test_a_healthy_day_is_quiet(per_hour: int) -> None:
    """The short form of the test above, for every run."""
    series = series_of(Random(per_hour), (Traffic(per_hour * PER_HOUR), 2 * DAY))
    replayed = replay(pack({}), {APP: series}, MEASURES, Window(START + DAY, START + 2 * DAY))
    assert replayed.firings == ()


# Calls an hour, share that fails, and the default pack's table of median minutes to a page. At 600 calls an hour the
# fifth failure of 10 % comes after five minutes; the minute of patience and the minute's grid are on top.
@pytest.mark.parametrize(
    ("per_hour", "failing", "minutes", "tolerance"),
    [(600, 0.10, 5, 2), (600, 0.25, 3, 1), (600, 1.0, 1, 1), (60, 0.25, 22, 12), (60, 1.0, 4, 2), (6, 1.0, 41, 15)],
)
def test_failures_page_as_soon_as_the_table_says(
    per_hour: int, failing: float, minutes: float, tolerance: float
) -> None:
    """Median over seeded runs, of more where runs differ more."""
    healthy = Traffic(per_hour * PER_HOUR, plain=True)
    after = timedelta(hours=4)
    waits: list[float] = []
    for seed in range(61 if failing == 0.10 else 21):
        series = series_of(Random(seed), (healthy, HISTORY), (worse(healthy, failing=failing), after))
        found = first_page(series, HISTORY, HISTORY + after)
        waits.append(after / MINUTE if found is None else found / MINUTE)
    assert abs(median(waits) - minutes) <= tolerance, waits


def test_a_slowdown_to_twice_is_told_within_the_half_hour() -> None:
    healthy = Traffic(10)
    waits: list[float] = []
    for seed in range(3):
        series = series_of(Random(seed), (healthy, HISTORY), (worse(healthy, middle_ms=4000), timedelta(hours=2)))
        found = first_page(series, HISTORY, HISTORY + timedelta(hours=2), "latency_drift")
        assert found is not None
        waits.append(found / MINUTE)
    assert 6 <= median(waits) <= 30, waits


def test_six_times_the_cost_is_told_within_the_hour() -> None:
    healthy = Traffic(10)
    series = series_of(Random(5), (healthy, HISTORY), (worse(healthy, usd=0.06), timedelta(hours=2)))
    found = first_page(series, HISTORY, HISTORY + timedelta(hours=2), "cost_run_rate")
    assert found is not None
    assert found <= timedelta(hours=1)


def test_a_service_that_costs_more_than_the_guess_is_learned_all_the_same() -> None:
    """The first page is the guess's; an alarm that can't end would never learn what the service costs."""
    series = series_of(Random(7), (Traffic(60, usd=0.02), 3 * DAY))
    alarms = [one for one in pack({}) if one.name == "cost_run_rate"]
    replayed = replay(alarms, {APP: series}, MEASURES, Window(START, START + 3 * DAY))
    (only,) = replayed.firings
    assert only.fired < START + DAY
    assert only.ended is not None
    assert only.ended <= START + 26 * HOUR


def test_a_working_day_after_a_quiet_one_is_no_news() -> None:
    quiet, busy = Traffic(10), Traffic(26)
    series = series_of(Random(8), (quiet, 2 * DAY), (busy, DAY))
    alarms = [one for one in pack({}) if one.name == "cost_run_rate"]
    assert replay(alarms, {APP: series}, MEASURES, Window(START + DAY, START + 3 * DAY)).firings == ()
