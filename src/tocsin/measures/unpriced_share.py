"""Measure `unpriced_share`: calls with usage for which no price is known, of all calls with usage.

What the cost graph does not show. None without such calls.
"""

from datetime import timedelta

from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts


def _value(parts: Parts, _: timedelta) -> float | None:
    known = parts.priced + parts.unpriced
    return parts.unpriced / known if known else None


MEASURE = Measure(
    name="unpriced_share",
    title="Unpriced calls",
    unit=Unit.SHARE,
    better=Better.LOWER,
    graph="cost",
    explanation="Calls with usage but without a known price, of all calls with usage: the cost graph leaves them out.",
    value=_value,
    samples=lambda parts: parts.priced + parts.unpriced,
)
