"""When Tocsin drills itself, without being asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)
# A drill that began a little later one week is due at the same hour of the next.
SLACK = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Settings:
    """Drills that nobody has to think of: what does not arrive is told in the log and on the page Server."""

    # In whole days, as in "7d"; left out: never.
    every: timedelta | None = None
    # The hour of the day, UTC, in which it begins.
    hour: int = 10

    def __post_init__(self) -> None:
        if self.every is not None and (self.every < DAY or self.every % DAY):
            raise ValueError('every must be whole days; write it as in "7d"')
        if not 0 <= self.hour <= 23:
            raise ValueError(f"hour must lie between 0 and 23; got {self.hour}")

    def due(self, last: datetime | None, at: datetime) -> bool:
        """Say whether a drill is due at `at`; `last` is when the last one began, whoever asked for it."""
        if self.every is None or at.hour != self.hour:
            return False
        return last is None or at - last >= self.every - SLACK
