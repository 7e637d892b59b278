"""Numbers as people read them: always with a unit, never with more digits than mean something.

Written as messages write them, so that a page never seems to contradict one; only counts are shorter here.
`static/js/numbers.js` says the same in the browser; tests/browser compares the two.
"""

from datetime import datetime, timedelta

from tocsin.model.measure import Unit
from tocsin.notify import words

NONE_TEXT = "-"
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def _digits(value: float) -> str:
    """Write a value with about three significant digits and thousands separated by commas."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}".removesuffix(".0")
    if size >= 1:
        return f"{value:.2f}".rstrip("0").rstrip(".")
    # Never with an exponent.
    return f"{float(f'{value:.2g}'):f}".rstrip("0") if size >= 0.000_001 else "0"


def count(value: float) -> str:
    """Write how many there are of something, short."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{_digits(value / (1e3 if letter == 'k' else size))}{letter}"
    return f"{value:,.0f}" if value == int(value) else _digits(value)


def about_usd(value: float) -> str:
    """Write a projected amount: two digits are all that a projection knows."""
    return words.usd(float(f"{value:.2g}"))


def measured(value: float | None, unit: Unit) -> str:  # noqa: PLR0911 - one for each unit
    """Write a measure's value with its unit; None is a dash, because missing is not zero."""
    if value is None:
        return NONE_TEXT
    match unit:
        case Unit.SECONDS:
            return words.seconds(value)
        case Unit.SHARE:
            return words.share(value)
        case Unit.USD_PER_HOUR:
            return f"{words.usd(value)}/h"
        case Unit.TOKENS_PER_HOUR:
            return f"{count(value)} tokens/h"
        case Unit.TOKENS_PER_CALL:
            return f"{count(value)} tokens a call"
        case Unit.USD_PER_CALL:
            return f"{words.usd(value)} a call"
        case Unit.CALLS_PER_MINUTE:
            return f"{count(value)} calls/min"


def lasting(value: timedelta) -> str:
    """Write how long something went on: without seconds from ten minutes on, and never less than nothing."""
    kept = max(value, timedelta())
    return words.length(kept - kept % MINUTE if kept >= 10 * MINUTE else kept - kept % SECOND)


def clock(at: datetime) -> str:
    """Write a time of day in UTC, with its zone."""
    return f"{at:%H:%M} UTC"


def moment(at: datetime) -> str:
    """Write a date and time in UTC, with its zone."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def exact(at: datetime) -> str:
    """Write a date and time to the second in UTC, with its zone."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def iso(at: datetime) -> str:
    """Write an aware UTC time for a `datetime` attribute."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
