"""Quality drift and judge health: what counts as a fall, as a rise, and as no score at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from statistics import median

import pytest
from tests.alarms.test_kinds import evidence
from tests.alarms.world import APP, DAY, HOUR, MINUTE, START

from tocsin.alarms.evidence import Broken
from tocsin.alarms.judge import judge as judge_alarm
from tocsin.alarms.kinds import judge_health, quality_drift
from tocsin.alarms.machine import at_rest
from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.quality import Course, follow_scores
from tocsin.model.alarm import Judgement, Phase, Severity, Standing, Verdict
from tocsin.model.scored import AskJudging, AskScores, Judging, Scored, ScoreStep

STEP = timedelta(minutes=10)
PER_STEP = 8
QUIET = Standing(Phase.QUIET, START)


def passing(random: Random, share: float, since: datetime, length: timedelta) -> Iterator[ScoreStep]:
    """Draw 48 scores an hour, of which a share passes."""
    for n in range(length // STEP):
        passed = sum(random.random() < share for _ in range(PER_STEP))
        yield ScoreStep(since + n * STEP, (0.0, 1.0), (PER_STEP - passed, passed))


def graded(random: Random, mean: float, since: datetime, length: timedelta) -> Iterator[ScoreStep]:
    for n in range(length // STEP):
        values = sorted(round(random.gauss(mean, 0.1), 3) for _ in range(PER_STEP))
        yield ScoreStep(since + n * STEP, tuple(values), (1,) * PER_STEP)


def told_of(*steps: Iterator[ScoreStep]) -> Scored:
    return Scored("faithfulness", tuple(step for some in steps for step in some), judge="judge-1")


def course(told: Scored, **how: bool) -> Course:
    return follow_scores(told, START, **how)


def judged(told: Scored, at: datetime, standing: Standing = QUIET) -> Judgement:
    about = replace(evidence({}, at=at), facts={quality_drift.ASK: told}, group=APP.named("evaluator faithfulness"))
    return quality_drift.judge(quality_drift.Settings(), about, standing)


def test_a_fall_is_told_with_what_it_was_and_since_when() -> None:
    random, fell = Random(1), START + 3 * DAY
    told = told_of(passing(random, 0.9, START, 3 * DAY), passing(random, 0.75, fell, 6 * HOUR))
    found = judged(told, fell + 6 * HOUR)
    assert found.verdict is Verdict.BREACH
    assert found.value == pytest.approx(0.75, abs=0.08)
    assert found.usual == pytest.approx(0.9, abs=0.03)
    assert "faithfulness passes 7" in found.finding
    assert "reference 9" in found.finding


def test_a_deep_and_sudden_fall_is_a_page_and_a_slow_one_a_ticket() -> None:
    random, fell = Random(2), START + 3 * DAY
    before = list(passing(random, 0.95, START, 3 * DAY))
    deep = told_of(iter(before), passing(random, 0.4, fell, 90 * MINUTE))
    assert judged(deep, fell + 90 * MINUTE).severity is Severity.PAGE
    slow = told_of(iter(before), passing(random, 0.85, fell, DAY))
    found = judged(slow, fell + DAY)
    assert (found.verdict, found.severity) == (Verdict.BREACH, Severity.TICKET)


def test_scores_that_did_not_change_tell_nothing_for_a_month() -> None:
    told = 0
    for seed in range(20):
        walk = told_of(passing(Random(seed), 0.9, START, 30 * DAY))
        told += any(course(replace(walk, steps=walk.steps[: n * 6])).fall is not None for n in range(24, 720, 24))
    assert told <= 1


def test_a_fall_of_five_points_is_told_in_half_a_day_where_the_usual_is_well_known() -> None:
    delays: list[float] = []
    for seed in range(15):
        random, fell = Random(seed), START + 10 * DAY
        told = told_of(passing(random, 0.9, START, 10 * DAY), passing(random, 0.85, fell, 3 * DAY))
        hours = (
            n / 6
            for n in range(10 * 144, len(told.steps))
            if course(replace(told, steps=told.steps[: n + 1])).fall is not None
        )
        delays.append(next(hours, 13 * 24.0) - 10 * 24)
    assert median(delays) <= 12


def test_an_improvement_is_no_alarm_and_becomes_the_new_usual() -> None:
    random, rose = Random(3), START + 3 * DAY
    steps = [*passing(random, 0.8, START, 3 * DAY), *passing(random, 0.95, rose, 3 * DAY)]
    better = course(told_of(iter(steps)))
    assert better.fall is None
    assert better.rise is not None
    assert better.rise.now > better.rise.was
    back = told_of(iter(steps), passing(random, 0.8, rose + 3 * DAY, DAY))
    assert course(back).fall is not None, "a fall back to what once was usual is a fall"
    assert "better since" in judged(told_of(iter(steps)), rose + 3 * DAY).note


def test_a_fall_that_lasted_two_weeks_is_the_new_usual() -> None:
    random, fell = Random(4), START + 3 * DAY
    told = told_of(passing(random, 0.9, START, 3 * DAY), passing(random, 0.7, fell, 18 * DAY))
    assert course(replace(told, steps=told.steps[: 10 * 144])).fall is not None
    after = course(told)
    assert after.fall is None
    assert after.cusum is not None
    assert after.cusum.reference.share == pytest.approx(0.7, abs=0.04)


def test_grades_are_held_against_the_fifth_that_was_worst_before() -> None:
    random, fell = Random(5), START + 3 * DAY
    before = list(graded(random, 0.8, START, 3 * DAY))
    assert course(told_of(iter(before))).fall is None
    assert course(told_of(iter(before), graded(random, 0.65, fell, 6 * HOUR))).fall is not None
    assert course(told_of(iter(before), graded(random, 0.95, fell, DAY))).rise is not None


def test_where_less_is_better_a_rise_is_a_fall() -> None:
    random, rose = Random(6), START + 3 * DAY
    told = told_of(passing(random, 0.05, START, 3 * DAY), passing(random, 0.3, rose, 6 * HOUR))
    assert course(told, lower_is_better=True).fall is not None
    assert course(told).fall is None


def test_without_new_scores_the_alarm_holds_still() -> None:
    random, fell = Random(1), START + 3 * DAY
    told = told_of(passing(random, 0.9, START, 3 * DAY), passing(random, 0.6, fell, 6 * HOUR))
    firing = Standing(Phase.FIRING, fell + 3 * HOUR)
    assert judged(told, fell + 7 * HOUR, firing).verdict is Verdict.BREACH
    assert judged(told, fell + 12 * HOUR, firing).verdict is Verdict.NO_DATA


def test_few_scores_are_learning_and_not_judged() -> None:
    told = told_of(passing(Random(1), 0.9, START, 4 * HOUR))
    found = judged(told, START + 4 * HOUR)
    assert (found.verdict, found.learning, found.samples) == (Verdict.OK, True, 4 * 6 * PER_STEP)


USUALLY = Judging(
    attempts=40,
    failed=1,
    reason="",
    calls=400,
    usual_attempts=10_000,
    usual_calls=100_000,
    newest=START,
    gap_p99=5 * MINUTE,
)


def health(told: Judging | Broken | None, at: datetime = START, standing: Standing = QUIET) -> Judgement:
    facts = {} if told is None else {AskJudging(): told}
    about = replace(evidence({}, at=at), facts=facts, group=APP.named("scores faithfulness"))
    return judge_health.judge(judge_health.Settings(), replace(about, up_since=START - DAY), standing)


def test_a_judge_that_gives_no_verdict_is_told_with_the_reason() -> None:
    found = health(replace(USUALLY, failed=18, reason="rate_limit"))
    assert found.verdict is Verdict.BREACH
    assert found.finding == "no verdict on 45% of 40 evaluations (mostly rate_limit)"
    assert found.severity is Severity.TICKET


def test_a_few_failures_or_few_evaluations_are_no_news() -> None:
    assert health(USUALLY).verdict is Verdict.OK
    assert health(replace(USUALLY, failed=6)).verdict is Verdict.OK
    assert health(replace(USUALLY, attempts=9, failed=9, calls=90)).verdict is Verdict.OK


def test_looking_at_far_fewer_calls_than_usual_is_told() -> None:
    found = health(replace(USUALLY, attempts=6, failed=0))
    assert found.verdict is Verdict.BREACH
    assert found.finding == "looks at 1.5% of the calls, usually at 10.0%"
    assert health(replace(USUALLY, attempts=6, failed=0, calls=60)).verdict is Verdict.OK, "as many as usual"


def test_no_verdict_for_long_is_told_only_while_calls_come() -> None:
    later = START + 2 * HOUR
    silent = replace(USUALLY, attempts=0, failed=0, calls=10)
    assert health(silent, later).finding == "no verdict for 120 min, and 10 calls in the last 30"
    assert health(replace(silent, calls=0), later).verdict is Verdict.NO_DATA
    assert health(silent, START + 50 * MINUTE).verdict is Verdict.OK
    assert health(replace(silent, gap_p99=HOUR), later).verdict is Verdict.OK, "it is as silent at other times"


def test_what_can_not_be_asked_is_a_broken_alarm_and_not_a_quiet_one() -> None:
    alarm = next(alarm for alarm in DEFAULT if alarm.name == "judge_health")
    about = replace(evidence({}), facts={AskJudging(): Broken("the disk is full")})
    found = judge_alarm(alarm, about, at_rest(START), elapsed=MINUTE)
    assert found.judgement.verdict is Verdict.FAILED
    assert "the disk is full" in found.judgement.note


def test_an_evaluator_nobody_heard_of_is_not_judged() -> None:
    assert health(None).verdict is Verdict.NO_DATA
    assert judged(Scored("faithfulness"), START).verdict is Verdict.NO_DATA
    assert AskScores() == quality_drift.ASK


def test_better_scores_do_not_become_the_reference_before_they_are_told() -> None:
    """A reference that grew in the middle of a rise took it in, and told it late or never."""

    def steps(passed: int, since: datetime, many: int, apart: timedelta) -> Iterator[ScoreStep]:
        for n in range(many):
            yield ScoreStep(since + n * apart, (0.0, 1.0), (10 - passed, passed))

    # 310 scores of the first day are the reference. It would grow at 620 more, of which 120 are better.
    usual = [*steps(5, START, 31, DAY / 30), *steps(5, START + 2 * DAY, 50, STEP)]
    better = list(steps(8, START + 3 * DAY, 30, STEP))
    waits = [n for n in range(1, 31) if course(told_of(iter(usual), iter(better[:n]))).rise is not None]
    assert waits
    assert waits[0] <= 20
    rise = course(told_of(iter(usual), iter(better[: waits[0]]))).rise
    assert rise is not None
    assert rise.was == pytest.approx(0.5, abs=0.01)
