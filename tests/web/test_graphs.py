"""Graphs: the alarm's value is the plotted value, gaps stay gaps, and stacks add up."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.web.rows import AT, HOUR, MEASURES, MINUTE, failures, parts, row

from tocsin.model.measure import Unit
from tocsin.model.parts import Parts
from tocsin.model.sketch import Sketch
from tocsin.model.window import Window
from tocsin.web import graphs
from tocsin.web.graphs import OTHERS, Role
from tocsin.web.grid import Grid

GRID = Grid.over(Window(AT - HOUR, AT), MINUTE, AT)
FIVE = timedelta(minutes=5)


def test_a_minute_without_calls_is_a_gap_and_never_zero() -> None:
    found = graphs.cells([row(10), row(8)], GRID)
    for graph in (
        graphs.latency(found, MEASURES, grouped=False),
        graphs.errors(found, MEASURES, kinds=True),
        graphs.cost(found, MEASURES, grouped=False),
    ):
        for series in graph.series:
            assert series.values[50] is not None or series.key == "cost"
            assert series.values[51] is None
            assert series.values[52] is not None


def test_the_error_types_stack_up_to_the_error_share_the_alarm_judges() -> None:
    rows = [row(3, "", parts(80)), row(3, "timeout", failures(15)), row(3, "rate_limit", failures(5))]
    graph = graphs.errors(graphs.cells(rows, GRID), MEASURES, kinds=True)
    at = {series.key: series.values[57] for series in graph.series}
    assert at == {"error_share": 0.2, "timeout": 0.15, "rate_limit": 0.05}
    assert [series.key for series in graph.series if series.role is Role.STACK] == ["rate_limit", "timeout"]


def test_cancelled_calls_are_told_and_not_counted() -> None:
    rows = [row(3, "", parts(98)), row(3, "cancelled", Parts(calls=2, errors=2))]
    graph = graphs.errors(graphs.cells(rows, GRID), MEASURES, kinds=True)
    told = {series.key: series for series in graph.series}
    assert told["error_share"].values[57] == 0
    assert told["cancelled"].values[57] == 0.02
    assert told["cancelled"].role is Role.TOLD


def test_a_quantile_over_groups_comes_from_merged_sketches_not_from_an_average() -> None:
    rows = [row(3, "a", parts(99, ms=[100.0] * 99)), row(3, "b", parts(1, ms=[9_000.0]))]
    graph = graphs.latency(graphs.cells(rows, GRID), MEASURES, grouped=False)
    p50, p95, p99 = (series.values[57] for series in graph.series)
    assert p50 == p95 == p99
    assert p50 is not None
    assert 0.098 < p50 < 0.102


def test_a_trailing_point_is_what_an_alarm_would_judge_at_that_moment() -> None:
    """The value in a message equals the value plotted: the same measure, over the same window, from the same parts."""
    rows = [row(n, "", parts(n % 7 + 1, ms=[100.0 * n])) for n in range(1, 70)]
    found = graphs.trailing_cells(rows, GRID, FIVE, Unit.SECONDS)
    drawn = graphs.values(MEASURES["latency_p95"], found.total, found)
    for i, start in enumerate(GRID.starts):
        window = [r.parts for r in rows if start - 4 * MINUTE <= r.at <= start]
        assert drawn[i] == MEASURES["latency_p95"].value(Parts.merged(window), FIVE)


def test_groups_beyond_what_the_eye_can_tell_apart_are_added_up() -> None:
    rows = [row(3, f"model-{n:02}", parts(100 - n, usd=str(n))) for n in range(12)]
    graph = graphs.cost(graphs.cells(rows, GRID), MEASURES, grouped=True)
    assert [series.key for series in graph.series] == [f"model-{n:02}" for n in range(11, 3, -1)] + [OTHERS]
    shown = sum(series.values[57] or 0 for series in graph.series)
    assert abs(shown - sum(range(12)) * 60) < 1e-6


def test_calls_without_a_price_leave_a_gap_in_the_cost_and_not_a_zero() -> None:
    unpriced = parts(5, usd="0", priced=0, unpriced=5)
    graph = graphs.cost(graphs.cells([row(3, "", unpriced)], GRID), MEASURES, grouped=False)
    assert graph.series[0].values[57] is None
    assert graph.calls[57] == 5


TIMES = st.lists(st.floats(0, 1e6), max_size=5)


def some_parts(calls: int, failed: int, ms: list[float], ttft: list[float]) -> Parts:
    return parts(calls, ms=ms, failed=min(failed, calls), ttft=Sketch.of(ttft))


PARTS = st.builds(some_parts, st.integers(0, 50), st.integers(0, 50), TIMES, TIMES)


@given(st.lists(PARTS, min_size=1, max_size=6))
def test_the_quick_merge_is_the_merge(many: list[Parts]) -> None:
    assert graphs.merge(many) == Parts.merged(many)
