"""A clock that is set by hand."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class ManualClock:
    """Stands still until it is moved; call it to read it, as one calls `clock.now`."""

    def __init__(self, at: datetime = START) -> None:
        assert at.tzinfo is not None, "a clock needs an aware time"
        self.at = at

    def __call__(self) -> datetime:
        """Return the moment it is set to."""
        return self.at

    def advance(self, by: timedelta) -> datetime:
        """Move on and return the new moment; time never goes back."""
        assert by >= timedelta(0), "time never goes back"
        self.at += by
        return self.at
