"""Follows one evaluator's scores: learns what is usual, and tells a fall from noise and from an improvement. Pure.

The reference is the first 1,000 scores, or the 300 or more of the first day. While nothing points at a change, three
times as many scores make a new one, up to 10,000: the surer the reference, the sooner a fall is told. A rise makes the
better scores the new reference, so that a fall back is noticed. A fall that stays for two weeks is the new usual:
somebody knows by then, and an alarm that can't end hides the next fall.

Values of 0 and 1 only are passes and failures; other values are grades, and pass where they are not below the 20th
percentile of the reference (`cusum.cut_of`). Where less is better, as for toxicity, values are turned round first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.alarms.cusum import DECISION, REFERENCE_SCORES_MIN, Cusum, Reference, Scores, Side, after, cut_of
from tocsin.model.scored import Scored, ScoreStep

DAY = timedelta(days=1)
# So many scores are a reference; one of the first day alone may be of fewer.
REFERENCE_SCORES = 1_000
# A reference grows by this factor at once, since every new one starts the sums from nothing, and is then complete.
GROWS_BY = 3
REFERENCE_SCORES_MAX = 10_000
# Above this part of the decision something points at a change, and the reference stays as it is.
CALM_PART = 0.5
# A fall that has lasted so long is the new usual.
ACCEPTED_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the share that passes; shares lie between 0 and 1."""

    was: float
    now: float
    # Scores since then, and the start of the first step they came in.
    scores: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """Where one evaluator stands after its last step."""

    # None while it is being learned; then `learned` says from how many scores so far.
    cusum: Cusum | None
    learned: int
    # The fall that goes on; and the last rise, which is told and is no alarm.
    fall: Change | None = None
    rise: Change | None = None


def follow_scores(told: Scored, since: datetime, *, lower_is_better: bool = False) -> Course:
    """Walk through the steps that begin at `since` or later."""
    steps = [_turned(step) if lower_is_better else step for step in told.steps if step.at >= since]
    walk = _Walk(told)
    for step in steps:
        walk.take(step)
    return walk.course


def shares(steps: Iterable[ScoreStep]) -> dict[float, int]:
    """Add up how many scores had each value."""
    found: dict[float, int] = {}
    for step in steps:
        for value, count in zip(step.values, step.counts, strict=True):
            found[value] = found.get(value, 0) + count
    return found


class _Walk:
    """The state of a walk: steps the reference is made of, then where the sums stand."""

    def __init__(self, told: Scored) -> None:
        self._told = told
        self._learning: list[ScoreStep] = []
        self._followed: list[ScoreStep] = []
        self._cut = 0.5
        self.course = Course(None, 0)

    def take(self, step: ScoreStep) -> None:
        """Go on by one step."""
        if self.course.cusum is None:
            self._learn([*self._learning, step])
            return
        self._followed.append(step)
        now = after(self.course.cusum, self.course.cusum.reference, _passes(step, self._cut), step.at)
        self.course = replace(self.course, cusum=now)
        if self.course.fall is None:
            self._look(now)
            self._grow()
        elif now.over(Side.FALL):
            self.course = replace(self.course, fall=None)
        elif step.at - self.course.fall.since > ACCEPTED_AFTER:
            self._anew(self.course.fall.since)
        else:
            self.course = replace(self.course, fall=_change(now, Side.FALL) or self.course.fall)

    def _look(self, now: Cusum) -> None:
        change = None if now.changed is None else _change(now, now.changed)
        if change is None:
            return
        if now.changed is Side.FALL:
            self.course = replace(self.course, fall=change)
        else:
            self._anew(change.since)
            self.course = replace(self.course, rise=change)

    def _grow(self) -> None:
        """Take a longer past as the reference, while it is calm."""
        now = self.course.cusum
        if now is None or self.course.fall is not None:
            return
        if max(now.fall.statistic, now.rise.statistic) > CALM_PART * DECISION:
            return
        known = now.reference.scores
        if known < REFERENCE_SCORES_MAX and known + now.scores >= GROWS_BY * known:
            self._refer([*self._learning, *self._followed])

    def _anew(self, since: datetime) -> None:
        """Make what came since then the new usual."""
        steps = [step for step in self._followed if step.at >= since]
        self.course, self._learning, self._followed = Course(None, 0, rise=self.course.rise), [], []
        for n, step in enumerate(steps):
            self._learn([*self._learning, step])
            if self.course.cusum is not None:
                self._followed = []
                for later in steps[n + 1 :]:
                    self.take(later)
                return

    def _learn(self, steps: Sequence[ScoreStep]) -> None:
        self._learning = list(steps)
        learned = sum(step.scores for step in steps)
        day_over = steps[-1].at - steps[0].at >= DAY
        if learned < (REFERENCE_SCORES_MIN if day_over else REFERENCE_SCORES):
            self.course = replace(self.course, learned=learned)
        else:
            self._refer(steps)

    def _refer(self, steps: Sequence[ScoreStep]) -> None:
        self._learning, self._followed = list(steps), []
        learned = sum(step.scores for step in steps)
        found = shares(steps)
        graded = not found.keys() <= {0.0, 1.0, -1.0}
        self._cut = (
            cut_of([value for value, count in found.items() for _ in range(count)]) if graded else _middle(found)
        )
        passed = sum(_passes(step, self._cut).passed for step in steps)
        told = self._told
        reference = Reference(passed, learned, told.judge, told.rubric, self._cut if graded else None)
        self.course = replace(self.course, cusum=Cusum(reference), learned=learned)


def _middle(found: dict[float, int]) -> float:
    # Turned round, a failure is -1 and a pass 0.
    return -0.5 if min(found) < 0 else 0.5


def _passes(step: ScoreStep, cut: float) -> Scores:
    passed = sum(count for value, count in zip(step.values, step.counts, strict=True) if value >= cut)
    return Scores(passed, step.scores - passed)


def _turned(step: ScoreStep) -> ScoreStep:
    return ScoreStep(step.at, tuple(-value for value in reversed(step.values)), tuple(reversed(step.counts)))


def _change(now: Cusum, side: Side) -> Change | None:
    run = now.side(side)
    if run.share is None or run.since is None:
        return None
    return Change(now.reference.share, run.share, run.scores, run.since)
