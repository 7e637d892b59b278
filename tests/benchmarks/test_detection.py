"""What is wrong is told as soon as alarms were specified to tell it; of few runs, so with some room."""

from random import Random
from statistics import median_low

import pytest

from detection import HOUR, MINUTE, STEP, TABLE, calls, errors, latency, quality, slower, wait_for_drift, wait_for_page
from tocsin.model.parts import Parts
from tocsin.model.sketch import Sketch

HISTORY_STEPS = 26 * HOUR // STEP


@pytest.mark.slow
def test_failures_page_within_a_tick_of_what_was_specified() -> None:
    """Counted from the first failed call; a tick of the table is half a minute, and medians of 60 runs stray."""
    for cell in errors(seed=1, runs=60):
        late = cell["minutes_from_failure"] - cell["table"]
        assert late <= max(0.5, 0.15 * cell["table"]), cell


@pytest.mark.parametrize(("per_h", "failing", "minutes"), [(600.0, 0.10, 6.5), (600.0, 1.0, 1.5), (60.0, 1.0, 6.0)])
def test_some_failures_page_soon(per_h: float, failing: float, minutes: float) -> None:
    history = [calls(Random(n), per_h, 0.005) for n in range(HISTORY_STEPS)]
    waits = [wait_for_page(Random(seed), history, per_h, failing) for seed in range(21)]
    assert median_low(wait.change for wait in waits) <= minutes * MINUTE
    assert all(wait.failure <= wait.change <= TABLE[per_h, failing][1] for wait in waits)


def test_twice_as_slow_is_told_within_35_minutes() -> None:
    waits = sorted(wait_for_drift(Random(seed), 240) for seed in range(5))
    assert 5 * MINUTE <= waits[2] <= 35 * MINUTE


@pytest.mark.slow
def test_latency_and_quality_are_told_in_time_and_not_without_reason() -> None:
    slow = latency(seed=1, runs=40)
    assert slow["minutes"] <= 35
    assert slow["false_per_week"] == 0
    scores = quality(seed=1, runs=30)
    assert scores["hours"] <= 12.5, scores
    assert scores["false_share"] <= 0.08, scores


def test_calls_that_take_twice_as_long_are_as_many() -> None:
    some = Parts(calls=2, duration=Sketch.of([100.0, 300.0]))
    twice = slower(some, 2.0)
    assert twice.calls == twice.duration.n == 2
    assert twice.duration.buckets[0] - some.duration.buckets[0] == 18
