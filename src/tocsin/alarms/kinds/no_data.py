"""Alarm kind `no_data`: a service that usually speaks has gone silent.

Breach when nothing came for longer than 10 minutes, five times the gap that 99 % of its gaps stay under, and one and a
half times any silence it kept at this hour of the week before. Armed for services with a day of history and 30 calls a
day. In its first week a service that also has long pauses (nights, week-ends) is not judged: its week isn't known yet.

When the whole project is silent this alarm holds still: that is one fault, and `no_data_global` tells it.
Silence is counted from the server's own start at the earliest, so its own downtime accuses nobody.
After a week of silence the service counts as retired, and the alarm ends.

Source: the default pack's rule 14; the rule on the hour of the week is ours, docs/decisions/0024.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.alarms.evidence import End, Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least, positive
from tocsin.alarms.usual import gap_in_force, longest_gap
from tocsin.model.alarm import Judgement, Patience, Severity, Standing, Verdict
from tocsin.model.rhythm import Rhythm

MEASURE = "calls_per_minute"
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
WEEKS = 4
# A pause longer than this says that a service does not run around the clock.
PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Settings:
    """How long a silence must last."""

    silence_min: timedelta = timedelta(minutes=10)
    # Times the gap that 99 % of the gaps stay under.
    gap_factor: float = 5.0
    # Times the longest silence at the same hour in earlier weeks.
    habit_factor: float = 1.5
    # Not judged before a service is known so long.
    armed_after: timedelta = timedelta(hours=24)
    calls_per_day_min: int = 30
    # No silence is told of before the server listens so long.
    warm_up: timedelta = timedelta(minutes=2)
    # A silence of the whole project this long is not one service's fault.
    project_silence: timedelta = timedelta(minutes=5)
    retired_after: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        for name in ("silence_min", "armed_after", "project_silence", "retired_after"):
            positive(name, getattr(self, name))
        for name in ("gap_factor", "habit_factor", "calls_per_day_min"):
            at_least(name, getattr(self, name), 1)
        if self.retired_after <= self.silence_min:
            raise ValueError(f"retired_after must be longer than silence_min; got {self.retired_after}")


def needs(_: Settings) -> Needs:
    """Ask for no window: when it was last seen is enough."""
    return Needs(end=End.TICK)


def judge(settings: Settings, evidence: Evidence, _: Standing) -> Judgement:
    """Judge the silence since the last span; NO_DATA when it can't be told from habit."""
    found = Judgement(verdict=Verdict.NO_DATA, measure=MEASURE, severity=Severity.PAGE, learning=evidence.learning)
    rhythm, seen = evidence.rhythm, evidence.last_seen
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
    if limit is None or _all_silent(settings, evidence):
        return found
    usual = evidence.usual.level(evidence.measures[MEASURE])
    return replace(found, verdict=Verdict.BREACH, usual=usual, note=_note(evidence, rhythm))


def _limit(settings: Settings, evidence: Evidence, rhythm: Rhythm) -> timedelta | None:
    """Return how long a silence is still usual; None when it is not known yet."""
    known = evidence.at - rhythm.first_seen
    days = min(known, WEEK) / DAY
    if known < settings.armed_after or rhythm.calls_week < settings.calls_per_day_min * days:
        return None
    limit = max(settings.silence_min, settings.gap_factor * rhythm.gap_p99)
    if known < WEEK:
        return None if longest_gap(rhythm.active_hours) > PAUSE else limit
    habit = max(gap_in_force(rhythm.active_hours, evidence.at - n * WEEK) for n in range(1, WEEKS + 1))
    return max(limit, settings.habit_factor * habit)


def _all_silent(settings: Settings, evidence: Evidence) -> bool:
    return evidence.project_seen is not None and evidence.at - evidence.project_seen > settings.project_silence


def _note(evidence: Evidence, rhythm: Rhythm) -> str:
    assert evidence.last_seen is not None, "silence is told only of what was heard"
    gap = max(1, round(rhythm.gap_p99 / timedelta(minutes=1)))
    others = "; other services report" if evidence.project_seen and evidence.project_seen > evidence.last_seen else ""
    return f"last span at {evidence.last_seen:%Y-%m-%d %H:%M:%S} UTC, usual gap at most {gap} min{others}"


KIND = Kind(
    title="No data",
    scope=Scope.SERVICE,
    cause=Cause.NO_DATA,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=1), keep=timedelta(minutes=2)),
    needs=needs,
    judge=judge,
)
