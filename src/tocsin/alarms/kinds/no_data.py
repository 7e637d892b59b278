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
from tocsin.alarms.silence import MEASURE, WEEK, heard_lately, judge_silence, last_heard, sensible
from tocsin.model.alarm import Judgement, Patience, Standing, Verdict
from tocsin.model.rhythm import Rhythm

DAY = timedelta(days=1)


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
        sensible(self)
        positive("project_silence", self.project_silence)
        at_least("calls_per_day_min", self.calls_per_day_min, 1)


def needs(_: Settings) -> Needs:
    """Ask for no window: when it was last seen is enough."""
    return Needs(end=End.TICK)


def judge(settings: Settings, evidence: Evidence, _: Standing) -> Judgement:
    """Judge the silence since the last span; NO_DATA when it can't be told from habit."""
    rhythm = evidence.rhythm
    armed = rhythm is not None and _armed(settings, evidence, rhythm)
    found = judge_silence(settings, evidence, evidence.last_seen, armed=armed)
    if found.verdict is not Verdict.BREACH:
        return found
    if _all_silent(settings, evidence):
        return replace(found, verdict=Verdict.NO_DATA)
    assert rhythm is not None, "silence is told only of what has a rhythm"
    return replace(found, usual=evidence.usual.level(evidence.measures[MEASURE]), note=_note(evidence, rhythm))


def calm(settings: Settings, evidence: Evidence) -> bool:
    """No silence is told of what was just heard."""
    return heard_lately(settings, evidence, evidence.last_seen)


def _armed(settings: Settings, evidence: Evidence, rhythm: Rhythm) -> bool:
    known = evidence.at - rhythm.first_seen
    return known >= settings.armed_after and rhythm.calls_week >= settings.calls_per_day_min * (min(known, WEEK) / DAY)


def _all_silent(settings: Settings, evidence: Evidence) -> bool:
    return evidence.project_seen is not None and evidence.at - evidence.project_seen > settings.project_silence


def _note(evidence: Evidence, rhythm: Rhythm) -> str:
    assert evidence.last_seen is not None, "silence is told only of what was heard"
    gap = max(1, round(rhythm.gap_p99 / timedelta(minutes=1)))
    others = "; other services report" if evidence.project_seen and evidence.project_seen > evidence.last_seen else ""
    return f"last span {last_heard(evidence, evidence.last_seen)}, usual gap at most {gap} min{others}"


KIND = Kind(
    title="No data",
    scope=Scope.SERVICE,
    cause=Cause.NO_DATA,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=1), keep=timedelta(minutes=2)),
    needs=needs,
    judge=judge,
    calm=calm,
)
