"""What a kind of alarm offers: one file each in `kinds/`, holding an object `KIND`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Any

import tocsin.alarms.kinds
from tocsin import registry
from tocsin.alarms.evidence import End, Evidence, Needs
from tocsin.model.alarm import Group, Judgement, Patience, Standing
from tocsin.model.drill import is_drill
from tocsin.model.measure import Measure
from tocsin.model.parts import Parts
from tocsin.model.whole import is_whole


class Scope(StrEnum):
    """What one instance of an alarm watches."""

    SERVICE = "service"
    PROJECT = "project"
    # One subject inside a service or project: a tenant, a run, an evaluator; see `Kind.subject`.
    SUBJECT = "subject"


class Cause(IntEnum):
    """What lies nearer to the root of an incident: the lowest gives the headline."""

    NO_DATA = 0
    ERRORS = 1
    # Errors of one class, and errors that eat up a budget: the plain share of errors tells more.
    ERROR_CLASS = 2
    ERROR_BUDGET = 3
    STUCK = 4
    RUNAWAY = 5
    COST = 6
    LATENCY = 7
    # What came back without an error and is still no good answer.
    ANSWERS = 8
    QUALITY = 9
    # What a person defined: nobody can say how near to the root it is.
    OWN = 10
    # Of Tocsin itself: no trouble of any service, and never part of an incident of one; see `incidents`.
    PIPELINE = 11


def _patience_as_set(_settings: object, _evidence: Evidence, _judgement: Judgement, patience: Patience) -> Patience:
    return patience


def _everything(_settings: object, _group: Group) -> bool:
    return True


def _fits(_settings: object, _measures: Mapping[str, Measure]) -> str:
    return ""


def _never_bad(_settings: object, _judgement: Judgement, _minute: Parts) -> bool:
    return False


def _never_calm(_settings: object, _evidence: Evidence) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Kind:
    """A way of judging. Pure: the same settings, evidence and standing always give the same judgement.

    `Any` stands for the kind's own `settings` class.
    """

    title: str
    scope: Scope
    cause: Cause
    settings: type[Any]
    patience: Patience
    needs: Callable[[Any], Needs]
    judge: Callable[[Any, Evidence, Standing], Judgement]
    # How patient to be with this very breach, where that depends on how bad it is or on what else just happened.
    patience_with: Callable[[Any, Evidence, Judgement, Patience], Patience] = _patience_as_set
    # Whether one minute shows the trouble of a judgement: tells when an incident began.
    bad_minute: Callable[[Any, Judgement, Parts], bool] = _never_bad
    # True: settings, windows, usual level, facts and phase decide; while these stay, so does the judgement.
    steady: bool = False
    # A cheap look: True only where the judge would not say BREACH of this evidence of an alarm at rest. A replay looks
    # first; False is always right.
    calm: Callable[[Any, Evidence], bool] = _never_calm
    # The words that the subjects it watches begin with, as in "tenant acme"; empty unless the scope is SUBJECT.
    subject: str = ""
    # Which of the groups of its scope it watches.
    watches: Callable[[Any, Group], bool] = _everything
    # What is wrong with settings that name measures, as a sentence's end; empty: nothing.
    unfit: Callable[[Any, Mapping[str, Measure]], str] = _fits
    # Settings to show and try it with, where some must be given; None: it can do with its defaults.
    example: Any = None
    # Whether it judges the calls of drills too; these are of no other concern.
    drilled: bool = False
    # How many of the parts' calls are bad, and of how many, for explaining by dimension; None: not to be explained so.
    bad_of: Callable[[Any, Judgement, Parts], tuple[float, float]] | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a person, or the default pack, defined: a kind with its settings, and how patient it is."""

    name: str
    title: str
    kind: Kind
    settings: Any
    patience: Patience

    @property
    def needs(self) -> Needs:
        """What its kind wants to be handed."""
        return self.kind.needs(self.settings)

    @property
    def end(self) -> End:
        """Where its windows end."""
        return self.needs.end

    def covers(self, group: Group) -> bool:
        """Whether the alarm has an instance for a group."""
        if is_drill(group):
            return self.kind.drilled and not is_whole(group)
        if group.subject or self.kind.scope is Scope.SUBJECT:
            return bool(group.subject) and group.subject.partition(" ")[0] in self.kind.subject.split()
        return is_whole(group) is (self.kind.scope is Scope.PROJECT) and self.kind.watches(self.settings, group)


def kinds() -> Mapping[str, Kind]:
    """Return every kind by name: the folder is the list."""
    return registry.load(tocsin.alarms.kinds, "KIND", Kind)


def positive(name: str, value: timedelta) -> None:
    """Raise ValueError unless a duration is longer than nothing."""
    if value <= timedelta(0):
        raise ValueError(f"{name} must be longer than 0s; got {value}")


def share(name: str, value: float) -> None:
    """Raise ValueError unless a share lies between 0 and 1, both excluded."""
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1, both excluded (0.05 is 5%); got {value:g}")


def at_least(name: str, value: float, least: float) -> None:
    """Raise ValueError unless a number is `least` or more."""
    if value < least:
        raise ValueError(f"{name} must be {least:g} or more; got {value:g}")
