"""A share of passes that changes is told, which way it went, and what doesn't change is not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alarms.world import START

from tocsin.alarms.cusum import (
    DECISION,
    REFERENCE_SCORES_MIN,
    STATISTIC_MAX,
    Cusum,
    Reference,
    Scores,
    Side,
    after,
    cut_of,
    over_steps,
)

STEP = timedelta(minutes=10)
HOUR = timedelta(hours=1)
# Of so many scores that the share is as good as known.
USUAL = Reference(passed=900_000, scores=1_000_000, judge="judge-1", rubric="v1")


def steps(random: Random, share: float, hours: float, per_hour: float = 50) -> Iterator[Scores]:
    """Draw scores that pass with a share."""
    for _ in range(int(hours * HOUR / STEP)):
        count = sum(random.random() < 1 / 60 for _ in range(round(per_hour * 10)))
        passed = sum(random.random() < share for _ in range(count))
        yield Scores(passed, count - passed)


def dated(many: Sequence[Scores], start: datetime = START) -> list[tuple[datetime, Scores]]:
    return [(start + n * STEP, one) for n, one in enumerate(many)]


def wait(random: Random, share: float, side: Side, healthy_hours: float = 24) -> float:
    """Return how many hours a change that follows healthy hours takes to be told; 200 when it is not."""
    now = over_steps(USUAL, dated(list(steps(random, 0.90, healthy_hours))))
    for n, (at, scores) in enumerate(dated(list(steps(random, share, 200)))):
        now = after(now, USUAL, scores, at)
        if now.changed is not None:
            assert now.changed is side
            return (n + 1) * STEP / HOUR
    return 200.0


def test_a_fall_of_five_points_is_told_within_the_half_day() -> None:
    waits = [wait(Random(seed), 0.85, Side.FALL) for seed in range(60)]
    assert 8 <= median(waits) <= 14, waits


def test_a_fall_of_ten_points_is_told_within_hours() -> None:
    waits = [wait(Random(seed), 0.80, Side.FALL) for seed in range(30)]
    assert 3 <= median(waits) <= 6, waits


def test_an_improvement_is_told_as_one() -> None:
    waits = [wait(Random(seed), 0.96, Side.RISE) for seed in range(20)]
    assert median(waits) <= 14, waits


def test_a_healthy_week_is_quiet() -> None:
    for seed in range(20):
        now = Cusum(USUAL)
        for at, scores in dated(list(steps(Random(seed), 0.90, 7 * 24))):
            now = after(now, USUAL, scores, at)
            assert now.changed is None, seed


def test_the_scores_of_a_change_begin_about_where_it_began() -> None:
    """They are what a message says: passes 78 % of 212 since 11:00."""
    random = Random(3)
    healthy, bad = list(steps(random, 0.90, 48)), list(steps(random, 0.70, 4))
    now = over_steps(USUAL, dated(healthy + bad))
    fall = now.side(Side.FALL)
    assert fall.since is not None
    assert abs(fall.since - (START + 48 * HOUR)) <= 3 * HOUR
    assert fall.share is not None
    assert abs(fall.share - 0.70) < 0.1
    assert now.rise.statistic == 0


@pytest.mark.parametrize(
    "other", [{"judge": "judge-2"}, {"rubric": "v2"}, {"passed": 850_000}, {"cut": 3.0}, {"scores": 1_000_001}]
)
def test_another_judge_rubric_or_reference_starts_anew(other: dict[str, object]) -> None:
    now = after(Cusum(USUAL), USUAL, Scores(passed=30, failed=40), START)
    assert now.changed is Side.FALL
    anew = replace(USUAL, **other)  # pyright: ignore[reportArgumentType]
    then = after(now, anew, Scores(passed=1, failed=0), START + STEP)
    assert (then.reference, then.scores, then.fall.statistic) == (anew, 1, 0)
    assert then.changed is None


def test_a_step_without_scores_changes_nothing() -> None:
    """Silence is neither good nor bad: whether scores come at all is the business of the judge's own alarm."""
    now = after(Cusum(USUAL), USUAL, Scores(passed=10, failed=5), START)
    assert after(now, USUAL, Scores(passed=0, failed=0), START + STEP) is now


def test_too_few_scores_tell_nothing() -> None:
    few = after(Cusum(USUAL), USUAL, Scores(passed=0, failed=29), START)
    assert few.learning
    assert few.changed is None
    enough = after(few, USUAL, Scores(passed=0, failed=1), START + STEP)
    assert enough.changed is Side.FALL
    short = Reference(passed=REFERENCE_SCORES_MIN - 1, scores=REFERENCE_SCORES_MIN - 1)
    assert after(Cusum(short), short, Scores(passed=0, failed=500), START).changed is None


