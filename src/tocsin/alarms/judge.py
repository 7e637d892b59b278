"""One alarm, one group, one tick: judge, and step the machine. The same for live ticks, replays and stories."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from operator import is_

from tocsin.alarms.evidence import Evidence
from tocsin.alarms.kind import Alarm
from tocsin.alarms.machine import Course, step
from tocsin.alarms.usual import Usual
from tocsin.model.alarm import Judgement, Phase, Transition, Verdict
from tocsin.model.parts import Parts

# A fault's text is cut here: it may quote what it stumbled over.
FAULT_LETTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one judgement; `transition` is None when the phase stayed."""

    judgement: Judgement
    course: Course
    transition: Transition | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a steady kind said, and of what: while that stays the same objects, so does the judgement."""

    windows: Mapping[timedelta, Parts]
    usual: Usual
    facts: tuple[object, ...]
    phase: Phase
    judgement: Judgement

    @classmethod
    def on(cls, evidence: Evidence, phase: Phase, judgement: Judgement) -> "Said":
        """Remember a judgement with what it rests on."""
        return cls(evidence.windows, evidence.usual, tuple(evidence.facts.values()), phase, judgement)

    def of(self, evidence: Evidence, phase: Phase) -> Judgement | None:
        """Return the judgement if it holds for this evidence too."""
        same = self.windows is evidence.windows and self.usual is evidence.usual and self.phase is phase
        return self.judgement if same and self._told(evidence) else None

    def _told(self, evidence: Evidence) -> bool:
        facts = evidence.facts.values()
        return len(facts) == len(self.facts) and all(map(is_, facts, self.facts))


def judge(  # noqa: PLR0913 - what is judged, by whom, and what is known
    alarm: Alarm,
    evidence: Evidence,
    now: Course,
    *,
    elapsed: timedelta,
    late: bool = False,
    said: Said | None = None,
) -> Judged:
    """Judge one alarm on one group's evidence, at the evidence's tick; `elapsed` as in `machine.step`.

    `said` is what a steady kind said last; it is not asked again of the same evidence. A judge that breaks is isolated:
    the verdict is FAILED with the fault in `note`, nothing moves, the others go on.
    """
    patience = alarm.patience
    try:
        judgement = said.of(evidence, now.standing.phase) if said is not None else None
        if judgement is None:
            judgement = alarm.kind.judge(alarm.settings, evidence, now.standing)
        if judgement.verdict is Verdict.BREACH:
            patience = alarm.kind.patience_with(alarm.settings, evidence, judgement, patience)
    except Exception as fault:  # noqa: BLE001 - the border of one alarm's judgement
        return Judged(failed(fault), now, None)
    then = step(now, judgement.verdict, patience, at=evidence.at, elapsed=elapsed)
    if then.standing is now.standing:
        return Judged(judgement, then, None)
    moved = Transition(
        alarm=alarm.name,
        group=evidence.group,
        was=now.standing.phase,
        now=then.standing.phase,
        at=evidence.at,
        judgement=judgement,
        late=late,
    )
    return Judged(judgement, then, moved)


def nothing_stirs(alarm: Alarm, evidence: Evidence, now: Course) -> bool:
    """Whether judging would change nothing: an alarm at rest that never moved lately, and no breach to come.

    For replays, where nobody asks what was said of a quiet tick. A look that breaks sees nothing: the judge will tell.
    """
    if now.moves or now.standing.phase is not Phase.QUIET:
        return False
    try:
        return alarm.kind.calm(alarm.settings, evidence)
    except Exception:  # noqa: BLE001 - the border of one alarm's judgement
        return False


def failed(fault: Exception) -> Judgement:
    """Return the judgement of a judge that broke."""
    return Judgement(verdict=Verdict.FAILED, measure="", note=f"{type(fault).__name__}: {fault}"[:FAULT_LETTERS_MAX])
