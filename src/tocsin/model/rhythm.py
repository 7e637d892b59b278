"""How often a group usually has something to say."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The pace of a group's calls. Gaps are elapsed time, so no clock change makes one."""

    # The oldest call still known, at most 28 days back.
    first_seen: datetime
    # Calls of the last 7 days.
    calls_week: int
    # 99 % of the gaps between two minutes with calls were at most this long, over the last 7 days.
    gap_p99: timedelta
    # Starts of the UTC hours with a call, last 28 days, rising.
    active_hours: tuple[datetime, ...]
