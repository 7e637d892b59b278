"""Steps of time."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.rows import AT, HOUR, MINUTE

from tocsin.model.window import Window
from tocsin.web.grid import POINTS_MAX, Grid, step_for
from tocsin.web.state import RANGES


@pytest.mark.parametrize(("name", "points"), [("1h", 60), ("6h", 180), ("24h", 144), ("7d", 168), ("30d", 180)])
def test_a_graph_has_enough_points_to_see_a_curve_and_few_enough_to_draw(name: str, points: int) -> None:
    length = RANGES[name]
    assert len(Grid.over(Window(AT - length, AT), step_for(length), AT).starts) == points
    assert 20 <= points <= POINTS_MAX


@given(st.integers(60, 400 * 86_400), st.integers(0, 86_400))
def test_steps_cover_the_window_without_holes(length_s: int, ago_s: int) -> None:
    until = AT - timedelta(seconds=ago_s)
    window = Window(until - timedelta(seconds=length_s), until)
    grid = Grid.over(window, step_for(window.length), AT)
    assert grid.starts[0] <= window.since
    assert grid.window.until >= window.until - grid.step / 2
    assert all(b - a == grid.step for a, b in zip(grid.starts, grid.starts[1:], strict=False))


def test_a_step_that_has_only_just_begun_is_left_out() -> None:
    """A rate over three seconds is noise, and a graph that ends in a spike each minute teaches to ignore spikes."""
    at = AT + timedelta(seconds=3)
    assert Grid.over(Window(at - HOUR, at), MINUTE, at).starts[-1] == AT - MINUTE
    at = AT + timedelta(seconds=40)
    grid = Grid.over(Window(at - HOUR, at), MINUTE, at)
    assert grid.starts[-1] == AT
    assert grid.length_of(AT) == timedelta(seconds=40)


def test_a_trailing_window_reaches_back_so_that_its_first_point_is_whole() -> None:
    grid = Grid.over(Window(AT - HOUR, AT), MINUTE, AT)
    assert grid.reaching_back(timedelta(minutes=15)).since == AT - HOUR - 14 * MINUTE
