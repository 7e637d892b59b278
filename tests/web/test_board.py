"""The board: the three graphs with what alarms and money add to them."""

from datetime import timedelta

from tests.web.rows import AT, HOUR, failures, last_hour, parts, row, seat, watch

from tocsin.model.dimension import Dimension
from tocsin.model.window import Window
from tocsin.testing.examples import a_judgement, an_incident
from tocsin.web import board
from tocsin.web.graphs import Graph, Role
from tocsin.web.state import State


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


def test_the_line_stands_beside_the_alarms_own_windows_and_says_how_long_they_are() -> None:
    """Points of a minute at 20% crossed a line that five minutes at 4% never touched."""
    rows = [row(n, "", parts(10)) for n in range(1, 12)]
    rows += [row(3, "overloaded", failures(10))]
    graph = built(last_hour(), *rows, about=watch(seat("a", a_judgement(usual=None))))["errors"]
    curve = next(series for series in graph.series if series.role is Role.JUDGED)
    assert (curve.label, graph.levels[0].over_s) == ("over 5 min", 300)
    at = graph.at.index(int((AT - timedelta(minutes=3)).timestamp()))
    assert curve.values[at - 1 :] == (0, 10 / 60, 10 / 60, 10 / 60)
    assert figures(graph)["Errors alarm"] == "5% over 5 min"


def test_rows_from_before_the_graph_are_asked_for_and_are_no_points_of_it() -> None:
    about = watch(seat("a", a_judgement()))
    state = last_hour()
    grid = board.grid_for(state, AT)
    assert board.reach(grid, state, about) == timedelta(minutes=5)
    assert board.reach(grid, state, watch()) == grid.step
    graph = built(state, row(62, "overloaded", failures(30)), row(60), about=about)["errors"]
    assert [series.values[0] for series in graph.series if series.role is not Role.STACK] == [0, 30 / 40]
    assert figures(graph)["failed in this window"].startswith("0 of 10 calls")


def test_a_line_is_not_drawn_over_points_that_its_alarm_does_not_judge() -> None:
    """Points of two minutes, an alarm of five: the limit stands beside the graph, with its window."""
    state = State(window=Window(AT - 6 * HOUR, AT))
    graph = built(state, row(4), about=watch(seat("a", a_judgement())))["errors"]
    assert [level.kind for level in graph.levels] == ["usual"]
    assert figures(graph)["Errors alarm"] == "5% over 5 min"


def test_alarms_that_judge_windows_of_different_length_have_no_common_line() -> None:
    wide = a_judgement(window=timedelta(minutes=30))
    graph = built(last_hour(), row(4), about=watch(seat("a", a_judgement()), seat("b", wide)))["errors"]
    assert graph.levels == ()
    assert figures(graph)["Errors alarm"] == "5% over 5 min to 30 min"


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
    assert set(graphs) == {"latency", "errors", "cost", "tokens", "calls", "ttft", "answers"}
    assert all(value is None for graph in graphs.values() for series in graph.series for value in series.values)
