"""How soon the default pack speaks up about what is wrong, and how seldom about what is not: medians over seeded runs.

Run: .venv/bin/python benchmarks/detection.py [--json] [--seed N] [--runs 100] [--only errors latency quality]

- Errors: the share of failed calls steps from 0.5 % up; minutes to the page of `errors_fast`, judged every 5 seconds as
  a live server does (every 30 at 6 calls an hour). Counted from the step, and from the first call that failed: before
  that there is nothing to see, and the table that this is held against counts so.
- Latency: everything takes twice as long at 240 calls an hour, level wandering (`healthy.py`); minutes to
  `latency_drift`, and how often it fires in four healthy weeks, a week.
- Quality: nine scores of ten pass, then 85 %, at 50 scores an hour, judged in steps of ten minutes; hours until
  `alarms/cusum.py` tells the fall, and the share of healthy 30-day runs in which it told one. The usual share is known.

The last line is one JSON object: {"errors": [{"calls_per_h", "failing", "minutes", "minutes_from_failure", "table"}],
"latency": {"minutes", "false_per_week"}, "quality": {"hours", "hours_to_80", "false_share"}}.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import exp, log
from random import Random
from statistics import median

import tocsin.measures
from healthy import GROUP, START, series
from tocsin import registry
from tocsin.alarms.cusum import Cusum, Reference, Scores, Side, after
from tocsin.alarms.gather import LAG, Gatherer
from tocsin.alarms.judge import judge
from tocsin.alarms.kind import Alarm
from tocsin.alarms.machine import at_rest
from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.replay import replay
from tocsin.alarms.series import Series, SeriesSource
from tocsin.model.alarm import Phase
from tocsin.model.measure import Measure
from tocsin.model.parts import Parts
from tocsin.model.sketch import GAMMA, Sketch
from tocsin.model.window import Window

MEASURES = registry.load(tocsin.measures, "MEASURE", Measure)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STEP = 5 * SECOND
# Of the usual, before anything is wrong.
HISTORY = timedelta(hours=26)
USUAL_FAILING = 0.005
# Made once for each load, and shared by its runs in turn.
HISTORIES = 3
# Calls an hour, share that fails: the minutes that alarm 1 was specified with, and how long to wait at most.
TABLE: Mapping[tuple[float, float], tuple[float, timedelta]] = {
    (6, 0.10): (714, timedelta(hours=40)),
    (6, 0.25): (204, timedelta(hours=16)),
    (6, 1.0): (41, timedelta(hours=4)),
    (60, 0.10): (192, timedelta(hours=12)),
    (60, 0.25): (22, timedelta(hours=3)),
    (60, 1.0): (4, HOUR),
    (600, 0.10): (5, HOUR),
    (600, 0.25): (3, HOUR / 2),
    (600, 1.0): (1, HOUR / 4),
    (6000, 0.10): (4, HOUR / 3),
    (6000, 0.25): (2, HOUR / 4),
    (6000, 1.0): (1, HOUR / 6),
}
NEVER = timedelta(days=365)
# Doubled, to the nearest step of the sketch.
DOUBLED = 2.0
SCORE_STEP = 10 * MINUTE
SCORES_PER_H = 50
# Of so many scores that the share is as good as known.
USUAL = Reference(passed=900_000, scores=1_000_000)


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a page took, from the change, and from the first call that failed."""

    change: timedelta
    failure: timedelta


def named(name: str) -> Alarm:
    """Return one alarm of the default pack."""
    return next(alarm for alarm in DEFAULT if alarm.name == name)


def count(random: Random, mean: float) -> int:
    """Draw a Poisson number; the mean is small."""
    n, left, limit = 0, random.random(), exp(-mean)
    while left > limit:
        n += 1
        left *= random.random()
    return n


def some(random: Random, n: int, share: float) -> int:
    """Draw how many of `n` show what a share of all do."""
    return sum(random.random() < share for _ in range(n))


def calls(random: Random, per_h: float, failing: float, step: timedelta = STEP) -> Parts:
    """Draw the calls of one step: only whether they failed."""
    n = count(random, per_h * (step / HOUR))
    failed = some(random, n, failing)
    return Parts(calls=n, failed=failed, errors=failed)


