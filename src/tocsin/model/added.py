"""Calls added up for alarms that no window of a whole service answers: only some models, or since the month began."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tocsin.model.dimension import Dimension
from tocsin.model.fact import Ask
from tocsin.model.parts import Parts
from tocsin.model.window import Window

# Late spans have so long to come in.
LATE = timedelta(minutes=1)


class Period(StrEnum):
    """A stretch of the calendar, in UTC."""

    DAY = "day"
    MONTH = "month"

    def around(self, at: datetime) -> Window:
        """Return the day or month that holds `at`."""
        since = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self is Period.DAY:
            return Window(since, since + timedelta(days=1))
        since = since.replace(day=1)
        return Window(since, (since + timedelta(days=32)).replace(day=1))


@dataclass(frozen=True, slots=True)
class AddedAsk(Ask):
    """Asks what calls added up to in each service; answered by `Parts`, services without such calls are left out.

    In the `length` before a minute ago; or, where `since` is given, from the start of that day or month on.
    """

    length: timedelta = timedelta(minutes=5)
    since: Period | None = None
    # For each dimension the values of which a call must have one.
    where: tuple[tuple[Dimension, tuple[str, ...]], ...] = ()

    def window(self, at: datetime) -> Window:
        """Return the window that is asked for at a moment of the grid."""
        until = at - LATE
        return Window(until - self.length if self.since is None else self.since.around(until).since, until)


@dataclass(frozen=True, slots=True)
class HistoryAsk(Ask):
    """Asks what calls added up to in each service, step by step; answered by `History`."""

    every: timedelta = timedelta(minutes=15)
    step: timedelta = timedelta(minutes=15)
    length: timedelta = timedelta(days=4)
    where: tuple[tuple[Dimension, tuple[str, ...]], ...] = ()

    def window(self, at: datetime) -> Window:
        """Return the window that is asked for at a moment of the grid."""
        return Window(at - LATE - self.length, at - LATE)


@dataclass(frozen=True, slots=True)
class History:
    """What calls added up to in one service, by start of the step, rising; steps without calls are missing."""

    steps: tuple[tuple[datetime, Parts], ...]
