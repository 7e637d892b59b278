"""How findings write numbers: what a kind says in its own words, without a unit of a measure."""

from datetime import timedelta

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


def times(n: int, one: str, many: str = "") -> str:
    """Write a number of things: "1 tool call", "1,143 tool calls"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def dollars(amount: float) -> str:
    """Write an amount of USD: "$4,012", "$12.40", "$0.0031"."""
    if amount >= 100:
        return f"${amount:,.0f}"
    return f"${amount:.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.2g}"


def long(span: timedelta) -> str:
    """Write how long something has lasted: "45 s", "9 min", "2 h 5 min"."""
    if span < _MINUTE:
        return f"{int(span.total_seconds())} s"
    hours, minutes = divmod(span // _MINUTE, 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes else [])])


def cut(name: str, letters_max: int = 40) -> str:
    """Cut a foreign name, so that none takes the room of what is said of it."""
    return name if len(name) <= letters_max else name[: letters_max - 1] + "…"
