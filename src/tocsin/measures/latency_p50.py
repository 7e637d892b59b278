"""Measure `latency_p50`: how long calls take, half of them at most this long; calls that failed are left out.

From merged sketches, off by at most 2 %; never an average of quantiles. None without a call that succeeded.
"""

from datetime import timedelta

from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts


def _value(parts: Parts, _: timedelta) -> float | None:
    ms = parts.duration.quantile_ms(0.5)
    return None if ms is None else ms / 1000


MEASURE = Measure(
    name="latency_p50",
    title="Latency p50",
    unit=Unit.SECONDS,
    better=Better.LOWER,
    graph="latency",
    explanation="Half of the calls that succeeded took at most this long.",
    value=_value,
    samples=lambda parts: parts.duration.n,
)
