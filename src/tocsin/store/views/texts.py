"""What stands in a text: a number with a unit, the tools that messages ask for."""

from tocsin.store.literal import text

# A first token later than this is a clock's mistake.
TTFT_NS_MAX = 86_400 * 10**9


def nanoseconds(value: str, unit_ns: int) -> str:
    """Return the expression of a time in ns, given in units of `unit_ns`; 0 for what is no number."""
    return f"toInt64(least(ifNull(toFloat64OrNull({value}), 0) * {unit_ns}, {TTFT_NS_MAX}.0))"


def tools_in_messages(messages: str) -> str:
    """Return the expression of the tools that a JSON list of messages with `parts` asks for, in order."""
    shape = "Array(Tuple(parts Array(Tuple(type String, name String))))"
    parts = f"arrayFlatten(arrayMap(m -> m.parts, JSONExtract({messages}, {text(shape)})))"
    return f"arrayMap(p -> p.name, arrayFilter(p -> p.type = 'tool_call', {parts}))"
