"""When the trouble began: the first bad minute, which is before the alarm fired."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tocsin.model.parts import Parts, PartsRow

MINUTE = timedelta(minutes=1)
# So many minutes in a row without a bad one separate two troubles; minutes without calls say nothing.
GOOD_MINUTES_MAX = 2
# And so long without any call.
SILENCE_MAX = timedelta(minutes=30)


def onset(minutes: Sequence[PartsRow], bad: Callable[[Parts], bool]) -> datetime | None:
    """Return the start of the first bad minute of the trouble that the last minutes show; None when none is bad.

    `minutes` are in time order and may leave out those without calls.
    """
    first: datetime | None = None
    good = 0
    after: datetime | None = None
    for row in reversed(minutes):
        if after is not None and after - row.at > SILENCE_MAX:
            break
        after = row.at
        if bad(row.parts):
            first, good = row.at, 0
        elif row.parts.calls:
            good += 1
        if good > GOOD_MINUTES_MAX and first is not None:
            break
    return first
