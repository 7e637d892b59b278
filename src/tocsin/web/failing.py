"""The channels that fail, as pages and programs tell them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tocsin.notify.advice import advice
from tocsin.store.control import TRY_AGAIN, BrokenChannel

# One try that failed may be a passing thing, and is made again within seconds; these many are not.
TRIES_MIN = 3


@dataclass(frozen=True, slots=True)
class FailingChannel:
    """One channel that fails, and what to do about it."""

    channel: str
    since: datetime
    last_try: datetime
    tries: int
    # How the last try ended, and what the channel said; never a secret.
    outcome: str
    last_error: str
    waiting: int
    do: str


def failing(broken: Iterable[BrokenChannel]) -> tuple[FailingChannel, ...]:
    """Return those that are told: a try that was given up, or several in a row that failed."""
    return tuple(
        FailingChannel(
            one.channel,
            one.since,
            one.at,
            one.tries,
            one.outcome,
            one.detail,
            one.waiting,
            advice(one.channel, one.outcome),
        )
        for one in broken
        if one.outcome != TRY_AGAIN or one.tries >= TRIES_MIN
    )
