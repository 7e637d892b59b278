"""How long a silence is still usual: what `no_data` and `no_data_global` share. docs/decisions/0024."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.alarms.evidence import Evidence
from tocsin.alarms.kind import at_least, positive
from tocsin.alarms.usual import gap_in_force, longest_gap
from tocsin.model.alarm import Judgement, Severity, Verdict
from tocsin.model.rhythm import Rhythm

MEASURE = "calls_per_minute"
WEEK = timedelta(days=7)
WEEKS = 4
# A pause longer than this says that there isn't traffic around the clock.
PAUSE = timedelta(hours=1)


class Limits(Protocol):
    """The settings that both kinds have; each says in its own file what they mean there."""

    @property
    def silence_min(self) -> timedelta:
        """No silence up to this long is told."""
        ...

    @property
    def gap_factor(self) -> float:
        """Times the gap that 99 % of the gaps stay under."""
        ...

    @property
    def habit_factor(self) -> float:
        """Times the longest silence at the same hour in earlier weeks."""
        ...

    @property
    def armed_after(self) -> timedelta:
        """Nothing is judged that is known for less."""
        ...

    @property
    def warm_up(self) -> timedelta:
        """No silence is told of before the server listens so long."""
        ...

    @property
    def retired_after(self) -> timedelta:
        """After this long nobody waits for it any more."""
        ...


def sensible(limits: Limits) -> None:
    """Raise ValueError when the settings can't be meant."""
    for name in ("silence_min", "armed_after", "retired_after"):
        positive(name, getattr(limits, name))
    for name in ("gap_factor", "habit_factor"):
        at_least(name, getattr(limits, name), 1)
    if limits.retired_after <= limits.silence_min:
        raise ValueError(f"retired_after must be longer than silence_min; got {limits.retired_after}")


def heard_lately(limits: Limits, evidence: Evidence, seen: datetime | None) -> bool:
    """Whether the last span is so young that no silence can be told."""
    return seen is not None and evidence.at - seen <= limits.silence_min


def judge_silence(limits: Limits, evidence: Evidence, seen: datetime | None, *, armed: bool) -> Judgement:
    """Judge the silence since `seen`, the end of the newest span, None when there was none in the last week.

    NO_DATA when it can't be told from habit: not `armed`, just started, or pauses whose week isn't known yet.
    """
    # The window is the time since the last span, whatever is judged: pages tell by it when that was, and messages how
    # long ago. Nothing: none is known.
    quiet = timedelta(0) if seen is None else max(evidence.at - seen, timedelta(0))
    found = Judgement(
        verdict=Verdict.NO_DATA,
        measure=MEASURE,
        window=quiet,
        severity=Severity.PAGE,
        learning=evidence.learning,
    )
    rhythm = evidence.rhythm
    if rhythm is None or evidence.at < evidence.up_since + limits.warm_up:
        return found
    if seen is None or evidence.at - seen > limits.retired_after:
        return replace(found, verdict=Verdict.OK, note="silent for so long that it counts as retired")
    # What could have been heard: our own downtime is nobody's silence.
    silence = evidence.at - max(seen, evidence.up_since)
    if silence <= limits.silence_min:
        return replace(found, verdict=Verdict.OK)
    found = replace(found, value=0.0)
    usual = _usual_silence(limits, evidence.at, rhythm) if armed else None
    if usual is None:
        return found
    if silence <= usual:
        return replace(found, verdict=Verdict.OK)
    return replace(found, verdict=Verdict.BREACH)


def last_heard(evidence: Evidence, seen: datetime) -> str:
    """Say when the newest span was, and until when nobody listened after it, where that was so."""
    said = f"at {seen:%Y-%m-%d %H:%M:%S} UTC"
    up = evidence.up_since
    if up <= seen:
        return said
    return f"{said} (nobody listened until {up:{'%H:%M' if up.date() == seen.date() else '%Y-%m-%d %H:%M'}})"


def _usual_silence(limits: Limits, at: datetime, rhythm: Rhythm) -> timedelta | None:
    """Return how long a silence is still usual; None when it is not known yet."""
    usual = max(limits.silence_min, limits.gap_factor * rhythm.gap_p99)
    if at - rhythm.first_seen < WEEK:
        return None if longest_gap(rhythm.active_hours) > PAUSE else usual
    habit = max(gap_in_force(rhythm.active_hours, at - n * WEEK) for n in range(1, WEEKS + 1))
    return max(usual, limits.habit_factor * habit)
