"""The home page: how things are, three graphs, and everything else folded away. All wording is decided here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.model.dimension import Dimension
from tocsin.model.listing import ValueCount
from tocsin.model.measure import Measure
from tocsin.model.parts import PartsRow
from tocsin.notify import words
from tocsin.web import graphs, numbers
from tocsin.web.alarmed import Banner, banner
from tocsin.web.board import Board
from tocsin.web.cards import Burning, Card, Link, burning, card, data
from tocsin.web.fire import Fire
from tocsin.web.graphs import Graph
from tocsin.web.state import RANGES, State
from tocsin.web.watched import Watch

# The tables folded away under the graphs.
BREAKDOWNS = (Dimension.MODEL, Dimension.FEATURE, Dimension.TENANT)
# Filters offered as lists; the others have too many values and are typed in.
LISTED = (
    Dimension.SERVICE,
    Dimension.ENVIRONMENT,
    Dimension.MODEL,
    Dimension.PROVIDER,
    Dimension.OPERATION,
    Dimension.RELEASE,
    Dimension.FEATURE,
    Dimension.TENANT,
    Dimension.AGENT,
    Dimension.ERROR_TYPE,
)
TYPED = (
    Dimension.USER,
    Dimension.SESSION,
    Dimension.REQUEST_MODEL,
    Dimension.FINISH_REASON,
    Dimension.STREAMING,
    Dimension.MAPPING,
)
OPTIONS_MAX = 100
ROWS_MAX = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several links or options."""

    name: str
    title: str
    link: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force; the link removes it."""

    name: str
    value: str
    link: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A folded table and where it comes from."""

    dimension: str
    title: str
    link: str


@dataclass(frozen=True, slots=True)
class HomeView:
    """What `page.html` and `live.html` may use."""

    title: str
    state: State
    banner: Banner
    # None without an incident in the link.
    fire: Burning | None
    cards: tuple[Card, ...]
    more: tuple[Card, ...]
    # The graphs as JSON, for chart.js.
    data: str
    # Address of the news, and whether there will be any: the window follows the clock, or an incident goes on.
    live: str
    news: bool
    ranges: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    # The query without the group, for the group's form.
    kept: tuple[tuple[str, str], ...]
    chips: tuple[Chip, ...]
    filters_link: str
    breakdowns: tuple[Breakdown, ...]
    # How long a stretch each point covers.
    grain: str
    # Nothing was called in the window, and no incident is shown.
    empty: bool


def titled(dimension: Dimension) -> str:
    """Return a dimension's name in words."""
    return dimension.value.replace("_", " ")


def build(board: Board, state: State, watch: Watch, fire: Fire | None, at: datetime) -> HomeView:
    """Build the home page."""
    now = banner(watch, at, state.incident if fire else None)
    burns = fire.graph.unit if fire and fire.graph else None
    # The graph on fire stands for the one of its unit; the other two stay below it.
    shown = [graph for graph in board.main if graph.unit is not burns or fire is None]
    return HomeView(
        title=_title(now, fire),
        state=state,
        banner=now,
        fire=burning(fire, state, Link("The whole story of this incident", fire.permalink)) if fire else None,
        cards=tuple(card(graph, state) for graph in shown),
        more=tuple(card(graph, state) for graph in board.more),
        data=data(board.all),
        live=state.link("/live"),
        news=state.live or (fire is not None and fire.incident.closed is None),
        ranges=tuple(
            Choice(name, name, state.with_range(name).link(), name == state.range and fire is None) for name in RANGES
        ),
        groups=tuple(
            Choice(d.value, titled(d), state.with_group(d).link(), d is state.group)
            for d in Dimension
            if d is not Dimension.ERROR_TYPE
        ),
        kept=tuple(pair for pair in state.pairs() if pair[0] != "group"),
        chips=tuple(
            Chip(titled(d), value or graphs.UNNAMED, state.with_filter(d, [v for v in values if v != value]).link())
            for d, values in state.filters
            for value in values
        ),
        filters_link=state.link("/filters"),
        breakdowns=tuple(Breakdown(d.value, titled(d), state.link(f"/breakdown/{d}")) for d in BREAKDOWNS),
        grain=f"One point is {words.length(board.grid.step)}.",
        empty=fire is None and not any(board.main[0].calls),
    )


