"""Models that have begun to answer for another, as alarms ask for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.model.fact import Ask


@dataclass(frozen=True, slots=True)
class AskServed(Ask):
    """Asks which model has begun to answer for one that was asked for all along; answered with `Served`."""

    every: timedelta = timedelta(minutes=10)
    # New is what answers since so long at most, and never did in the time before.
    lately: timedelta = timedelta(hours=1)
    before: timedelta = timedelta(days=7)
    # The other model was asked for so long ago already.
    asked_since: timedelta = timedelta(days=1)
    calls_min: int = 20


@dataclass(frozen=True, slots=True)
class Served:
    """A model that a service never saw before; of several the one with most calls."""

    # The name that was asked for, and the new one that answers.
    asked: str
    model: str
    # The minute of its first answer, aware UTC.
    since: datetime
    calls: int
