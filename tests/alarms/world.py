"""Made-up calls for tests: seeded, with durations and costs that are spread like real ones."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import tocsin.measures
from tocsin import registry
from tocsin.alarms.series import Series
from tocsin.alarms.usual import Usual
from tocsin.model.alarm import Group
from tocsin.model.measure import Measure
from tocsin.model.parts import Parts
from tocsin.model.sketch import Sketch

MEASURES = registry.load(tocsin.measures, "MEASURE", Measure)
# A Monday.
START = datetime(2026, 3, 2, tzinfo=UTC)
APP = Group("default", "production", "app")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NO_USUAL = Usual(START, {}, None)


@dataclass(frozen=True)
class Traffic:
    """How calls come and go. Rates are per minute."""

    calls: float
    failing: float = 0.005
    middle_ms: float = 2000
    usd: float = 0.01
    # Only counts, for tests of errors: no durations, no money.
    plain: bool = False


def some_calls(random: Random, traffic: Traffic, minutes: float = 1.0) -> Parts:
    """Draw the calls of one stretch; arrivals are Poisson, durations and costs lognormal."""
    n = 0
    at = random.expovariate(traffic.calls) if traffic.calls else minutes
    while at < minutes:
        n += 1
        at += random.expovariate(traffic.calls)
    failed = sum(random.random() < traffic.failing for _ in range(n))
    if traffic.plain:
        return Parts(calls=n, failed=failed, errors=failed)
    took = [traffic.middle_ms * random.lognormvariate(0, 0.8) for _ in range(n - failed)]
    micro_usd = sum(round(traffic.usd * 1e6 * random.lognormvariate(0, 1.2)) for _ in range(n - failed))
    return Parts(
        calls=n,
        failed=failed,
        errors=failed,
        input_tokens=500 * n,
        output_tokens=100 * n,
        calls_with_usage=n - failed,
        priced=n - failed,
        cost_usd=Decimal(micro_usd).scaleb(-6),
        duration=Sketch.of(took),
        ttft=Sketch.of(ms / 5 for ms in took),
    )


def series_of(random: Random, *stretches: tuple[Traffic, timedelta], start: datetime = START) -> Series:
    """Make a series of minutes: each stretch of traffic lasts so long."""
    series = Series(start)
    for traffic, length in stretches:
        for _ in range(length // MINUTE):
            series.append(some_calls(random, traffic))
    return series


def worse(traffic: Traffic, **changes: float) -> Traffic:
    """Return the same traffic with something wrong."""
    return replace(traffic, **changes)
