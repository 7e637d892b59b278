"""Healthy days are quiet, and the benchmark counts what is not."""

from datetime import timedelta
from random import Random

import tocsin.measures
from false_alarms import counted, tickets
from healthy import DAY_MINUTES, GROUP, START, profile, series
from tocsin import registry
from tocsin.alarms.pack import pack
from tocsin.alarms.replay import replay
from tocsin.model.measure import Measure
from tocsin.model.window import Window


def test_five_healthy_days_of_sixty_calls_an_hour_tell_nothing() -> None:
    load = counted(60, seed=1, days=5)
    assert (load.pages, load.tickets, load.alarms) == (0, 0, {})


def test_what_is_told_is_counted() -> None:
    alarms = pack({"latency_drift": {"factor_min": 1, "extra_min": "1ms", "p50_share_min": 0.3}})
    measures = registry.load(tocsin.measures, "MEASURE", Measure)
    window = Window(START, START + timedelta(days=3))
    told = replay(alarms, {GROUP: series(Random(1), 600, 3)}, measures, window)
    assert tickets(told) + told.pages > 0


def test_traffic_by_day_and_week_is_as_much_as_was_asked_for() -> None:
    mean = sum(profile(n) for n in range(7 * DAY_MINUTES)) / (7 * DAY_MINUTES)
    assert abs(mean - 1) < 0.01
