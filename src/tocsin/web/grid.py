"""Steps of time: how a window is cut into the points of a graph."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.model.window import Window

# A graph has at least 20 points, so that a curve can be seen, and at most this many, so that it can be drawn and sent.
POINTS_MAX = 200
# What a point may cover. Each divides a day, so that steps begin at the same times on every day.
STEPS: tuple[timedelta, ...] = (
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=10),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(days=1),
)
# An unfinished step is drawn when at least this share of it has passed: a rate over a few seconds is noise.
SHARE_MIN = 0.5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def floor(at: datetime, step: timedelta) -> datetime:
    """Return the start of the step that holds `at`; steps are counted from the Unix epoch."""
    return at - (at - _EPOCH) % step


def ceiling(at: datetime, step: timedelta) -> datetime:
    """Return the first step boundary at or after `at`."""
    return at + (_EPOCH - at) % step


def step_for(length: timedelta) -> timedelta:
    """Return the finest step that cuts `length` into no more than `POINTS_MAX` points; a day for very long ones."""
    return next((step for step in STEPS if length <= step * POINTS_MAX), STEPS[-1])


def fits(length: timedelta, step: timedelta) -> bool:
    """Say whether a window is made of whole steps, so that each point can take one in."""
    return length >= step and not length % step


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal steps that cover a window: what is asked of the store, and where each answer is drawn."""

    step: timedelta
    # Starts of the steps, rising without holes.
    starts: tuple[datetime, ...]
    # The present moment or the end asked for, whichever is earlier; the last step may be unfinished at this time.
    until: datetime

    @classmethod
    def over(cls, window: Window, step: timedelta, at: datetime) -> "Grid":
        """Cover `window` with steps; a last step that has only just begun at `at` is left out."""
        until = min(window.until, at)
        first = floor(window.since, step)
        count = max(1, (ceiling(until, step) - first) // step)
        last = first + (count - 1) * step
        if count > 1 and (until - last) < step * SHARE_MIN:
            count -= 1
        return cls(step, tuple(first + i * step for i in range(count)), until)

    @property
    def window(self) -> Window:
        """The stretch to ask the store for: whole steps."""
        return Window(self.starts[0], self.starts[-1] + self.step)

    def length_of(self, start: datetime) -> timedelta:
        """Return how long the step at `start` lasted so far; rates of an unfinished step use this."""
        if start != self.starts[-1]:
            return self.step
        return min(self.step, max(self.until - start, timedelta(seconds=1)))

    def seconds(self) -> tuple[int, ...]:
        """Return the starts as whole seconds since the Unix epoch."""
        return tuple(int(start.timestamp()) for start in self.starts)

    def reaching_back(self, length: timedelta) -> Window:
        """Return the stretch to ask for when each point is the trailing window of `length` that ends with its step."""
        return Window(self.starts[0] - max(timedelta(), length - self.step), self.starts[-1] + self.step)
