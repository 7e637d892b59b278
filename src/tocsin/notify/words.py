"""How messages write numbers, money, shares and times: short, with a unit, never more digits than are known."""

import unicodedata
from datetime import UTC, datetime, timedelta

from tocsin.model.measure import Unit

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def share(value: float) -> str:
    """Write a share of one as a percentage: 0.23 is "23%", 0.0042 is "0.4%"; only all of it is "100%"."""
    percent = value * 100
    if percent <= 0:
        return "0%"
    if percent < 0.01:
        return "<0.01%"
    if percent < 0.1:
        return f"{percent:.2f}%"
    if percent < 9.95:
        return f"{_short(percent, 1)}%"
    if 99.5 <= percent < 100:
        return f"{min(percent, 99.9):.1f}%"
    return f"{percent:.0f}%"


def usd(amount: float) -> str:
    """Write an amount of USD to about three digits: "$1,152", "$48.20", "$0.0042"."""
    if amount < 0:
        return f"-{usd(-amount)}"
    if amount == 0:
        return "$0"
    if amount >= 100:
        return f"${amount:,.0f}"
    if amount >= 0.995:
        return f"${amount:.2f}".removesuffix(".00")
    if amount >= 0.0001:
        return "$" + f"{float(f'{amount:.2g}'):f}".rstrip("0")
    return "<$0.0001"


def seconds(value: float) -> str:
    """Write how long a call takes: "250 ms", "7.9 s", "2 min 10 s"."""
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 99.95:
        return f"{_short(value, 1)} s"
    return length(timedelta(seconds=round(value)))


def length(span: timedelta) -> str:
    """Write a stretch of time in its two largest units: "45 s", "27 min", "1 h 5 min", "2 d 3 h"."""
    left = max(span, timedelta(0))
    words: list[str] = []
    for unit, word in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        n, left = divmod(left, unit)
        if n:
            words.append(f"{n} {word}")
        elif words:
            break
        if len(words) == 2:
            break
    return " ".join(words) or "0 s"


def count(value: float) -> str:
    """Write a number of things: "612", "3.2", "1,204,000"."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else _short(value, 1)


def measured(value: float, unit: Unit) -> str:  # noqa: PLR0911 - one for each unit
    """Write a measure's value with its unit."""
    match unit:
        case Unit.SECONDS:
            return seconds(value)
        case Unit.SHARE:
            return share(value)
        case Unit.USD_PER_HOUR:
            return f"{usd(value)}/h"
        case Unit.TOKENS_PER_HOUR:
            return f"{count(value)} tokens/h"
        case Unit.TOKENS_PER_CALL:
            return f"{count(value)} tokens a call"
        case Unit.USD_PER_CALL:
            return f"{usd(value)} a call"
        case Unit.CALLS_PER_MINUTE:
            return f"{count(value)} calls/min"


def clock_time(moment: datetime, *, seen_at: datetime) -> str:
    """Write a moment in UTC; with its date when that is not the reader's day: "14:05 UTC", "3 Mar 14:05 UTC"."""
    utc = moment.astimezone(UTC)
    time = f"{utc:%H:%M} UTC"
    return time if utc.date() == seen_at.astimezone(UTC).date() else f"{utc.day} {utc:%b} {time}"


def name(text: str, *, characters_max: int = 80) -> str:
    """Make a foreign name fit for a message: one line, no control or direction characters, of bounded length."""
    printable = "".join(c if not unicodedata.category(c).startswith("C") else " " for c in text)
    return clipped(" ".join(printable.split()), characters_max)


def clipped(text: str, characters_max: int) -> str:
    """Cut a text to a length; a cut is shown."""
    return text if len(text) <= characters_max else text[: characters_max - 1].rstrip() + "…"


def _short(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".removesuffix(".0")
