"""Maintenance windows: times that come again, in which messages of some alarms are held back. Pure.

A window begins at a time of day by the clock on the wall of its zone, and lasts so many hours of real time. Where that
time of day does not exist, because clocks go forward over it, it begins as long after the change as it would have been;
where it comes twice, because clocks go back, it begins the first time, and only then.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from tocsin.model.hush import Hush, Matchers, Silence
from tocsin.model.window import Window
from tocsin.model.zone import zone

DAY = timedelta(days=1)
LENGTH_MAX = timedelta(days=7)
# A window of the month comes at least once in so many days, but for one on the 29th to 31st of February.
SEARCH_DAYS = 70
MONTH_DAYS = 31
LAST_DAY = -1
TEXT_LETTERS_MAX = 200

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class Day(StrEnum):
    """A day of the week."""

    MON = "Mon"
    TUE = "Tue"
    WED = "Wed"
    THU = "Thu"
    FRI = "Fri"
    SAT = "Sat"
    SUN = "Sun"


DAYS = tuple(Day)


@dataclass(frozen=True, slots=True)
class Settings:
    """When a window comes, how long it lasts, and which alarms it means: all that fit every one of the names."""

    # When it begins, by the clock on the wall: "02:00".
    start: str
    # How long it lasts, in real time, as in "2h".
    length: timedelta
    # Where the clock hangs, such as Europe/Berlin.
    zone: str = "UTC"
    # On which days of the week it begins, as in ["Sat", "Sun"]; without these and month_day, every day.
    weekdays: tuple[Day, ...] = ()
    # On which day of the month it begins, 1 to 31; -1 is the last one.
    month_day: int | None = None
    # It does not begin before this.
    since: datetime | None = None
    # It does not begin at or after this.
    until: datetime | None = None
    # What it is for, as the message says it.
    why: str = ""
    # Name of an alarm; * stands for any letters, here and below.
    alarm: str = "*"
    # Name of a service.
    service: str = "*"
    # Name of an environment.
    environment: str = "*"
    # Either page or ticket.
    severity: str = "*"
    # What an alarm is about inside its service, such as "tenant acme".
    subject: str = "*"
    # Name of a project.
    project: str = "*"

    def __post_init__(self) -> None:
        zone(self.zone)
        if _TIME.fullmatch(self.start) is None:
            raise ValueError(f'start = "{self.start}" is no time of day; write it as in "02:00"')
        if not timedelta(0) < self.length <= LENGTH_MAX:
            raise ValueError(
                "length must be longer than nothing and at most 7d: a window without an end is an alarm off"
            )
        if self.weekdays and self.month_day is not None:
            raise ValueError("weekdays and month_day can't both be set; make two windows")
        if self.month_day is not None and self.month_day != LAST_DAY and not 1 <= self.month_day <= MONTH_DAYS:
            raise ValueError(f"month_day = {self.month_day} is no day of a month; write 1 to 31, or -1 for the last")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("until must lie after since: as it is, the window never comes")
        if len(self.why) > TEXT_LETTERS_MAX or (self.why and not self.why.isprintable()):
            raise ValueError(f"why must be one line of at most {TEXT_LETTERS_MAX} letters")

    @property
    def matchers(self) -> Matchers:
        """Which alarms it means."""
        return Matchers(**{field.name: getattr(self, field.name) for field in fields(Matchers)})


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A window with its name."""

    name: str
    settings: Settings

    def hush(self, until: datetime) -> Hush:
        """What it does while it is active."""
        why = f" ({self.settings.why})" if self.settings.why else ""
        return Hush(f"in maintenance {self.name}{why}", until, self.settings.matchers)


def active(window: Settings, at: datetime) -> Window | None:
    """Return the stretch of a window that holds a moment, half-open; None outside. Of several, that which ends last."""
    today = at.astimezone(zone(window.zone)).date()
    days_back = window.length // DAY + 2
    found = [one for one in _stretches(window, today - days_back * DAY, days_back + 2) if one.since <= at < one.until]
    return max(found, key=lambda one: one.until, default=None)


def coming(window: Settings, at: datetime) -> Window | None:
    """Return the next stretch that begins after a moment; None when none is left."""
    first = max(at, window.since) if window.since else at
    begin = first.astimezone(zone(window.zone)).date() - DAY
    return next((one for one in _stretches(window, begin, SEARCH_DAYS) if one.since > at), None)


def _stretches(window: Settings, first: date, days: int) -> Iterator[Window]:
    """Return the stretches that begin on so many days, in order."""
    hour, minute = window.start.split(":")
    for n in range(days):
        day = first + n * DAY
        if not _on(window, day):
            continue
        # A time that does not exist is taken with the offset from before the change, one that comes twice as the first.
        since = datetime.combine(day, time(int(hour), int(minute)), zone(window.zone)).astimezone(UTC)
        if (window.since is None or since >= window.since) and (window.until is None or since < window.until):
            yield Window(since, since + window.length)


def _on(window: Settings, day: date) -> bool:
    if window.weekdays:
        return DAYS[day.weekday()] in window.weekdays
    if window.month_day == LAST_DAY:
        return (day + DAY).day == 1
    return window.month_day is None or day.day == window.month_day


def in_force(silences: Sequence[Silence], windows: Sequence[Maintenance], at: datetime) -> list[Hush]:
    """Return all that holds messages back at a moment."""
    found = [one.hush for one in silences if one.active(at)]
    for window in windows:
        stretch = active(window.settings, at)
        if stretch is not None:
            found.append(window.hush(stretch.until))
    return found
