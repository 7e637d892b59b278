"""What evaluators said over time, as alarms ask for it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.model.fact import Ask


@dataclass(frozen=True, slots=True)
class AskScores(Ask):
    """Asks for the scores of each evaluator, version and judge, in steps; answered with `Scored`."""

    every: timedelta = timedelta(minutes=10)
    # How far back; a reference is made of the first scores in it.
    back: timedelta = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class ScoreStep:
    """The scores of one step of time that is over. Evaluations that failed are in none."""

    # Start of the step, aware UTC.
    at: datetime
    # Distinct values, rising, and how many scores had each. A label of pass or fail alone is 1 or 0.
    values: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def scores(self) -> int:
        """How many there are."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Scored:
    """What one evaluator, in one version and by one judge, said of one service; steps with scores only, rising."""

    evaluator: str
    steps: tuple[ScoreStep, ...] = ()
    # Of the evaluator's own, and of the model that judges; empty where it was not told.
    version: str = ""
    judge: str = ""
    # Says which text the judge was given; another one is another rubric.
    rubric: str = ""


@dataclass(frozen=True, slots=True)
class AskJudging(Ask):
    """Asks how each evaluator of each service does its work; answered with `Judging`."""

    every: timedelta = timedelta(minutes=5)
    window: timedelta = timedelta(minutes=30)
    # What is usual is told from so long before the window.
    usual_back: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Judging:
    """How one evaluator does its work, over the window and over the time before it."""

    # Evaluations in the window that came in, and those of them that gave no verdict.
    attempts: int
    failed: int
    # The commonest reason among those, in the sender's word.
    reason: str
    # Calls of the service in the window, and the same two for the time before it.
    calls: int
    usual_attempts: int
    usual_calls: int
    # The newest score with a verdict; None: none in all that time.
    newest: datetime | None
    # The gap between scores that 99 % of the gaps stay under.
    gap_p99: timedelta = field(default=timedelta(0))
