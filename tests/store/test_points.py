"""From a metric's points to one number: resets, births, quantiles."""

import pytest

from tocsin.model.metric import Aggregate
from tocsin.store.points import CUMULATIVE, DELTA, Point, PointSeries, value_of

SECOND = 10**9
SINCE, UNTIL = 1000 * SECOND, 1300 * SECOND


def counter(*points: tuple[int, int, float], temporality: int = CUMULATIVE, monotonic: bool = True) -> PointSeries:
    """Make a counter of points: at and started in seconds, and the value."""
    return PointSeries("sum", temporality, monotonic, [Point(at * SECOND, born * SECOND, n) for at, born, n in points])


def came_to(aggregate: Aggregate, *series: PointSeries) -> float | None:
    return value_of(aggregate, series, SINCE, UNTIL)[0]


def test_a_counter_counts_from_the_point_before_the_window() -> None:
    assert came_to(Aggregate.SUM, counter((970, 0, 100.0), (1030, 0, 130.0), (1090, 0, 130.0))) == 30


def test_a_counter_that_began_anew_counts_whole() -> None:
    """A restart of the sender changes no count (opentelemetry-collector-contrib#38262)."""
    assert came_to(Aggregate.SUM, counter((970, 0, 100.0), (1030, 0, 130.0), (1090, 1040, 20.0))) == 50
    assert came_to(Aggregate.SUM, counter((970, 0, 100.0), (1030, 0, 7.0))) == 7
    assert came_to(Aggregate.SUM, counter((970, 0, 100.0), (1090, 1040, 160.0))) == 160


def test_a_series_born_at_five_counts_five() -> None:
    """The first error of a new series is an error (prometheus#1673, rudder-transformer PR #5373)."""
    assert came_to(Aggregate.SUM, counter((1030, 1010, 5.0))) == 5


def test_a_series_that_was_there_before_is_not_born_again() -> None:
    assert came_to(Aggregate.SUM, counter((1030, 20, 5000.0), (1090, 20, 5003.0))) == 3


def test_deltas_are_added_up_over_all_series() -> None:
    one = counter((970, 940, 9.0), (1030, 970, 2.0), (1090, 1030, 3.0), temporality=DELTA)
    assert came_to(Aggregate.SUM, one, one) == 10
    assert came_to(Aggregate.RATE, one) == pytest.approx(5 / 300)


def test_what_goes_up_and_down_has_no_resets() -> None:
    assert came_to(Aggregate.SUM, counter((970, 0, 10.0), (1030, 0, 4.0), monotonic=False)) == -6


def gauge(*points: tuple[int, float]) -> PointSeries:
    return PointSeries("gauge", 0, monotonic=False, points=[Point(at * SECOND, 0, value) for at, value in points])


def test_the_newest_points_of_all_series_are_a_sum_or_a_mean() -> None:
    queues = (gauge((1010, 90.0), (1200, 10.0)), gauge((1100, 30.0)), gauge((900, 500.0)))
    assert came_to(Aggregate.LAST, *queues) == 40
    assert came_to(Aggregate.LAST_MEAN, *queues) == 20
    assert came_to(Aggregate.MAX, *queues) == 90
    assert came_to(Aggregate.AVG, *queues) == pytest.approx(130 / 3)


def test_without_a_point_in_the_window_nothing_can_be_said() -> None:
    assert value_of(Aggregate.LAST, [gauge((900, 500.0))], SINCE, UNTIL) == (None, 0)
    assert value_of(Aggregate.SUM, [counter((900, 0, 500.0))], SINCE, UNTIL) == (None, 0)


def histogram(*points: tuple[int, tuple[int, ...]]) -> PointSeries:
    return PointSeries(
        "histogram",
        CUMULATIVE,
        monotonic=True,
        points=[Point(at * SECOND, 0, float(sum(n)), sum(n), (0.1, 1.0, 10.0), n) for at, n in points],
    )


def test_quantiles_are_of_what_was_observed_in_the_window() -> None:
    slow_before = histogram((970, (0, 0, 50, 0)), (1030, (90, 9, 51, 0)))
    assert value_of(Aggregate.P50, [slow_before], SINCE, UNTIL) == (0.1, 100)
    assert came_to(Aggregate.P99, slow_before) == 1.0
    assert came_to(Aggregate.P99, histogram((970, (0, 0, 0, 0)), (1030, (1, 0, 0, 99)))) == 10.0


def test_exponential_histograms_have_bounds_by_their_scale() -> None:
    points = [Point(1030 * SECOND, 0, 40.0, 10, (), (2, 8), scale=0, offset=1, zero_count=0)]
    series = PointSeries("exponential_histogram", DELTA, monotonic=True, points=points)
    assert value_of(Aggregate.P50, [series], SINCE, UNTIL) == (8.0, 10)
    assert came_to(Aggregate.AVG, series) == 4.0
