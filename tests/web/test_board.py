"""The board: the three graphs with what alarms and money add to them."""

from datetime import timedelta

from tests.web.rows import AT, HOUR, last_hour, parts, row, seat, watch

from tocsin.model.dimension import Dimension
from tocsin.testing.examples import a_judgement, an_incident
from tocsin.web import board
from tocsin.web.graphs import Graph


def built(state: board.State, *rows: board.PartsRow, about: board.Watch | None = None) -> dict[str, Graph]:
    grid = board.grid_for(state, AT)
    return {graph.name: graph for graph in board.build(rows, grid, state, about or watch()).all}


def figures(graph: Graph) -> dict[str, str]:
    return {figure.label: figure.text for figure in graph.figures}


def test_a_month_is_told_from_the_first_call_shown() -> None:
    """A server that began ten minutes ago must not dilute its pace by fifty minutes it did not see."""
    graph = built(last_hour(), *(row(n, "", parts(usd="1")) for n in range(1, 11)))["cost"]
    assert figures(graph)["in this window"] == "$10"
    assert figures(graph)["a month at this pace"] == "about $44,000"


def test_the_unpriced_share_is_a_number_on_the_cost_graph() -> None:
    graph = built(last_hour(), row(3, "", parts(10, priced=8, unpriced=2)))["cost"]
    assert figures(graph)["unpriced"] == "20%"


def test_a_threshold_that_all_alarms_in_view_share_is_drawn() -> None:
    alarms = watch(*(seat(name, a_judgement(usual=None)) for name in ("a", "b")))
    levels = built(last_hour(), row(3), about=alarms)["errors"].levels
    assert [(level.kind, level.value) for level in levels] == [("threshold", 0.05)]


def test_thresholds_that_differ_are_told_and_not_drawn() -> None:
    """A line that holds for one service only would be a lie over the calls of all."""
    alarms = watch(seat("a", a_judgement()), seat("b", a_judgement(threshold=0.2)))
    graph = built(last_hour(), row(3), about=alarms)["errors"]
    assert graph.levels == ()
    assert "from 5% to 20%" in graph.note


def test_choosing_a_service_shows_its_own_threshold_and_usual_level() -> None:
    alarms = watch(seat("a", a_judgement()), seat("b", a_judgement(threshold=0.2)))
    state = last_hour().with_filter(Dimension.SERVICE, ["b"])
    levels = built(state, row(3), about=alarms)["errors"].levels
    assert [(level.kind, level.value) for level in levels] == [("threshold", 0.2), ("usual", 0.004)]


def test_an_alarm_about_all_models_draws_no_line_over_one_model() -> None:
    state = last_hour().with_filter(Dimension.MODEL, ["m"])
    assert built(state, row(3), about=watch(seat("a", a_judgement())))["errors"].levels == ()


def test_an_incident_of_the_window_is_marked_and_an_older_one_is_not() -> None:
    now = an_incident(id="now", started=AT - timedelta(minutes=9), opened=AT - timedelta(minutes=7))
    old = an_incident(id="old", started=AT - 5 * HOUR, opened=AT - 5 * HOUR, closed=AT - 4 * HOUR)
    graph = built(last_hour(), row(3), about=watch(incidents=(now, old)))["latency"]
    assert [mark.incident for mark in graph.marks] == ["now"]


def test_grouped_by_model_each_model_has_its_curve() -> None:
    rows = (row(3, "m1", parts(ms=[100.0])), row(3, "m2", parts(ms=[900.0])))
    graph = built(last_hour(group=Dimension.MODEL), *rows)["latency"]
    assert sorted(series.key for series in graph.series) == ["m1", "m2"]


def test_a_window_without_any_call_still_has_every_graph() -> None:
    graphs = built(last_hour())
    assert set(graphs) == {"latency", "errors", "cost", "tokens", "calls", "ttft"}
    assert all(value is None for graph in graphs.values() for series in graph.series for value in series.values)
