"""Whether a share of passes has changed: a CUSUM of log-likelihood ratios, for falls and for rises apart. Pure.

Every score adds how much better the changed share explains it than the usual one: a failure much, a pass a little less
than nothing. The sum never goes below zero, so it forgets good times and adds up bad ones; at 8.4 the change is told. A
fall is five points below the usual share, a rise five above. Which way it went is part of the answer: an improvement
is never told as a fall.

The usual share is learned from counts, and as uncertain: it is taken one standard error to the side of the change, or
a reference of 1,000 scores would give one false alarm in five months of one evaluator. A reference is frozen: one that
moved with every step would be another one at every step, and a statistic of another reference, judge or rubric starts
from nothing.

Grades are made into passes first: a grade passes that is not below the 20th percentile of the reference (`cut_of`). A
judge that failed gave no score; such answers are left out before.

Source: E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954); G. Lorden, "Procedures for reacting to a
change in distribution", Annals of Mathematical Statistics 42 (1971). How 8.4 was chosen: docs/decisions/0190.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from math import log, sqrt

# At 50 scores an hour, a usual share of 0.90 and steps of ten minutes: under one false alarm in 20 times 30 days, and a
# fall to 0.85 is told after eleven hours in the median.
DECISION = 8.4
# Over this it is told; under this part of it, it is over: noise around the decision is neither.
RECOVER_PART = 0.7
# A statistic stops here, or a month of trouble would take a month to forget.
STATISTIC_MAX = 1.5 * DECISION
DIFFERENCE = 0.05
# Fewer say nothing yet.
REFERENCE_SCORES_MIN = 300
SCORES_MIN = 30
# Of the reference, this share is below the grade that still passes.
CUT_SHARE = 0.20


class Side(StrEnum):
    """Which way a share went."""

    FALL = "fall"
    RISE = "rise"


@dataclass(frozen=True, slots=True)
class Reference:
    """What was usual, and who said so. Another judge, rubric, cut or count makes another reference.

    `cut` is the least grade that passes; None where the evaluator itself says pass or fail.
    """

    passed: int
    scores: int
    judge: str = ""
    rubric: str = ""
    cut: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.passed <= self.scores:
            raise ValueError(f"the passed are some of the scores; got {self.passed} of {self.scores}")

    @property
    def share(self) -> float:
        """The usual share of passes; half a score of each sort is added, so that it is never 0 or 1."""
        return (self.passed + 0.5) / (self.scores + 1)

    @property
    def learning(self) -> bool:
        """Whether it rests on too few scores to judge by."""
        return self.scores < REFERENCE_SCORES_MIN


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one step of time that is over."""

    passed: int
    failed: int

    def __post_init__(self) -> None:
        assert self.passed >= 0, "counts are not negative"
        assert self.failed >= 0, "counts are not negative"

    @classmethod
    def of(cls, grades: Iterable[float], cut: float) -> "Scores":
        """Count the grades that are not below the cut, and those that are."""
        below = Counter(grade < cut for grade in grades)
        return cls(passed=below[False], failed=below[True])


@dataclass(frozen=True, slots=True)
class Run:
    """One side's statistic, and the scores since it last was zero: those that speak of the change."""

    # From 0 to STATISTIC_MAX.
    statistic: float = 0.0
    # Start of the first step it rests on; None while it is zero.
    since: datetime | None = None
    passed: int = 0
    scores: int = 0

    @property
    def share(self) -> float | None:
        """The share of passes since then; None while it rests on nothing."""
        return self.passed / self.scores if self.scores else None


NOTHING = Run()


@dataclass(frozen=True, slots=True)
class Cusum:
    """Where both sides stand. Its next value depends on nothing else, so it may be kept and gone on from."""

    reference: Reference
    fall: Run = NOTHING
    rise: Run = NOTHING
    # Since the start, or since the reference, judge or rubric changed.
    scores: int = 0

    def side(self, side: Side) -> Run:
        """Return how one side stands."""
        return self.fall if side is Side.FALL else self.rise

    @property
    def learning(self) -> bool:
        """Whether nothing can be told yet, for want of scores."""
        return self.reference.learning or self.scores < SCORES_MIN

    @property
    def changed(self) -> Side | None:
        """Which way the share surely went; None when it did not, or while learning."""
        if self.learning:
            return None
        run, side = max((self.fall, Side.FALL), (self.rise, Side.RISE), key=lambda one: one[0].statistic)
        return side if run.statistic >= DECISION else None

    def over(self, side: Side) -> bool:
        """Whether a change that was told is over: the statistic went well below the decision."""
        return self.side(side).statistic < RECOVER_PART * DECISION


def after(now: Cusum, reference: Reference, scores: Scores, at: datetime) -> Cusum:
    """Return where it stands after a step of time that began `at`; the same object when the step had no score.

    Scores count against `reference`. One that is not equal to the reference so far starts both sides from nothing.
    """
    if now.reference != reference:
        now = Cusum(reference)
    count = scores.passed + scores.failed
    if not count:
        return now
    return Cusum(
        reference,
        _run(now.fall, _weights(reference, Side.FALL), scores, at),
        _run(now.rise, _weights(reference, Side.RISE), scores, at),
        now.scores + count,
    )


def over_steps(reference: Reference, steps: Iterable[tuple[datetime, Scores]]) -> Cusum:
    """Return where it stands after steps in order of time, from nothing."""
    now = Cusum(reference)
    for at, scores in steps:
        now = after(now, reference, scores, at)
    return now


def cut_of(grades: Sequence[float]) -> float:
    """Return the least grade that passes: the grade of the reference below which nearest to a fifth of it lies.

    That is the 20th percentile; of few distinct grades, such as 1 to 5, no grade may have a fifth below it. Of two that
    are as near, the higher. Raises ValueError when there is no grade.
    """
    if not grades:
        raise ValueError("a reference needs grades; got none")
    best, best_off, below = grades[0], 2.0, 0
    for grade, count in sorted(Counter(grades).items()):
        off = abs(below / len(grades) - CUT_SHARE)
        if off <= best_off:
            best, best_off = grade, off
        below += count
    return best


@dataclass(frozen=True, slots=True)
class _Weights:
    """What one pass, and one failure, adds to a statistic."""

    passed: float
    failed: float


@lru_cache(maxsize=1024)
def _weights(reference: Reference, side: Side) -> _Weights:
    share = reference.share
    error = sqrt(share * (1 - share) / (reference.scores + 1))
    # Where there is no room for the whole difference, half of what there is.
    if side is Side.FALL:
        usual = max(share - error, share / 2)
        changed = max(usual - DIFFERENCE, usual / 2)
    else:
        usual = min(share + error, (1 + share) / 2)
        changed = min(usual + DIFFERENCE, (1 + usual) / 2)
    return _Weights(log(changed / usual), log((1 - changed) / (1 - usual)))


def _run(now: Run, weights: _Weights, scores: Scores, at: datetime) -> Run:
    added = weights.passed * scores.passed + weights.failed * scores.failed
    statistic = min(now.statistic + added, STATISTIC_MAX)
    if statistic <= 0:
        return NOTHING
    return Run(
        statistic,
        at if now.since is None else now.since,
        now.passed + scores.passed,
        now.scores + scores.passed + scores.failed,
    )
