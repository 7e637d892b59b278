"""Measure `output_tokens_per_hour`: tokens of answers, reasoning included, as an hourly rate.

No calls are 0.0, a true zero where the service is alive; None when there were calls and none reported its usage.
"""

from datetime import timedelta

from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts

HOUR = timedelta(hours=1)


def _value(parts: Parts, length: timedelta) -> float | None:
    if parts.calls and not parts.calls_with_usage:
        return None
    return parts.output_tokens * (HOUR / length)


MEASURE = Measure(
    name="output_tokens_per_hour",
    title="Output tokens",
    unit=Unit.TOKENS_PER_HOUR,
    better=Better.LOWER,
    graph="tokens",
    explanation="Tokens of answers, reasoning included, as an hourly rate.",
    value=_value,
    samples=lambda parts: parts.calls_with_usage,
)
