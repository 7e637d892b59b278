"""What a channel is: its settings and how to send; and a target, which is a channel with its settings filled in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import httpx

import tocsin.notify.channels
from tocsin import registry
from tocsin.model.notice import Notice, Outcome, Told
from tocsin.model.secret import Secret

S = TypeVar("S")

# Notices one channel is given in one step where it does not say: a short burst.
BURST_MAX = 5

Send = Callable[[Notice, httpx.AsyncClient, datetime], Awaitable[Outcome]]
Follow = Callable[[Notice, Told, httpx.AsyncClient, datetime], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Target:
    """One place that notices go to. `name` is what the configuration calls it, and the key of its outbox rows."""

    name: str
    send: Send
    # Masked wherever the outcome of a delivery is written down.
    secrets: tuple[Secret, ...] = ()
    # Called instead of `send` once a message of the incident has a reference; None where each stands alone.
    follow: Follow | None = None
    # Whether `follow` changes the message that is there: then better words for what was told come here too.
    changes: bool = False
    # The least time between two messages of one incident; what comes in between is told as one.
    apart: timedelta = timedelta(0)
    # Whether it can add to a message: who can't is not told what is no news, such as who has taken it on.
    asides: bool = False
    # Notices that one step may send: the loop takes a step a second.
    burst_max: int = BURST_MAX
    # The target that gets a page which this one does not take; empty: nobody.
    backup: str = ""
    # Whether it has hours: what is still going on when they begin is told then.
    has_hours: bool = False


@dataclass(frozen=True, slots=True)
class Channel(Generic[S]):
    """One kind of place; each lives in a file of its name in `channels/`.

    `send` is given the settings, the notice, the HTTP client and the present moment. It returns an outcome and does
    not raise; `TryAgain.after` is what the other side asked for, and zero when it did not say: then the delivery loop
    decides. It is called again with the same notice, so the other side must be able to tell by `notice.key`.
    """

    name: str
    settings: type[S]
    send: Callable[[S, Notice, httpx.AsyncClient, datetime], Awaitable[Outcome]]
    # One sentence for the docs.
    explanation: str
    # Always there, and not set up in the configuration.
    built_in: bool = False
    # For channels that change a message or answer to it: called instead of `send` once `send` gave a reference.
    follow: Callable[[S, Notice, Told, httpx.AsyncClient, datetime], Awaitable[Outcome]] | None = None
    # See `Target`.
    changes: bool = False
    apart: timedelta = timedelta(0)
    burst_max: int = BURST_MAX
    asides: bool = False

    def target(self, name: str, settings: S) -> Target:
        """Fill the settings in."""

        async def send(notice: Notice, http: httpx.AsyncClient, at: datetime) -> Outcome:
            return await self.send(settings, notice, http, at)

        return Target(
            name,
            send,
            _secrets_of(settings),
            self._following(settings),
            changes=self.changes,
            apart=self.apart,
            asides=self.asides,
            burst_max=self.burst_max,
        )

    def _following(self, settings: S) -> Follow | None:
        follow = self.follow
        if follow is None:
            return None

        async def filled_in(notice: Notice, told: Told, http: httpx.AsyncClient, at: datetime) -> Outcome:
            return await follow(settings, notice, told, http, at)

        return filled_in


def load_channels() -> dict[str, Channel[Any]]:
    """Return every channel there is, by name."""
    return registry.load(tocsin.notify.channels, "CHANNEL", Channel)


def _secrets_of(settings: object) -> tuple[Secret, ...]:
    if not is_dataclass(settings):
        return ()
    values = (getattr(settings, field.name) for field in fields(settings))
    return tuple(value for value in values if isinstance(value, Secret))
