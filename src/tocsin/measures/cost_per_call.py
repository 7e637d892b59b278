"""Measure `cost_per_call`: what a call with a price costs on average.

None without such a call.
"""

from datetime import timedelta

from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts


def _value(parts: Parts, _: timedelta) -> float | None:
    return float(parts.cost_usd) / parts.priced if parts.priced else None


MEASURE = Measure(
    name="cost_per_call",
    title="Cost a call",
    unit=Unit.USD_PER_CALL,
    better=Better.LOWER,
    graph="cost",
    explanation="Money at list price, on average of the calls that have one.",
    value=_value,
    samples=lambda parts: parts.priced,
)
