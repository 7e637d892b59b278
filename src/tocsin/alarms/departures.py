"""Where one series of numbers departs from its usual level, point by point. Pure: a point is judged by those before it.

Every point is looked at three ways: by itself, as the mean of the last 6 points, and as the mean of the last 24; so a
jump is seen at once, and a slow shift when it has lasted. Each look is compared with the same look at the points before
it, at most 6,000. The unit is the series' own: one step is as far as from the 90th to the 99.5th percentile of what was
there before, and the score is how many steps a look lies beyond the 90th percentile; downwards from the 10th in steps
to the 0.5th. Where the time of day explains the series (what differs from the median of that quarter hour on earlier
days spreads less than 0.7 times as wide), that difference is looked at in the same way too. The largest score counts:
from 1.8 the point is unusual. A departure begins with an unusual point and lasts until 72 in a row were usual.

Chosen by docs/decisions/0150.
"""

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite
from statistics import median

# How many points each look is the mean of.
LOOKS = (1, 6, 24)
# Points of one series that a point is compared with.
HISTORY_MAX = 6000
# Fewer of them say nothing yet.
HISTORY_MIN = 50
# A step leads from the first to the second of these shares of what was there before.
NEAR, FAR = 0.90, 0.995
# A step is at least this part of the range of the series between the far shares: neither a crowd of equal values nor a
# day that repeats itself exactly must make it 0.
STEP_MIN_PART = 0.1
# Where nothing ever moved there is no range either, and any move is beyond measure.
STEP_MIN = 1e-9
# Steps that a score ends at.
STEPS_MAX = 1000.0
# The time of day is told to a quarter hour,
QUARTER_HOUR = timedelta(minutes=15)
# and is known from this many days. Fewer than three say nothing.
DAYS_MAX = 14
DAYS_MIN = 3
# The time of day explains a series when what is left spreads less than this part of it.
LEFT_PART = 0.7


