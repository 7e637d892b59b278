"""All graphs of a state from one answer of the store: what the home page draws and `/api/v1/graphs` sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.model.dimension import Dimension
from tocsin.model.parts import Parts, PartsRow
from tocsin.notify import words
from tocsin.web import graphs, numbers
from tocsin.web.alarmed import curve_of, judged_over, marks, with_levels
from tocsin.web.graphs import Cells, Figure, Graph
from tocsin.web.grid import Grid, step_for
from tocsin.web.state import State
from tocsin.web.watched import Watch

_MAIN = ("latency", "errors", "cost")
# What answers can be short of; shares of the calls that tell.
_ANSWERS = (("empty", "empty"), ("cut_short", "cut short"), ("refused", "refused"), ("swapped", "other model"))
HOUR = timedelta(hours=1)
# Hours in a month, on average over four years.
MONTH_H = 730.5


@dataclass(frozen=True, slots=True)
class Board:
    """The graphs of one state: the three that are always open, and those that are folded away."""

    grid: Grid
    main: tuple[Graph, ...]
    more: tuple[Graph, ...]

    @property
    def all(self) -> tuple[Graph, ...]:
        """Every graph, the open ones first."""
        return (*self.main, *self.more)


def grid_for(state: State, at: datetime) -> Grid:
    """Return the steps that a state is drawn in."""
    return Grid.over(state.window, step_for(state.window.length), at)


def reach(grid: Grid, state: State, watch: Watch) -> timedelta:
    """Return the longest window that a point of a graph takes in: what the alarms judge, where that can be drawn."""
    return max((length for name in _MAIN for length in _drawn(name, grid, state, watch).values()), default=grid.step)


def _drawn(graph: str, grid: Grid, state: State, watch: Watch) -> Mapping[str, timedelta]:
    """Return the measures whose thresholds a graph draws, and their windows: none where each group has its curve."""
    if graph == "latency" and _is_grouped(state):
        return {}
    return judged_over(graph, watch, state, grid.step)


def _is_grouped(state: State) -> bool:
    return state.group not in (None, Dimension.ERROR_TYPE)


def build(rows: Sequence[PartsRow], grid: Grid, state: State, watch: Watch) -> Board:
    """Build every graph from the rows of the one question `graphs.group_dimensions(state.group)` asks.

    The rows must reach back to `grid.reaching_back(reach(...))`.
    """
    grouped = _is_grouped(state)
    found = graphs.cells([row for row in rows if row.at >= grid.starts[0]], grid, grouped=grouped)
    marked = marks(watch, state)
    main = (
        graphs.latency(found, watch.measures, grouped=grouped),
        _counted(graphs.errors(found, watch.measures, kinds=not grouped), found),
        _priced(graphs.cost(found, watch.measures, grouped=grouped), found, watch),
    )
    more = tuple(replace(graph, marks=marked) for graph in _folded(found, watch, grouped=grouped))
    judged = tuple(_judged(replace(graph, marks=marked), rows, grid, state, watch) for graph in main)
    return Board(grid, judged, more)


def _judged(graph: Graph, rows: Sequence[PartsRow], grid: Grid, state: State, watch: Watch) -> Graph:
    """Add what the alarms judge: the measure over their own windows where these are not the points, and the lines."""
    drawn = _drawn(graph.name, grid, state, watch)
    curves = tuple(
        curve_of(watch.measures[name], graphs.trailing_total(rows, grid, length, watch.measures[name].unit))
        for name, length in sorted(drawn.items())
        if length != grid.step
    )
    return with_levels(replace(graph, series=(*graph.series, *curves)), drawn, watch, state)


def _counted(graph: Graph, found: Cells) -> Graph:
    parts = [found.total[start] for start in found.grid.starts if start in found.total]
    failed, calls = sum(p.failed for p in parts), sum(p.calls for p in parts)
    if not calls:
        return graph
    text = f"{numbers.count(failed)} of {numbers.count(calls)} calls ({words.share(failed / calls)})"
    return replace(
        graph, figures=(Figure("failed in this window", text, "Cancelled and content-filtered calls are not counted."),)
    )


def _priced(graph: Graph, found: Cells, watch: Watch) -> Graph:
    """Add what the window cost, what a month of it would, and how much of the usage has no price."""
    shown = [start for start in found.grid.starts if start in found.total]
    if not shown:
        return graph
    parts = [found.total[start] for start in shown]
    spent = sum((p.cost_usd for p in parts), start=Parts().cost_usd)
    unpriced, priced = sum(p.unpriced for p in parts), sum(p.priced for p in parts)
    # From the first call shown: a server that has only just begun must not be diluted by time it did not see.
    hours = max((found.grid.until - shown[0]) / HOUR, found.grid.step / HOUR)
    share = watch.measures["unpriced_share"].value(Parts(priced=priced, unpriced=unpriced), found.grid.step)
    figures = (
        Figure("in this window", words.usd(float(spent))),
        Figure(
            "a month at this pace",
            f"about {numbers.about_usd(float(spent) / hours * MONTH_H)}",
            f"The mean of the time shown, times {MONTH_H} hours.",
        ),
        Figure(
            "unpriced",
            words.share(share or 0.0),
            f"{unpriced} of {unpriced + priced} calls with usage have no known price and are not in this graph.",
        ),
    )
    return replace(graph, figures=figures)


def _folded(found: Cells, watch: Watch, *, grouped: bool) -> tuple[Graph, ...]:
    measures = watch.measures
    tokens = [(measures["input_tokens_per_hour"], "input"), (measures["output_tokens_per_hour"], "output")]
    calls, ttft = measures["calls_per_minute"], measures["ttft_p95"]
    answers = [(measures[f"{name}_share"], label) for name, label in _ANSWERS]
    if grouped:
        return (
            graphs.simple("tokens", "Tokens per hour", found, tokens),
            graphs.grouped_lines("calls", "Calls", found, calls),
            graphs.grouped_lines("ttft", "Time to first token, p95", found, ttft),
        )
    return (
        graphs.simple("tokens", "Tokens per hour", found, tokens),
        graphs.simple("calls", "Calls", found, [(calls, "calls")]),
        graphs.simple("ttft", "Time to first token", found, [(ttft, "p95")]),
        graphs.simple("answers", "Bad answers", found, answers, colours="group"),
    )
