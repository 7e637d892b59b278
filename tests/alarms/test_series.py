"""Evidence from memory: running totals and sliding sketches against adding up from scratch."""

from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.alarms.world import APP, DAY, HOUR, MINUTE, START, Traffic, series_of, some_calls

from tocsin.alarms.series import Series, SeriesSource
from tocsin.model.alarm import Group
from tocsin.model.parts import Parts
from tocsin.model.whole import whole

LENGTHS = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60))


@given(seed=st.integers(0, 1000), moments=st.lists(st.integers(0, 200), max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_window_is_the_sum_of_its_minutes_in_any_order_of_asking(seed: int, moments: list[int]) -> None:
    random = Random(seed)
    series = Series(START)
    for _ in range(180):
        series.append(some_calls(random, Traffic(random.choice([0, 0.3, 4]))))
    for moment in moments:
        for length in LENGTHS:
            found = series.window(START + moment * MINUTE, length)
            first = max(0, moment - length // MINUTE)
            assert found == Parts.merged(series.rows[first:moment])


def test_a_window_shorter_than_a_step_can_not_be_answered() -> None:
    series = series_of(Random(1), (Traffic(4), HOUR))
    assert series.window(START + HOUR, timedelta(seconds=15)) is None
    answers = SeriesSource({APP: series}).windows(START + HOUR, [timedelta(seconds=15), MINUTE], None, sketched=())
    assert list(answers[APP]) == [MINUTE]


def test_the_last_seen_moment_is_the_end_of_the_last_step_with_calls() -> None:
    series = series_of(Random(1), (Traffic(60), HOUR), (Traffic(0), HOUR))
    source = SeriesSource({APP: series})
    assert source.last_seen(START + 2 * HOUR) == {APP: START + HOUR, whole("default"): START + HOUR}
    assert source.last_seen(START + HOUR - 10 * MINUTE)[APP] == START + HOUR - 10 * MINUTE
    assert source.last_seen(START) == {}


def test_a_rhythm_tells_of_gaps_and_active_hours() -> None:
    series = series_of(Random(1), (Traffic(60), 2 * HOUR), (Traffic(0), 3 * HOUR), (Traffic(60), HOUR))
    rhythm = SeriesSource({APP: series}).rhythms(START + DAY)[APP]
    assert rhythm.first_seen == START
    assert rhythm.gap_p99 == MINUTE
    assert rhythm.active_hours == (START, START + HOUR, START + 5 * HOUR)


def test_a_project_is_silent_only_as_long_as_its_most_talkative_service() -> None:
    rare = series_of(Random(1), (Traffic(0.05), DAY))
    often = series_of(Random(2), (Traffic(60), DAY))
    source = SeriesSource({APP: rare, Group("default", "production", "other"): often})
    assert source.rhythms(START + DAY)[whole("default")].gap_p99 == MINUTE