def _title(now: Banner, fire: Fire | None) -> str:
    if fire:
        return fire.sentence
    return now.open[0].sentence if now.open else "All quiet"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: either of a time or of a name, which may lead to that name as a filter."""

    at: datetime | None
    name: str
    link: str | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """What `table.html` may use."""

    title: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    back: str
    part: str = "home/table.html"


def table(graph: Graph, state: State) -> TableView:
    """Build the table behind a graph, newest step first."""
    columns = (*(series.label for series in graph.series), "calls")
    rows = tuple(
        TableRow(
            at=datetime.fromtimestamp(graph.at[i], UTC),
            name="",
            link=None,
            cells=(
                *(numbers.measured(series.values[i], graph.unit) for series in graph.series),
                f"{graph.calls[i]:,}",
            ),
        )
        for i in reversed(range(len(graph.at)))
    )
    return TableView(graph.title, "from", columns, rows, state.link())


def breakdown(
    rows: Sequence[PartsRow], dimension: Dimension, state: State, measures: Mapping[str, Measure]
) -> TableView:
    """Build the table of one dimension over the whole window, dearest first."""
    length = state.window.length
    shown = ("latency_p50", "latency_p95", "latency_p99", "error_share")
    ranked = sorted(rows, key=lambda row: (-row.parts.cost_usd, -row.parts.calls, row.group))
    found = tuple(
        TableRow(
            at=None,
            name=graphs.name_of(row.group[0]),
            link=state.with_filter(dimension, (row.group[0],)).link() if row.group[0] else None,
            cells=(
                numbers.count(row.parts.calls),
                *(numbers.measured(measures[m].value(row.parts, length), measures[m].unit) for m in shown),
                numbers.count(row.parts.input_tokens),
                numbers.count(row.parts.output_tokens),
                words.usd(float(row.parts.cost_usd)),
                numbers.measured(measures["unpriced_share"].value(row.parts, length), measures["unpriced_share"].unit),
            ),
        )
        for row in ranked[:ROWS_MAX]
    )
    columns = ("calls", "p50", "p95", "p99", "errors", "tokens in", "tokens out", "cost", "unpriced")
    return TableView(f"By {titled(dimension)}", titled(dimension), columns, found, state.link())


@dataclass(frozen=True, slots=True)
class Option:
    """A value that can be chosen. `calls` 0: chosen in the link, and not seen in the window."""

    value: str
    calls: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Select:
    """A filter with a list of values."""

    name: str
    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A filter to be typed in."""

    name: str
    title: str
    value: str


@dataclass(frozen=True, slots=True)
class FiltersView:
    """What `filters.html` may use."""

    title: str
    kept: tuple[tuple[str, str], ...]
    selects: tuple[Select, ...]
    texts: tuple[Text, ...]
    back: str
    part: str = "home/filters.html"


def filters(found: Mapping[Dimension, Sequence[ValueCount]], state: State) -> FiltersView:
    """Build the form of filters from the values seen in the window."""
    chosen = state.filtered()
    return FiltersView(
        title="Filters and times",
        kept=tuple((key, value) for key, value in state.pairs() if key in {"range", "group", "project"}),
        selects=tuple(Select(d.value, titled(d), _options(found.get(d, ()), chosen.get(d, ()))) for d in LISTED),
        texts=tuple(Text(d.value, titled(d), next(iter(chosen.get(d, ())), "")) for d in TYPED),
        back=state.link(),
    )


def _options(seen: Sequence[ValueCount], chosen: Sequence[str]) -> tuple[Option, ...]:
    known = {one.value for one in seen}
    missing = tuple(Option(value, 0, chosen=True) for value in chosen if value not in known)
    listed = tuple(Option(one.value, one.calls, one.value in chosen) for one in seen[:OPTIONS_MAX] if one.value)
    return (*missing, *listed)
