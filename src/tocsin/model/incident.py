"""An incident: alarms of one service that belong together, told in one message."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.model.alarm import Group, Judgement, Severity


@dataclass(frozen=True, slots=True)
class Member:
    """One alarm's part in an incident: when it fired, when it was quiet again, and what it said at its worst."""

    alarm: str
    fired: datetime
    # None while it still fires.
    cleared: datetime | None
    # The worst judgement that was a breach: how bad it got.
    judgement: Judgement
    # What the alarm instance is about inside the incident's group, as in `Group.subject`.
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody has taken an incident on."""

    # As people know them.
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LastTold:
    """What was told last of an incident that goes on: how loud, and when."""

    severity: Severity
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """Alarms of one group in the same minutes. Its id never changes and is the key everywhere outside."""

    id: str
    group: Group
    severity: Severity
    # When the trouble began (first bad minute), which is before the alarm fired.
    started: datetime
    opened: datetime
    # None while any member fires.
    closed: datetime | None
    # The member that gives the headline, by cause order: no data, errors, cost, latency.
    headline: str
    members: tuple[Member, ...]
    # One sentence each; empty when not known yet.
    why: str = ""
    changed: str = ""
    # Trace ids (32 hex digits) of up to three example calls.
    examples: tuple[str, ...] = ()
    # Number of notices written so far; the next notice's sequence.
    notices: int = 0
    drill: bool = False
    # Of a drill: whether it is told as loudly as the real thing, and the channels that are told; empty: all.
    loud: bool = False
    channels: tuple[str, ...] = ()
    # The subject of the member that gives the headline.
    headline_subject: str = ""
    # None while nobody has, and again when it gets worse or comes back.
    acknowledged: Acknowledged | None = None
    # None while nothing was told of it, and when its end was the last thing told.
    told: LastTold | None = None
    # What holds its messages back, in words, as of the last tick; empty when nothing does.
    held: str = ""

    @property
    def lead(self) -> Member | None:
        """The member that gives the headline; None for an incident without members."""
        named = [one for one in self.members if (one.alarm, one.subject) == (self.headline, self.headline_subject)]
        return next(iter((*named, *self.members)), None)

    def instance(self, member: Member) -> tuple[str, Group]:
        """Return the alarm instance that a member is: the alarm's name, and what it is about."""
        return member.alarm, self.group.named(member.subject)
