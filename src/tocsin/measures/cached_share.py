"""Measure `cached_share`: the share of prompt tokens that came from the provider's cache.

None without prompt tokens.
"""

from datetime import timedelta

from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts


def _value(parts: Parts, _: timedelta) -> float | None:
    return parts.cached_tokens / parts.input_tokens if parts.input_tokens else None


MEASURE = Measure(
    name="cached_share",
    title="Cache hits",
    unit=Unit.SHARE,
    better=Better.HIGHER,
    graph="tokens",
    explanation="Prompt tokens that came from the provider's cache, of all prompt tokens.",
    value=_value,
    samples=lambda parts: parts.calls_with_usage,
)
