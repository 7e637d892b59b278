"""What holds messages back: silences that people ask for, and maintenance windows. Alarms are judged all the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.model.alarm import Group, Severity
from tocsin.model.incident import Incident
from tocsin.model.pattern import fits


@dataclass(frozen=True, slots=True)
class Matchers:
    """Which alarms are meant: all that fit every one of these names, in which * stands for any letters."""

    # Name of an alarm, such as errors_fast.
    alarm: str = "*"
    # Name of a service.
    service: str = "*"
    # Name of an environment.
    environment: str = "*"
    # Either page or ticket.
    severity: str = "*"
    # What an alarm is about inside its service, such as "tenant acme".
    subject: str = "*"
    # Name of a project.
    project: str = "*"

    def mean(self, alarm: str, group: Group, severity: Severity) -> bool:
        """Say whether an alarm of a group is meant."""
        return (
            fits(alarm, self.alarm)
            and fits(group.service, self.service)
            and fits(group.environment, self.environment)
            and fits(severity.value, self.severity)
            and fits(group.subject, self.subject)
            and fits(group.project, self.project)
        )

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Those that leave anything out, by name."""
        pairs = ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        return tuple((name, value) for name, value in pairs if value != "*")

    def __str__(self) -> str:
        """Write them as people read them; "everything" where nothing is left out."""
        return ", ".join(f"{name} {value or '(none)'}" for name, value in self.named) or "everything"


@dataclass(frozen=True, slots=True)
class Hush:
    """Holds back the messages of what it matches, at the moment it was asked for."""

    # What it is, in words: "silenced by anna (new provider)", "in maintenance nightly".
    what: str
    until: datetime
    matchers: Matchers


@dataclass(frozen=True, slots=True)
class Silence:
    """Holds messages back in [since, until), or to its end where somebody ended it before."""

    id: int
    matchers: Matchers
    since: datetime
    until: datetime
    # Who asked for it, and why.
    by: str
    why: str
    # When it was ended by hand, and by whom; None and empty while it was not.
    ended: datetime | None = None
    ended_by: str = ""

    @property
    def over(self) -> datetime:
        """When it holds nothing back any more."""
        return self.until if self.ended is None else min(self.until, self.ended)

    def active(self, at: datetime) -> bool:
        """Say whether it holds messages back at a moment."""
        return self.since <= at < self.over

    @property
    def hush(self) -> Hush:
        """What it does while it is active."""
        why = f" ({self.why})" if self.why else ""
        return Hush(f"silenced by {self.by}{why}", self.until, self.matchers)


def holding(incident: Incident, hushes: Sequence[Hush]) -> Hush | None:
    """Return what holds an incident's messages back: that which ends first; None when anything in it is to be told.

    Every member that fires must be matched: a silence of one alarm holds nothing back that another one found.
    """
    live = [member for member in incident.members if member.cleared is None] or list(incident.members)
    found: list[Hush] = []
    for member in live:
        severity = member.judgement.severity
        mine = [one for one in hushes if one.matchers.mean(*incident.instance(member), severity)]
        if not mine:
            return None
        found.append(max(mine, key=lambda one: one.until))
    return min(found, key=lambda one: one.until, default=None)
