"""Alarm kind `no_data_global`: nothing arrives from anywhere in a project.

Breach when no span came for longer than 5 minutes and five times the project's usual gap, after at least an hour of
traffic. Like `no_data` it respects the hour of the week, and in the first week a project with long pauses isn't judged.
The suspect is what all services share: the network, a collector, a key, or this server's address.

Source: the default pack's rule 14; docs/decisions/0024.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.alarms.evidence import End, Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least, positive
from tocsin.alarms.usual import gap_in_force, longest_gap
from tocsin.model.alarm import Judgement, Patience, Severity, Standing, Verdict
from tocsin.model.rhythm import Rhythm

MEASURE = "calls_per_minute"
WEEK = timedelta(days=7)
WEEKS = 4
PAUSE = timedelta(hours=1)


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
        for name in ("silence_min", "armed_after", "retired_after"):
            positive(name, getattr(self, name))
        for name in ("gap_factor", "habit_factor", "calls_min"):
            at_least(name, getattr(self, name), 1)


def needs(_: Settings) -> Needs:
    """Ask for no window: when anything was last seen is enough."""
    return Needs(end=End.TICK)


def judge(settings: Settings, evidence: Evidence, _: Standing) -> Judgement:
    """Judge the silence since the project's last span; NO_DATA when it can't be told from habit."""
    found = Judgement(verdict=Verdict.NO_DATA, measure=MEASURE, severity=Severity.PAGE, learning=evidence.learning)
    rhythm, seen = evidence.rhythm, evidence.project_seen
    if rhythm is None or evidence.at < evidence.up_since + settings.warm_up:
        return found
    if seen is None or evidence.at - seen > settings.retired_after:
        return replace(found, verdict=Verdict.OK, note="silent for so long that it counts as retired")
    silence = evidence.at - max(seen, evidence.up_since)
    if silence <= settings.silence_min:
        return replace(found, verdict=Verdict.OK)
    limit = _limit(settings, evidence, rhythm)
    found = replace(found, value=0.0, window=silence)
    if limit is not None and silence <= limit:
        return replace(found, verdict=Verdict.OK)
    if limit is None:
        return found
    return replace(found, verdict=Verdict.BREACH, note=f"last span from any service at {seen:%Y-%m-%d %H:%M:%S} UTC")


def _limit(settings: Settings, evidence: Evidence, rhythm: Rhythm) -> timedelta | None:
    """Return how long a silence is still usual; None when it is not known yet."""
    assert evidence.project_seen is not None, "asked only of what was heard"
    if evidence.project_seen - rhythm.first_seen < settings.armed_after or rhythm.calls_week < settings.calls_min:
        return None
    limit = max(settings.silence_min, settings.gap_factor * rhythm.gap_p99)
    if evidence.at - rhythm.first_seen < WEEK:
        return None if longest_gap(rhythm.active_hours) > PAUSE else limit
    habit = max(gap_in_force(rhythm.active_hours, evidence.at - n * WEEK) for n in range(1, WEEKS + 1))
    return max(limit, settings.habit_factor * habit)


KIND = Kind(
    title="No data at all",
    scope=Scope.PROJECT,
    cause=Cause.NO_DATA,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=1), keep=timedelta(minutes=2)),
    needs=needs,
    judge=judge,
)