def test_a_fall_is_over_some_time_after_it_ended() -> None:
    fallen = after(Cusum(USUAL), USUAL, Scores(passed=0, failed=2000), START)
    assert fallen.fall.statistic == STATISTIC_MAX
    assert not fallen.over(Side.FALL)
    now = fallen
    for n, scores in enumerate(steps(Random(1), 0.90, 24)):
        now = after(now, USUAL, scores, START + n * STEP)
    assert now.over(Side.FALL)


@pytest.mark.parametrize("passed", [0, 1, 150, 299, 300])
def test_any_usual_share_can_be_judged_by(passed: int) -> None:
    """Also one of 0 or 1, where there is no room for a whole fall, or rise."""
    usual = Reference(passed=passed, scores=300)
    same = after(Cusum(usual), usual, Scores(passed=passed, failed=300 - passed), START)
    assert same.changed is None
    if passed > 100:
        assert after(Cusum(usual), usual, Scores(passed=0, failed=300), START).changed is Side.FALL
    if passed < 200:
        assert after(Cusum(usual), usual, Scores(passed=300, failed=0), START).changed is Side.RISE


def test_a_reference_of_few_scores_is_more_careful() -> None:
    """What is learned from 300 scores is two points off in one case of three."""
    few, many = Reference(passed=270, scores=300), USUAL
    worse = Scores(passed=300, failed=50)
    assert after(Cusum(few), few, worse, START).fall.statistic < after(Cusum(many), many, worse, START).fall.statistic


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="the passed are some of the scores; got 5 of 4"):
        Reference(passed=5, scores=4)


some_scores = st.lists(st.builds(Scores, passed=st.integers(0, 50), failed=st.integers(0, 50)), min_size=1, max_size=30)


@given(some_scores, st.integers(0, 30))
def test_going_on_from_what_was_kept_is_the_same(many: list[Scores], place: int) -> None:
    """A restart between any two steps changes nothing."""
    days = dated(many)
    kept = over_steps(USUAL, days[:place])
    for at, scores in days[place:]:
        kept = after(kept, USUAL, scores, at)
    assert kept == over_steps(USUAL, days)


@given(some_scores, st.integers(0, 1000))
def test_a_statistic_stays_within_its_bounds(many: list[Scores], passed: int) -> None:
    usual = Reference(passed=passed, scores=1000)
    now = Cusum(usual)
    for at, scores in dated(many):
        now = after(now, usual, scores, at)
        for run in (now.fall, now.rise):
            assert 0 <= run.statistic <= STATISTIC_MAX
            assert (run.since is None) == (run.statistic == 0) == (run.scores == 0)
    assert now.scores == sum(one.passed + one.failed for one in many)
    if now.changed is not None:
        assert now.side(now.changed).statistic >= DECISION


def test_the_cut_is_the_twentieth_percentile() -> None:
    assert cut_of([n / 100 for n in range(100)]) == 0.20


@pytest.mark.parametrize(
    ("grades", "cut"),
    [
        ([5] * 100, 5),
        # A fifth below 4, more below 5.
        ([3] * 20 + [4] * 40 + [5] * 40, 4),
        # Nothing below 4, two fifths below 5: as near, so the one that can see a fall from 5 to 4.
        ([4] * 40 + [5] * 60, 5),
        ([1] * 1 + [4] * 90 + [5] * 9, 4),
    ],
)
def test_of_few_grades_the_cut_is_the_one_nearest_to_it(grades: list[float], cut: float) -> None:
    assert cut_of(grades) == cut


def test_no_grades_have_no_cut() -> None:
    with pytest.raises(ValueError, match="a reference needs grades"):
        cut_of([])


def test_grades_that_fall_are_told_as_a_fall() -> None:
    random = Random(7)
    known = [random.betavariate(8, 2) for _ in range(2000)]
    cut = cut_of(known)
    passed = Scores.of(known, cut)
    usual = Reference(passed=passed.passed, scores=2000, cut=cut)
    assert passed.failed == 400
    worse = Scores.of((random.betavariate(7, 3) for _ in range(300)), cut)
    assert after(Cusum(usual), usual, worse, START).changed is Side.FALL
    same = Scores.of((random.betavariate(8, 2) for _ in range(300)), cut)
    assert after(Cusum(usual), usual, same, START).changed is None
