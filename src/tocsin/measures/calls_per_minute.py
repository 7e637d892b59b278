"""Measure `calls_per_minute`: how many calls end in a minute.

No calls are 0.0, a true zero where the service is alive.
"""

from datetime import timedelta

from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts

MINUTE = timedelta(minutes=1)


def _value(parts: Parts, length: timedelta) -> float:
    return parts.calls * (MINUTE / length)


MEASURE = Measure(
    name="calls_per_minute",
    title="Calls",
    unit=Unit.CALLS_PER_MINUTE,
    better=Better.HIGHER,
    graph="calls",
    explanation="Calls that ended, as a rate a minute.",
    value=_value,
    samples=lambda parts: parts.calls,
)
