"""Graphs for browsers without JavaScript."""

from tests.web.rows import AT, HOUR, MEASURES, MINUTE, failures, parts, row

from tocsin.model.window import Window
from tocsin.web import graphs
from tocsin.web.grid import Grid
from tocsin.web.svg import HEIGHT, picture

GRID = Grid.over(Window(AT - HOUR, AT), MINUTE, AT)


def test_a_gap_cuts_the_line() -> None:
    found = graphs.cells([row(10), row(9), row(7), row(6)], GRID)
    drawn = picture(graphs.latency(found, MEASURES, grouped=False))
    assert drawn.shapes[0].path.count("M") == 2


def test_a_lone_point_can_be_seen() -> None:
    drawn = picture(graphs.latency(graphs.cells([row(10)], GRID), MEASURES, grouped=False))
    assert drawn.shapes[0].path.endswith("h10")


def test_the_highest_stack_is_painted_first_so_that_the_lower_ones_stay_seen() -> None:
    rows = [row(3, "", parts(80)), row(3, "timeout", failures(15)), row(3, "rate_limit", failures(5))]
    drawn = picture(graphs.errors(graphs.cells(rows, GRID), MEASURES, kinds=True))
    assert [shape.colour for shape in drawn.shapes if shape.filled] == ["error-timeout", "error-rate_limit"]


def test_an_empty_graph_has_a_picture() -> None:
    drawn = picture(graphs.cost(graphs.cells([], GRID), MEASURES, grouped=False))
    assert drawn.height == HEIGHT
    assert all(shape.path == "" for shape in drawn.shapes)