class Side(StrEnum):
    """Which way a series must go to be unusual."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Settings:
    """What counts as a departure."""

    # Steps beyond the usual from which a point is unusual. At 1.8, noise alone departs once in 1,000 to 1,500 points;
    # at 3, once in 5,000 or less.
    steps: float = 1.8
    # Points in a row without an unusual one that end a departure.
    calm: int = 72
    side: Side = Side.BOTH
    # A difference smaller than this, in the unit of the series, never counts.
    difference_min: float = 0.0

    def __post_init__(self) -> None:
        if self.steps <= 0 or self.calm < 1 or self.difference_min < 0:
            raise ValueError(f"steps must be above 0, calm at least 1, difference_min at least 0; got {self}")


@dataclass(frozen=True, slots=True)
class Point:
    """How one point was judged."""

    # 0.0 while too little is known; at most STEPS_MAX.
    steps: float
    # The usual level of the look that lies furthest out; None while too little is known.
    usual: float | None
    unusual: bool
    # True at the first point of a departure; `departed` from there to its end.
    begins: bool
    departed: bool


class Departures:
    """Judges one series. Points come in time order; how far they lie apart does not matter."""

    __slots__ = ("_calm_for", "_departed", "_looks", "_settings")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._looks = tuple(_Look(points, settings) for points in LOOKS)
        self._departed = False
        self._calm_for = 0

    def add(self, at: datetime, value: float) -> Point:
        """Judge a point by those before it, and remember it. Time of day is told in the zone of `at`."""
        if not isfinite(value):
            raise ValueError(f"a point must be a finite number; got {value}")
        found = [look.add(at, value) for look in self._looks]
        furthest = max(found, key=lambda one: one.steps)
        unusual = furthest.steps >= self._settings.steps
        begins = unusual and not self._departed
        self._calm_for = 0 if unusual else self._calm_for + 1
        self._departed = unusual or (self._departed and self._calm_for < self._settings.calm)
        return Point(furthest.steps, furthest.usual, unusual, begins, self._departed)


@dataclass(frozen=True, slots=True)
class _Found:
    steps: float
    usual: float | None


class _Look:
    """One of the ways to look at a series: the mean of its last points, as it is and over its time of day."""

    __slots__ = ("_day", "_last", "_left", "_plain", "_settings")

    def __init__(self, points: int, settings: Settings) -> None:
        self._last: deque[float] = deque(maxlen=points)
        self._settings = settings
        self._plain = _Known()
        self._left = _Known()
        self._day = _TimeOfDay()

    def add(self, at: datetime, value: float) -> _Found:
        self._last.append(value)
        mean = sum(self._last) / len(self._last)
        found = self._judge(self._plain, mean)
        expected = self._day.add(at, mean)
        if expected is not None:
            if self._left.enough and self._left.spread < LEFT_PART * self._plain.spread:
                least = STEP_MIN_PART * self._plain.range
                left = self._judge(self._left, mean - expected, expected=expected, step_min=least)
                found = max(found, left, key=lambda one: one.steps)
            self._left.add(mean - expected)
        self._plain.add(mean)
        return found

    def _judge(self, known: "_Known", value: float, *, expected: float = 0.0, step_min: float = STEP_MIN) -> _Found:
        if not known.enough:
            return _Found(0.0, None)
        usual = known.middle
        up, down = known.steps(value, step_min)
        side = self._settings.side
        steps = max(up if side is not Side.DOWN else 0.0, down if side is not Side.UP else 0.0)
        if abs(value - usual) < self._settings.difference_min:
            steps = 0.0
        return _Found(min(max(steps, 0.0), STEPS_MAX), usual + expected)


class _Known:
    """The last values of one look, also in order of size."""

    __slots__ = ("_by_size", "_in_time")

    def __init__(self) -> None:
        self._in_time: deque[float] = deque()
        self._by_size: list[float] = []

    @property
    def enough(self) -> bool:
        return len(self._by_size) >= HISTORY_MIN

    @property
    def middle(self) -> float:
        return self._at(0.5)

    @property
    def spread(self) -> float:
        """The range that holds the middle four fifths."""
        return self._at(NEAR) - self._at(1 - NEAR)

    @property
    def range(self) -> float:
        """The range between the far shares."""
        return self._at(FAR) - self._at(1 - FAR)

    def steps(self, value: float, step_min: float) -> tuple[float, float]:
        """Return how many steps upwards and downwards a value lies beyond the near shares; below 0 where inside."""
        far_up, far_down = self._at(FAR), self._at(1 - FAR)
        near_up, near_down = self._at(NEAR), self._at(1 - NEAR)
        least = max(STEP_MIN_PART * (far_up - far_down), step_min, STEP_MIN)
        up = (value - near_up) / max(far_up - near_up, least)
        return up, (near_down - value) / max(near_down - far_down, least)

    def add(self, value: float) -> None:
        insort(self._by_size, value)
        self._in_time.append(value)
        if len(self._in_time) > HISTORY_MAX:
            del self._by_size[bisect_left(self._by_size, self._in_time.popleft())]

    def _at(self, share: float) -> float:
        return self._by_size[min(int(share * len(self._by_size)), len(self._by_size) - 1)]


class _TimeOfDay:
    """The last value of each quarter hour, over the last days."""

    __slots__ = ("_quarters",)

    def __init__(self) -> None:
        self._quarters: dict[int, dict[int, float]] = {}

    def add(self, at: datetime, value: float) -> float | None:
        """Return what earlier days had at this time, their median, and remember; None where too few days are known."""
        today = at.toordinal()
        quarter = timedelta(hours=at.hour, minutes=at.minute) // QUARTER_HOUR
        days = self._quarters.setdefault(quarter, {})
        for day in [day for day in days if day < today - DAYS_MAX]:
            del days[day]
        earlier = [was for day, was in days.items() if day != today]
        days[today] = value
        return median(earlier) if len(earlier) >= DAYS_MIN else None
