"""Measure `cost_per_hour`: what the calls cost, as USD an hour.

No calls cost 0.0, which is a true zero only where the service is alive; whoever judges has to ask that first. None when
there were calls and not one of them has a price: what is unpriced is not free.
"""

from datetime import timedelta

from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts

HOUR = timedelta(hours=1)


def _value(parts: Parts, length: timedelta) -> float | None:
    if parts.unpriced and not parts.priced:
        return None
    return float(parts.cost_usd) * (HOUR / length)


MEASURE = Measure(
    name="cost_per_hour",
    title="Cost",
    unit=Unit.USD_PER_HOUR,
    better=Better.LOWER,
    graph="cost",
    explanation="Money for calls at list price, as an hourly rate; calls without a price are counted beside it.",
    value=_value,
    samples=lambda parts: parts.priced,
)