def wait_for_page(random: Random, history: Sequence[Parts], per_h: float, failing: float) -> Wait:
    """Let calls fail after a healthy day, and judge until somebody is woken."""
    most = TABLE[per_h, failing][1]
    every = STEP if per_h > 6 else 30 * SECOND
    steps = Series(START, STEP)
    for parts in history:
        steps.append(parts)
    since, first = steps.end, NEVER
    for n in range(most // STEP):
        steps.append(found := calls(random, per_h, failing))
        if found.failed and first == NEVER:
            first = n * STEP
    alarm = named("errors_fast")
    gatherer = Gatherer(SeriesSource({GROUP: steps}), MEASURES, [alarm.needs], up_since=START, lag=timedelta(0))
    course = at_rest(since)
    for n in range(most // every + 1):
        at = since + n * every
        course = judge(alarm, gatherer.gather(at).of(GROUP)[alarm.end], course, elapsed=every).course
        if course.standing.phase is Phase.FIRING:
            return Wait(at - since, at - since - first)
    return Wait(NEVER, NEVER)


def errors(seed: int, runs: int) -> list[dict[str, float]]:
    """Take the median of every cell of the table."""
    cells: list[dict[str, float]] = []
    histories: dict[float, list[list[Parts]]] = {}
    for (per_h, failing), (table, _) in TABLE.items():
        if per_h not in histories:
            randoms = [Random(f"{seed} {per_h} {n}") for n in range(HISTORIES)]
            histories[per_h] = [
                [calls(random, per_h, USUAL_FAILING) for _ in range(HISTORY // STEP)] for random in randoms
            ]
        waits = [
            wait_for_page(Random(f"{seed} {per_h} {failing} {n}"), histories[per_h][n % HISTORIES], per_h, failing)
            for n in range(runs)
        ]
        minutes = {
            "minutes": median([wait.change / MINUTE for wait in waits]),
            "minutes_from_failure": median([wait.failure / MINUTE for wait in waits]),
        }
        cells.append({"calls_per_h": per_h, "failing": failing, **rounded(minutes), "table": table})
    return cells


def slower(parts: Parts, factor: float) -> Parts:
    """Return the same calls, each taking so many times as long."""
    up = round(log(factor) / log(GAMMA))
    duration = Sketch.from_counts(
        {b + up: n for b, n in zip(parts.duration.buckets, parts.duration.counts, strict=True)}
    )
    return Parts(calls=parts.calls, failed=parts.failed, errors=parts.errors, duration=duration)


def wait_for_drift(random: Random, per_h: float) -> timedelta:
    """Let everything take twice as long on the third day, and judge each minute, late spans waited for."""
    since, until = START + 2 * DAY + 10 * HOUR, START + 2 * DAY + 14 * HOUR
    steps = Series(START)
    for n, parts in enumerate(series(random, per_h, 3).rows):
        steps.append(slower(parts, DOUBLED) if START + n * MINUTE >= since else parts)
    alarm = named("latency_drift")
    gatherer = Gatherer(SeriesSource({GROUP: steps}), MEASURES, [alarm.needs], up_since=START, lag=LAG)
    at = since - HOUR
    course = at_rest(at)
    while at < until:
        at += MINUTE
        course = judge(alarm, gatherer.gather(at).of(GROUP)[alarm.end], course, elapsed=MINUTE).course
        if course.standing.phase is Phase.FIRING and at > since:
            return at - since
    return NEVER


def latency(seed: int, runs: int) -> dict[str, float]:
    """Take the median wait, and count what fires in healthy weeks."""
    per_h, weeks = 240.0, 4
    waits = [wait_for_drift(Random(f"{seed} slow {n}"), per_h) / MINUTE for n in range(max(1, runs // 4))]
    calm = series(Random(f"{seed} calm"), per_h, weeks * 7)
    fired = replay([named("latency_drift")], {GROUP: calm}, MEASURES, Window(START, calm.end)).firings
    return rounded({"minutes": median(waits), "false_per_week": len(fired) / weeks})


def scores(random: Random, passing: float) -> Scores:
    """Draw the scores of ten minutes."""
    n = count(random, SCORES_PER_H * (SCORE_STEP / HOUR))
    passed = some(random, n, passing)
    return Scores(passed, n - passed)


def wait_for_fall(random: Random, passing: float) -> float:
    """Let the share of passes fall after three healthy days; return the hours until it is told, from some moment."""
    now = Cusum(USUAL)
    for n in range(3 * DAY // SCORE_STEP):
        now = after(now, USUAL, scores(random, 0.90), START + n * SCORE_STEP)
    # It falls in the middle of a step.
    part = random.random()
    for n in range(60 * DAY // SCORE_STEP):
        before, behind = scores(random, 0.90), scores(random, passing)
        step = _mixed(before, behind, part) if n == 0 else behind
        now = after(now, USUAL, step, START + 3 * DAY + n * SCORE_STEP)
        if now.changed is Side.FALL:
            return (n + 1 - part) * (SCORE_STEP / HOUR)
    return NEVER / HOUR


def _mixed(before: Scores, behind: Scores, part: float) -> Scores:
    def mix(a: int, b: int) -> int:
        return round(a * part + b * (1 - part))

    return Scores(mix(before.passed, behind.passed), mix(before.failed, behind.failed))


def told_falsely(random: Random) -> bool:
    """Say whether 30 healthy days were taken for a fall."""
    now = Cusum(USUAL)
    for n in range(30 * DAY // SCORE_STEP):
        now = after(now, USUAL, scores(random, 0.90), START + n * SCORE_STEP)
        if now.changed is Side.FALL:
            return True
    return False


def quality(seed: int, runs: int) -> dict[str, float]:
    """Take the medians, of ten times as many runs since they differ much, and the share of false ones."""
    many = 10 * runs
    return rounded(
        {
            "hours": median(wait_for_fall(Random(f"{seed} 85 {n}"), 0.85) for n in range(many)),
            "hours_to_80": median(wait_for_fall(Random(f"{seed} 80 {n}"), 0.80) for n in range(many)),
            "false_share": sum(told_falsely(Random(f"{seed} none {n}")) for n in range(many)) / many,
        }
    )


def rounded(many: Mapping[str, float]) -> dict[str, float]:
    """Round to what the runs can say."""
    return {name: round(value, 3) for name, value in many.items()}


PARTS: Mapping[str, Callable[[int, int], object]] = {"errors": errors, "latency": latency, "quality": quality}


def main(words: Sequence[str]) -> None:
    """Run, and print."""
    parser = argparse.ArgumentParser(description="Measure how soon alarms tell what is wrong.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--only", nargs="+", choices=sorted(PARTS), default=sorted(PARTS))
    parser.add_argument("--json", action="store_true", help="print the last line alone")
    asked = parser.parse_args(words)
    answer: dict[str, object] = {}
    for name in asked.only:
        answer[name] = PARTS[name](asked.seed, asked.runs)
        if not asked.json:
            print(f"{name}: {json.dumps(answer[name], indent=1)}")
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
