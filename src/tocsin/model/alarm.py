"""The words of the alarm machine: verdicts, phases, standings, transitions."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """What one judgement says. Four answers, because silence is not health and a broken judge is not a quiet one."""

    OK = "ok"
    BREACH = "breach"
    NO_DATA = "no_data"
    FAILED = "failed"


class Phase(StrEnum):
    """Where an alarm stands."""

    QUIET = "quiet"
    PENDING = "pending"
    FIRING = "firing"
    CLEARING = "clearing"


class Severity(StrEnum):
    """How loud: a page wakes somebody, a ticket waits for the morning."""

    PAGE = "page"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """What one alarm instance is about. Values, versions and severities are never part of it."""

    project: str
    environment: str
    service: str
    # What it is about inside the service or project, as a word and a name: "tenant acme". Empty: all of it.
    subject: str = ""

    @property
    def unnamed(self) -> "Group":
        """The service or project that a subject belongs to; the group itself where it has none."""
        return replace(self, subject="") if self.subject else self

    def named(self, subject: str) -> "Group":
        """Return the group of one subject in the same service or project."""
        return self if subject == self.subject else replace(self, subject=subject)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a breach must last before firing, and health before quiet."""

    hold: timedelta
    keep: timedelta


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one alarm instance stands: the last row of its transition log, and all the state there is."""

    phase: Phase
    since: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one judgement found; everything a message or a page says about it comes from here.

    `value`, `threshold` and `usual` are in the measure's unit; None where there is none.
    """

    verdict: Verdict
    # The measure judged, by name: its graph shows value and threshold.
    measure: str
    value: float | None = None
    threshold: float | None = None
    usual: float | None = None
    # Observations the value rests on, and how many of them were bad.
    samples: int = 0
    bad: int = 0
    window: timedelta = timedelta(minutes=5)
    # True while only static limits are armed.
    learning: bool = False
    # One sentence: the fault of a FAILED verdict, or what the judge wants to add. Never prompt text, never a secret.
    note: str = ""
    severity: Severity = Severity.PAGE
    # What is wrong in the kind's own words, a clause without a verb in any tense: "7 runs open over 10 min". Empty: the
    # measure and its value say it.
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of phase, append-only; stamped with the tick's time, not with the time it was noticed."""

    alarm: str
    group: Group
    was: Phase
    now: Phase
    at: datetime
    judgement: Judgement
    # Judged after its time, because ticks were missed.
    late: bool = field(default=False)
