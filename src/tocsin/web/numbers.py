"""Numbers as people read them: always with a unit, never with more digits than mean something.

`static/js/numbers.js` says the same in the browser; tests/browser compares the two.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from tocsin.model.measure import Unit

NONE_TEXT = "-"


def _digits(value: float) -> str:
    """Write a value with about three significant digits and thousands separated by commas."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}".removesuffix(".0")
    if size >= 1:
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{value:.2g}" if size else "0"


def seconds(value: float) -> str:
    """Write a duration given in seconds."""
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 120:
        return f"{_digits(value)} s"
    if value < 7200:
        return f"{_digits(value / 60)} min"
    return f"{_digits(value / 3600)} h"


def share(value: float) -> str:
    """Write a share between 0 and 1 as per cent."""
    percent = value * 100
    if percent == 0:
        return "0%"
    if percent < 0.01:
        return "<0.01%"
    return f"{percent:.2f}%" if percent < 0.1 else f"{percent:.1f}%" if percent < 10 else f"{percent:.0f}%"


def count(value: float) -> str:
    """Write how many there are of something, short."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{_digits(value / (1e3 if letter == 'k' else size))}{letter}"
    return f"{value:,.0f}" if value == int(value) else _digits(value)


def usd(value: float | Decimal) -> str:
    """Write an amount of money in US dollars; small ones keep two significant digits."""
    amount = float(value)
    if amount >= 10_000:
        return f"${amount:,.0f}"
    if amount >= 0.995:
        return f"${amount:,.2f}"
    if amount == 0:
        return "$0"
    return f"${amount:.2f}" if amount >= 0.1 else f"${Decimal(f'{amount:.2g}'):f}"


def measured(value: float | None, unit: Unit) -> str:
    """Write a measure's value with its unit; None is a dash, because missing is not zero."""
    if value is None:
        return NONE_TEXT
    match unit:
        case Unit.SECONDS:
            return seconds(value)
        case Unit.SHARE:
            return share(value)
        case Unit.USD_PER_HOUR:
            return f"{usd(value)}/h"
        case Unit.TOKENS_PER_HOUR:
            return f"{count(value)} tokens/h"
        case Unit.CALLS_PER_MINUTE:
            return f"{count(value)} calls/min"


def length(value: timedelta) -> str:
    """Write a length of time in its largest whole unit, or two of them."""
    total = int(value.total_seconds())
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return f"{total // 60} min"
    if total < 2 * 86400:
        hours, minutes = divmod(total // 60, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(total // 3600, 24)
    return f"{days} d {hours} h" if hours and days < 7 else f"{days} d"


def clock(at: datetime) -> str:
    """Write a time of day in UTC, with its zone."""
    return f"{at:%H:%M} UTC"


def moment(at: datetime) -> str:
    """Write a date and time in UTC, with its zone."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def iso(at: datetime) -> str:
    """Write an aware UTC time for a `datetime` attribute."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
