"""How busy the demonstration's customers are at a given time: by hour of their day, and on their days of rest."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from random import Random

from tocsin.demo.cast import Service

WEEK_OF_WORK = frozenset({0, 1, 2, 3, 4})
# Used when the demonstration itself runs on a Saturday or Sunday.
SHIFTED_WEEK = frozenset({0, 1, 4, 5, 6})
LEVEL_HOURS = 1.2
FALL_HOURS = 1.7
NIGHT_LOAD = 0.04
REST_DAY_LOAD = 0.25


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The load over time, as a share of the busiest hours.

    Their working day is placed around `anchor`, the demonstration's beginning, and their days of rest elsewhere in
    the week. A demonstration that began at their night, or on their Sunday, would have nothing to show: an alarm needs
    calls. The rate is level for 1.2 h on both sides of the anchor, on every working day: "usual at this hour" is then
    the rate of the demonstration itself.
    """

    anchor: datetime

    def load(self, at: datetime) -> float:
        """Return the load at a time, in (0, 1]."""
        hours = (at - self.anchor) / timedelta(hours=1)
        from_noon = abs((hours + 12) % 24 - 12)
        past = max(0.0, from_noon - LEVEL_HOURS) / FALL_HOURS
        by_day = NIGHT_LOAD + (1 - NIGHT_LOAD) * exp(-past * past / 2)
        return by_day * (1.0 if self._works_on((hours + 12) // 24) else REST_DAY_LOAD)

    def _works_on(self, day: float) -> bool:
        today = self.anchor.weekday()
        working = WEEK_OF_WORK if today in WEEK_OF_WORK else SHIFTED_WEEK
        return (today + int(day)) % 7 in working

    def traces_per_s(self, service: Service, at: datetime) -> float:
        """Return how many traces a service begins in a second."""
        return service.traces_per_s_peak * self.load(at)

    def gap_s(self, service: Service, at: datetime, rng: Random) -> float:
        """Choose how long it takes until the next trace begins, in seconds.

        More even than chance would have it (half to one and a half times the mean), so that the first seconds of an
        incident look alike in every demonstration.
        """
        return rng.uniform(0.5, 1.5) / self.traces_per_s(service, at)

    def release(self, service: Service, at: datetime) -> str:
        """Return the version of a service that ran at a time."""
        days_ago = (self.anchor - at) / timedelta(days=1)
        return next((version for since, version in reversed(service.releases) if days_ago <= since), "")
