"""Measure `error_share`: the share of calls that failed.

Cancelled calls and content-filter blocks are calls, and no failures. None without calls: silence is not health.
"""

from datetime import timedelta

from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts


def _value(parts: Parts, _: timedelta) -> float | None:
    return parts.failed / parts.calls if parts.calls else None


MEASURE = Measure(
    name="error_share",
    title="Errors",
    unit=Unit.SHARE,
    better=Better.LOWER,
    graph="errors",
    explanation="Calls that failed, of all calls; cancelled calls and content-filter blocks are no failures.",
    value=_value,
    samples=lambda parts: parts.calls,
)
