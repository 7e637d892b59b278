"""Alarm kind `no_data_global`: nothing arrives from anywhere in a project.

Breach when no span came for longer than 5 minutes and five times the project's usual gap, after at least an hour of
traffic. Like `no_data` it respects the hour of the week, and in the first week a project with long pauses isn't judged.
The suspect is what all services share: the network, a collector, a key, or this server's address.

Source: the default pack's rule 14; docs/decisions/0024.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.alarms.evidence import End, Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least
from tocsin.alarms.silence import heard_lately, judge_silence, last_heard, sensible
from tocsin.model.alarm import Judgement, Patience, Standing, Verdict


@dataclass(frozen=True, slots=True)
class Settings:
    """How long a silence must last."""

    silence_min: timedelta = timedelta(minutes=5)
    # Times the gap that 99 % of the gaps stay under.
    gap_factor: float = 5.0
    # Times the longest silence at the same hour in earlier weeks.
    habit_factor: float = 1.5
    # Not judged before there was traffic for so long, with so many calls.
    armed_after: timedelta = timedelta(hours=1)
    calls_min: int = 30
    # No silence is told of before the server listens so long.
    warm_up: timedelta = timedelta(minutes=2)
    retired_after: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        sensible(self)
        at_least("calls_min", self.calls_min, 1)


def needs(_: Settings) -> Needs:
    """Ask for no window: when anything was last seen is enough."""
    return Needs(end=End.TICK)


def judge(settings: Settings, evidence: Evidence, _: Standing) -> Judgement:
    """Judge the silence since the project's last span; NO_DATA when it can't be told from habit."""
    seen = evidence.project_seen
    found = judge_silence(settings, evidence, seen, armed=_armed(settings, evidence))
    if found.verdict is not Verdict.BREACH:
        return found
    assert seen is not None, "silence is told only of what was heard"
    return replace(found, note=f"last span from any service {last_heard(evidence, seen)}")


def calm(settings: Settings, evidence: Evidence) -> bool:
    """No silence is told of what was just heard."""
    return heard_lately(settings, evidence, evidence.project_seen)


def _armed(settings: Settings, evidence: Evidence) -> bool:
    rhythm, seen = evidence.rhythm, evidence.project_seen
    if rhythm is None or seen is None:
        return False
    return seen - rhythm.first_seen >= settings.armed_after and rhythm.calls_week >= settings.calls_min


KIND = Kind(
    title="No data at all",
    scope=Scope.PROJECT,
    cause=Cause.NO_DATA,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=1), keep=timedelta(minutes=2)),
    needs=needs,
    judge=judge,
    calm=calm,
)
