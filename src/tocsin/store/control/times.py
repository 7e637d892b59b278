"""Moments and stretches of time as whole microseconds, which is what the control tables hold."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """Return microseconds since the Unix epoch; exact."""
    assert at.tzinfo is not None, "control state needs aware times"
    return (at - EPOCH) // MICROSECOND


def from_us(us: int) -> datetime:
    """Return the aware UTC moment; the inverse of `to_us`."""
    return EPOCH + timedelta(microseconds=us)
