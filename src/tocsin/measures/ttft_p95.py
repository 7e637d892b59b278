"""Measure `ttft_p95`: time to the first token, 95 % of the streamed calls that report it at most this long.

None without such a call.
"""

from datetime import timedelta

from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts


def _value(parts: Parts, _: timedelta) -> float | None:
    ms = parts.ttft.quantile_ms(0.95)
    return None if ms is None else ms / 1000


MEASURE = Measure(
    name="ttft_p95",
    title="Time to first token p95",
    unit=Unit.SECONDS,
    better=Better.LOWER,
    graph="ttft",
    explanation="95 % of the streamed calls that report it had their first token by then.",
    value=_value,
    samples=lambda parts: parts.ttft.n,
)
