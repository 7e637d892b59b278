"""What the control tables answer, typed: nobody outside sees a column."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tocsin.model.alarm import Group, Judgement
from tocsin.model.notice import Notice, NoticeState, Told

# An alarm instance: the alarm's name and what it is about.
Instance = tuple[str, Group]


@dataclass(frozen=True, slots=True)
class Judged:
    """The newest judgement of one alarm instance, and the tick it was made at."""

    at: datetime
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that one channel should be given now; handed out by `Control.take`, answered with `Control.record`."""

    id: int
    channel: str
    notice: Notice
    # 1 for the first try.
    attempt: int
    queued: datetime
    # None when this channel was told nothing of the incident yet, or gave no reference.
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try, or the decision not to try; `detail` never holds a secret."""

    channel: str
    notice_key: str
    incident: str
    state: NoticeState
    at: datetime
    # 0 when nothing was sent.
    attempt: int
    # "delivered", "try again", or "gave up: " and the reason.
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one channel has not been given yet."""

    channel: str
    notices: int
    # When the longest-waiting notice was queued.
    oldest: datetime
    # Tries made for it so far.
    attempts: int


@dataclass(frozen=True, slots=True)
class BrokenChannel:
    """A channel whose last try failed; `detail`, its last words, never holds a secret."""

    channel: str
    # The first try that failed since it last took something.
    since: datetime
    # The last one, and how many there were.
    at: datetime
    tries: int
    # "try again", or "gave up: " and the reason.
    outcome: str
    detail: str
    # Notices it was not given yet.
    waiting: int
    # Whether what it was given last was a page.
    paged: bool = False


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One message of the built-in inbox; `payload` is what Slack would be sent."""

    at: datetime
    notice: Notice
    payload: Mapping[str, Any]


# How long the loop waits after a try failed and the other side did not say: 2, 4, 8 ... seconds, at most two minutes,
# so that a channel that heals gets its messages within two minutes.
BACKOFF_FIRST = timedelta(seconds=2)
BACKOFF_MAX = timedelta(minutes=2)


def backoff(attempt: int) -> timedelta:
    """Return how long to wait after the given try (1 is the first). No jitter: there is one sender, not a herd."""
    assert attempt >= 1, "tries are counted from one"
    return min(BACKOFF_MAX, BACKOFF_FIRST * 2 ** min(attempt - 1, 10))
