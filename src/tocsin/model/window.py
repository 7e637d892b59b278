"""A stretch of time, half-open, in aware UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open stretch `[since, until)`; both ends aware."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        assert self.since.tzinfo is not None, "a window needs aware times"
        assert self.until.tzinfo is not None, "a window needs aware times"
        assert self.since <= self.until, "a window can't end before it starts"

    @property
    def length(self) -> timedelta:
        """How long the window is."""
        return self.until - self.since
