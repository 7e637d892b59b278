"""Measure `tokens_per_call`: tokens of a call that reports usage, prompt and answer together.

None without such a call.
"""

from datetime import timedelta

from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts


def _value(parts: Parts, _: timedelta) -> float | None:
    tokens = parts.input_tokens + parts.output_tokens
    return tokens / parts.calls_with_usage if parts.calls_with_usage else None


MEASURE = Measure(
    name="tokens_per_call",
    title="Tokens a call",
    unit=Unit.TOKENS_PER_CALL,
    better=Better.LOWER,
    graph="tokens",
    explanation="Tokens of prompt and answer together, on average of the calls that report usage.",
    value=_value,
    samples=lambda parts: parts.calls_with_usage,
)
