"""Which notices a channel is given: by severity, service, environment and hours.

A route decides where an incident is told first. Whoever was told of a fire is told of everything that follows it, up to
its end, whatever the route says by then: that is the outbox's rule, and no route can break it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from tocsin.model.alarm import Group, Severity
from tocsin.model.notice import Notice
from tocsin.model.pattern import fits
from tocsin.model.whole import is_whole
from tocsin.model.zone import zone
from tocsin.settings import nearest

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_MINUTES = 24 * 60
# Windows in one `hours`.
WINDOWS_MAX = 20

_DAYS = r"(?P<first>[A-Za-z]+)(?:\s*-\s*(?P<last>[A-Za-z]+))?"
_TIMES = r"(?P<since>\d\d:\d\d)\s*-\s*(?P<until>\d\d:\d\d)"
_WINDOW = re.compile(rf"\s*(?:{_DAYS})?\s*(?:{_TIMES})?\s*")
_EXAMPLE = 'write it as in "Mon-Fri 09:00-18:00, Sat 10:00-14:00"'

Routed = Callable[[str, Notice, datetime], bool]


@dataclass(frozen=True, slots=True)
class Route:
    """Which notices a channel of any type is given, and who is told when it takes none; without these, everything."""

    # Pages, tickets or both; an empty list: nothing but what it is the backup for.
    severities: tuple[Severity, ...] = (Severity.PAGE, Severity.TICKET)
    # Names of services; * stands for any letters.
    services: tuple[str, ...] = ("*",)
    # Names of environments; * stands for any letters.
    environments: tuple[str, ...] = ("*",)
    # When it is told, as in "Mon-Fri 09:00-18:00, Sat 22:00-06:00"; empty: always.
    hours: str = ""
    # Where these hours are, such as Europe/Berlin.
    zone: str = "UTC"
    # The channel that gets a page which this one did not take within two minutes, or refused.
    backup: str = ""

    def __post_init__(self) -> None:
        for name, given in (("services", self.services), ("environments", self.environments)):
            if not given:
                raise ValueError(f'{name} is empty, so nothing would ever be told; leave it out, or write ["*"]')
        windows_of(self.hours)
        zone(self.zone)

    def takes(self, notice: Notice, at: datetime) -> bool:
        """Say whether an incident is told here when its notice is due at `at`."""
        return notice.severity in self.severities and self._is_about(notice.group) and self.open_at(at)

    def _is_about(self, group: Group) -> bool:
        """Say whether the names fit; what is about a whole project is about every service and environment of it."""
        return is_whole(group) or (
            any(fits(group.service, service) for service in self.services)
            and any(fits(group.environment, environment) for environment in self.environments)
        )

    def open_at(self, at: datetime) -> bool:
        """Say whether a moment lies in the hours: by the clock on the wall there, summer and winter."""
        windows = windows_of(self.hours)
        if not windows:
            return True
        local = at.astimezone(zone(self.zone))
        minute = local.hour * 60 + local.minute
        return any(window.holds(local.weekday(), minute) for window in windows)


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of some days of the week, in minutes of their day; one that ends after midnight has `until` beyond."""

    days: frozenset[int]
    since: int
    until: int

    def holds(self, day: int, minute: int) -> bool:
        """Say whether a minute of a day (0 is Monday) is inside; half-open."""
        if day in self.days and self.since <= minute < self.until:
            return True
        return (day - 1) % 7 in self.days and minute < self.until - DAY_MINUTES


@lru_cache(maxsize=128)
def windows_of(hours: str) -> tuple[Hours, ...]:
    """Read hours; none means always. Raises ValueError that says how to write what was meant."""
    if not hours.strip():
        return ()
    parts = hours.split(",")
    if len(parts) > WINDOWS_MAX:
        raise ValueError(f"hours holds {len(parts)} stretches; at most {WINDOWS_MAX} are taken")
    return tuple(_window(part, hours) for part in parts)


def _window(part: str, hours: str) -> Hours:
    match = _WINDOW.fullmatch(part)
    if match is None or not part.strip():
        raise ValueError(f'hours = "{hours}" is not understood at "{part.strip()}"; {_EXAMPLE}')
    first = _day(match["first"], hours) if match["first"] else 0
    last = _day(match["last"], hours) if match["last"] else (first if match["first"] else 6)
    days = frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))
    since = _minute(match["since"], hours) if match["since"] else 0
    until = _minute(match["until"], hours) if match["until"] else DAY_MINUTES
    if since in {until, DAY_MINUTES}:
        raise ValueError(f'hours = "{hours}" has a stretch that ends when it begins; {_EXAMPLE}')
    return Hours(days, since, until if since < until else until + DAY_MINUTES)


def _day(word: str, hours: str) -> int:
    short = word[:3].capitalize()
    if short not in DAYS:
        raise ValueError(f'hours = "{hours}": {word} is no day; {nearest(short, DAYS)}')
    return DAYS.index(short)


def _minute(text: str, hours: str) -> int:
    hour, _, minute = text.partition(":")
    total = int(hour) * 60 + int(minute)
    if int(minute) > 59 or total > DAY_MINUTES:
        raise ValueError(f'hours = "{hours}": {text} is no time of day; {_EXAMPLE}')
    return total


def routed_by(routes: Mapping[str, Route]) -> Routed:
    """Return who is told, by the channels' names; a channel without a route, as the inbox, is told everything.

    A drill goes to the channels that it is for, at any hour: it is these that are tried.
    """

    def routed(channel: str, notice: Notice, at: datetime) -> bool:
        route = routes.get(channel)
        if notice.drill and notice.channels:
            return route is None or channel in notice.channels
        if notice.drill:
            return True
        return route is None or route.takes(notice, at)

    return routed
