"""What is told to people: one message per incident, and how a delivery went."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.model.alarm import Group, Severity


class NoticeState(StrEnum):
    """What the message says about its incident."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message about one incident, made of allow-listed fields only: no prompt text, no error bodies, no secrets.

    `key` is the idempotency key of this delivery: incident id and sequence number.
    """

    key: str
    incident: str
    sequence: int
    state: NoticeState
    severity: Severity
    alarm: str
    group: Group
    started: datetime
    at: datetime
    ended: datetime | None
    # Line 1: what, how bad, where, since when. Line 2: compared with what, on how many. Line 3: what explains it, or
    # that nothing single does. Line 4: what changed, and the first thing to do. Empty lines are left out.
    headline: str
    compared: str
    why: str
    changed: str
    # Absolute; opens the graph on fire.
    link: str
    # True when this was sent as a drill or demonstration.
    drill: bool = False
    # Of a drill: whether it is told as loudly as the real thing, and the channels that are told; empty: all.
    loud: bool = False
    channels: tuple[str, ...] = ()
    # Who has taken it on, as people know them; empty while nobody has.
    acknowledged_by: str = ""
    # What people did about it, in a sentence or two; empty when nothing.
    handled: str = ""
    # Lines that only add to the story, when nothing of the incident itself is new; empty where the notice is news.
    # Who can't add to a message is not given such a notice.
    aside: str = ""
    # Which Tocsin says it, so that two that share a channel never mix; empty until it is handed out to be sent.
    installation: str = ""
    # Who has this notice already, where an earlier try reached some of a channel's people and not all: see `TryAgain`.
    reached: tuple[str, ...] = ()
    # True where it only puts better words to what was told: a channel that can change its message does so, without a
    # sound, and no other is given it.
    quiet: bool = False

    @property
    def hushed(self) -> bool:
        """Whether it calls nobody, whatever it is about: a drill that nobody asked to be loud."""
        return self.drill and not self.loud

    @property
    def incident_key(self) -> str:
        """What names the incident outside: the same for its whole life, and of no other installation's."""
        return "/".join(part for part in ("tocsin", self.installation, self.incident) if part)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side took it; `reference` is its own id for the message, where it gave one."""

    reference: str = ""
    # What is worth knowing about how it was taken; never a secret.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel was told of an incident before; for channels that change a message, or answer to it."""

    # The newest `Delivered.reference`; never empty.
    reference: str
    # The first and the last notice that were delivered with a reference.
    first: Notice
    last: Notice


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Not now; the same delivery is welcome after `after`."""

    after: timedelta
    reason: str
    # Where some people have it and others don't: who has it, all told, in the channel's own names. The next try is
    # given them in `Notice.reached`, and `reference` is what the other side calls what was taken.
    reached: tuple[str, ...] = ()
    reference: str = ""


class GaveUpReason(StrEnum):
    """Why a delivery will never succeed as it is."""

    REJECTED = "rejected"
    UNKNOWN_TARGET = "unknown target"
    NOT_AUTHORISED = "not authorised"
    SUPERSEDED = "superseded"
    TOO_OLD = "too old"


@dataclass(frozen=True, slots=True)
class GaveUp:
    """It will never be taken as it is."""

    reason: GaveUpReason
    detail: str


Outcome = Delivered | TryAgain | GaveUp
