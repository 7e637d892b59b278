"""The usual level of a group: the same hour of the week in up to four weeks, or else the last 24 hours.

Hours that touch an earlier incident of the group are left out, and while an incident is open the level is the one from
before it began: trouble must not become the usual.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TypeVar, cast

from tocsin.model.measure import Measure
from tocsin.model.parts import Parts
from tocsin.model.window import Window

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
WEEKS = 4
HOURS_OF_DAY = 24
_NONE = Parts()

T = TypeVar("T")

# Fewer calls than this, or less history than a day, and there is no usual level: the alarm is learning.
CALLS_MIN = 300
# So many weeks, or so many hours of the last day, are needed to speak of a median.
WEEKS_MIN = 2
HOURS_MIN = 12


def hour_of(at: datetime) -> datetime:
    """Return the start of the UTC hour that holds `at`."""
    return at.replace(minute=0, second=0, microsecond=0)


def hours_wanted(hour: datetime) -> tuple[datetime, ...]:
    """Return the starts of the hours that the usual level at `hour` is made from: 24 before it, and 2 in each week."""
    day = tuple(hour - n * HOUR for n in range(1, HOURS_OF_DAY + 1))
    weeks = tuple(start for n in range(1, WEEKS + 1) for start in _of_week(hour, n))
    return day + weeks


def _of_week(hour: datetime, weeks_back: int) -> tuple[datetime, datetime]:
    # A window that ends in `hour` began in the hour before: both are compared with.
    return (hour - weeks_back * WEEK - HOUR, hour - weeks_back * WEEK)


class Usual:
    """What was usual for one group, seen from one hour; answers are kept, since they are asked at every tick."""

    __slots__ = ("_day", "_day_hours", "_hourly", "_levels", "_made", "_pairs", "_weeks", "learning")

    def __init__(
        self,
        hour: datetime,
        hours: Mapping[datetime, Parts],
        first_seen: datetime | None,
        excluded: Sequence[Window] = (),
    ) -> None:
        known_since = hour if first_seen is None else first_seen
        usable = {
            start: hours.get(start, _NONE)
            for start in hours_wanted(hour)
            if start >= known_since and not _touches(start, excluded)
        }
        pairs = (_of_week(hour, n) for n in range(1, WEEKS + 1))
        self._pairs = tuple(
            tuple(usable[start] for start in pair) for pair in pairs if all(start in usable for start in pair)
        )
        self._day_hours = tuple(usable[start] for start in hours_wanted(hour)[:HOURS_OF_DAY] if start in usable)
        calls = sum(parts.calls for parts in (*self._day_hours, *(parts for pair in self._pairs for parts in pair)))
        self.learning = known_since > hour - DAY or calls < CALLS_MIN
        # Added up when they are first asked for.
        self._weeks: tuple[Parts, ...] | None = None
        self._day: Parts | None = None
        self._levels: dict[tuple[str, int], float | None] = {}
        self._hourly: dict[str, tuple[float, ...]] = {}
        self._made: dict[int, tuple[object, object]] = {}

    def made(self, settings: object, make: Callable[[], T]) -> T:
        """Return what an alarm's settings make of this level: made once, then the same object."""
        # By the very object, which is kept beside what was made, so that its number is no other's.
        known = self._made.get(id(settings))
        if known is None:
            known = self._made[id(settings)] = (settings, make())
        return cast("T", known[1])

    @property
    def _of_weeks(self) -> tuple[Parts, ...]:
        if self._weeks is None:
            self._weeks = tuple(Parts.merged(pair) for pair in self._pairs)
        return self._weeks

    @property
    def _of_day(self) -> Parts:
        if self._day is None:
            self._day = Parts.merged(self._day_hours)
        return self._day

    @property
    def whole_day(self) -> Parts | None:
        """The parts of the last 24 whole hours; None while not all of them are known and free of incidents."""
        return self._of_day if len(self._day_hours) == HOURS_OF_DAY else None

    def level(self, measure: Measure, samples_min: int = CALLS_MIN) -> float | None:
        """Return the usual value of a share or a quantile; None while it can't be told.

        The median of the weeks that rest on `samples_min` observations each; of fewer than two such weeks, the value of
        the last 24 hours.
        """
        key = (measure.name, samples_min)
        if key not in self._levels:
            self._levels[key] = None if self.learning else self._level(measure, samples_min)
        return self._levels[key]

    def _level(self, measure: Measure, samples_min: int) -> float | None:
        values = [
            value
            for week in self._of_weeks
            if measure.samples(week) >= samples_min and (value := measure.value(week, 2 * HOUR)) is not None
        ]
        if len(values) >= WEEKS_MIN:
            return median(values)
        day = self._of_day
        return measure.value(day, len(self._day_hours) * HOUR) if measure.samples(day) >= samples_min else None

    @property
    def week_known(self) -> bool:
        """True when the same hour of one earlier week is known at least."""
        return bool(self._pairs)

    @property
    def weekly(self) -> bool:
        """True when levels come from the same hour of several weeks; else they come from one whole day."""
        return len(self._pairs) >= WEEKS_MIN

    def hourly(self, measure: Measure) -> tuple[float, ...]:
        """Return comparable values of a rate: one for each week or, of fewer than two weeks, for each hour of the day.

        A single week that is known is one more of those: a Monday is not held against its Sunday alone.

        An hour without calls is a true zero here, as the group was known by then. Empty while learning.
        """
        if measure.name not in self._hourly:
            self._hourly[measure.name] = () if self.learning else self._rates(measure)
        return self._hourly[measure.name]

    def _rates(self, measure: Measure) -> tuple[float, ...]:
        weeks = self.weekly
        many, length = (self._of_weeks, 2 * HOUR) if weeks else (self._day_hours, HOUR)
        values = tuple(value for parts in many if (value := measure.value(parts, length)) is not None)
        if len(values) < (WEEKS_MIN if weeks else HOURS_MIN):
            return ()
        week = () if weeks else self._of_weeks
        return (*values, *(value for parts in week if (value := measure.value(parts, 2 * HOUR)) is not None))


def _touches(start: datetime, excluded: Sequence[Window]) -> bool:
    return any(window.since < start + HOUR and start < window.until for window in excluded)


def gap_in_force(active_hours: Sequence[datetime], at: datetime) -> timedelta:
    """Return how long the silence around `at` lasted, by hours with calls; zero when `at` lies in an active hour.

    Told at most: from the start of the last active hour before to the end of the first after. Zero outside of what is
    known.
    """
    place = bisect_right(active_hours, at)
    if place == 0 or place == len(active_hours) or at < active_hours[place - 1] + HOUR:
        return timedelta(0)
    return active_hours[place] + HOUR - active_hours[place - 1]


def longest_gap(active_hours: Sequence[datetime]) -> timedelta:
    """Return the longest silence between two active hours; zero where none was longer than an hour."""
    return max((after - before - HOUR for before, after in pairwise(active_hours)), default=timedelta(0))
