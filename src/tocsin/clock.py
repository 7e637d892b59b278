"""The one place that reads the time."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def now_ns() -> int:
    """Return the present moment in nanoseconds since the Unix epoch."""
    return time.time_ns()


def monotonic_s() -> float:
    """Return seconds on a clock that never goes back; for measuring how long something took."""
    return time.monotonic()
