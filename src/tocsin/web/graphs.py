"""Graphs as typed series: what is drawn, with every point taken by the same measure an alarm is judged by.

All pure. Missing is None and is drawn as a gap, never as zero.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from tocsin.model.dimension import NOT_A_FAULT, Dimension, ErrorType
from tocsin.model.measure import Measure, Unit
from tocsin.model.parts import ZERO_USD, Parts, PartsRow
from tocsin.model.signs import Signs
from tocsin.model.sketch import Sketch
from tocsin.web.grid import Grid

# More groups than this can't be told apart on one graph; the rest are added up as "others".
GROUPS_MAX = 8
OTHERS = "others"
UNNAMED = "(none)"
# The colour of what is told beside a stack and not counted in it.
UNCOUNTED = "muted"
_NO_PARTS = Parts()


class Role(StrEnum):
    """How a series is drawn."""

    # On its own.
    LINE = "line"
    # On top of the stacked ones before it.
    STACK = "stack"
    # Over all others: the same measure over the windows that an alarm judges.
    JUDGED = "judged"
    # Not drawn but told as a number: the sum that a stack's upper edge is, and what is not counted in it.
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Series:
    """One curve. `values` has one entry for each step; None is a gap."""

    key: str
    label: str
    role: Role
    # A name of a colour in tokens.css, without the leading `--c-`.
    colour: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line: an alarm's threshold, or the usual level. In the graph's unit."""

    kind: str
    label: str
    value: float
    measure: str
    # The window that a threshold holds for, in seconds; None for a level that has none.
    over_s: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """An incident on the time axis, in seconds since the Unix epoch. `until` is None while it goes on."""

    incident: str
    label: str
    since: int
    fired: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number beside a graph, in words ready to read."""

    label: str
    text: str
    # The full sentence, for a title and for the docs of the JSON answer.
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """One graph: typed series over equal steps, and what is drawn across them."""

    name: str
    title: str
    unit: Unit
    step_s: int
    # Starts of the steps, whole seconds since the Unix epoch.
    at: tuple[int, ...]
    series: tuple[Series, ...]
    # Calls in each step: what the point rests on.
    calls: tuple[int, ...]
    levels: tuple[Level, ...] = ()
    marks: tuple[Mark, ...] = ()
    figures: tuple[Figure, ...] = ()
    # How long a stretch each point covers, where that is more than its step: a trailing window, as an alarm judges.
    trailing_s: int | None = None
    # The end of what is known, in seconds since the Unix epoch: inside the last step where that is unfinished.
    until: int = 0
    # What a reader has to know and can't see, such as thresholds that differ by service.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """The store's answer by group and step; of trailing windows where `trailing` says so."""

    grid: Grid
    by_group: Mapping[str, Mapping[datetime, Parts]]
    # All groups added up.
    total: Mapping[datetime, Parts]
    # None: each cell holds its own step; else it holds the window of this length that ends with the step.
    trailing: timedelta | None = None

    def length_of(self, start: datetime) -> timedelta:
        """Return how long a stretch the cell at `start` covers."""
        return self.trailing or self.grid.length_of(start)


def merge(many: Sequence[Parts]) -> Parts:
    """Add parts up: what `Parts.merged` gives, without the work on sketches that are empty."""
    if len(many) == 1:
        return many[0]
    durations = [parts.duration for parts in many if parts.duration.n]
    ttfts = [parts.ttft for parts in many if parts.ttft.n]
    return replace(sums(many), duration=_merge_sketches(durations), ttft=_merge_sketches(ttfts))


def sums(many: Sequence[Parts]) -> Parts:
    """Add parts up and leave the sketches out, which is the dear part: for shares, rates and money."""
    cost = ZERO_USD
    for parts in many:
        cost += parts.cost_usd
    counts = (sum(column) for column in zip(*(_COUNTS(parts) for parts in many), strict=True))
    return Parts(*counts, cost_usd=cost, signs=Signs.merged(parts.signs for parts in many))


_COUNTS = attrgetter(*(f.name for f in fields(Parts) if isinstance(f.default, int)))


def _merge_sketches(many: Sequence[Sketch]) -> Sketch:
    return many[0] if len(many) == 1 else Sketch.merged(many)


def cells(rows: Iterable[PartsRow], grid: Grid, *, grouped: bool = False) -> Cells:
    """Sort the store's rows by group (the first dimension asked for; empty tuple: one group) and step.

    With `grouped`, quantiles are wanted of each group and of no total, and the total has no sketches.
    """
    by_group: dict[str, dict[datetime, list[Parts]]] = {}
    by_step: dict[datetime, list[Parts]] = {}
    for row in rows:
        name = row.group[0] if row.group else ""
        by_group.setdefault(name, {}).setdefault(row.at, []).append(row.parts)
        by_step.setdefault(row.at, []).append(row.parts)
    add_up = sums if grouped else merge
    return Cells(
        grid,
        {name: {at: merge(parts) for at, parts in steps.items()} for name, steps in by_group.items()},
        {at: add_up(parts) for at, parts in by_step.items()},
    )


def trailing_cells(rows: Iterable[PartsRow], grid: Grid, length: timedelta, unit: Unit) -> Cells:
    """Sort the store's rows into the windows of `length` that end with each step: what an alarm judges.

    The rows must reach back to `grid.reaching_back(length)`. A window without any call is a gap. Only where the `unit`
    of what is drawn is a time are the sketches added up.
    """
    own = cells(rows, grid)
    add_up = merge if unit is Unit.SECONDS else sums

    def trailing(steps: Mapping[datetime, Parts]) -> dict[datetime, Parts]:
        found: dict[datetime, Parts] = {}
        for start in grid.starts:
            inside = [steps[at] for i in range(length // grid.step) if (at := start - i * grid.step) in steps]
            if inside:
                found[start] = add_up(inside)
        return found

    by_group = {name: trailing(steps) for name, steps in own.by_group.items()}
    return Cells(grid, by_group, trailing(own.total), length)


def trailing_total(rows: Iterable[PartsRow], grid: Grid, length: timedelta, unit: Unit) -> Cells:
    """Return what `trailing_cells` does of all groups together, and of no group."""
    steps: dict[datetime, list[Parts]] = {}
    for row in rows:
        steps.setdefault(row.at, []).append(row.parts)
    add_up = merge if unit is Unit.SECONDS else sums
    total: dict[datetime, Parts] = {}
    for start in grid.starts:
        before = (start - i * grid.step for i in range(length // grid.step))
        if inside := [parts for at in before for parts in steps.get(at, ())]:
            total[start] = add_up(inside)
    return Cells(grid, {}, total, length)


def ranked(found: Cells, weight: Callable[[Parts], float]) -> list[str]:
    """Name the groups, heaviest first."""
    weights = {name: sum(weight(parts) for parts in steps.values()) for name, steps in found.by_group.items()}
    return sorted(weights, key=lambda name: (-weights[name], name))


def stackable(found: Cells, weight: Callable[[Parts], float]) -> dict[str, Mapping[datetime, Parts]]:
    """Return the heaviest `GROUPS_MAX` groups, heaviest first, and the others added up under `OTHERS`."""
    order = ranked(found, weight)
    kept: dict[str, Mapping[datetime, Parts]] = {name: found.by_group[name] for name in order[:GROUPS_MAX]}
    rest: dict[datetime, list[Parts]] = {}
    for name in order[GROUPS_MAX:]:
        for at, parts in found.by_group[name].items():
            rest.setdefault(at, []).append(parts)
    if rest:
        kept[OTHERS] = {at: sums(parts) for at, parts in rest.items()}
    return kept


def values(measure: Measure, steps: Mapping[datetime, Parts], found: Cells) -> tuple[float | None, ...]:
    """Take a measure at each step; a step without calls is a gap."""
    return tuple(
        measure.value(steps[start], found.length_of(start)) if start in steps else None for start in found.grid.starts
    )


def calls_per_step(found: Cells) -> tuple[int, ...]:
    """Count the calls of each step; 0 where there were none."""
    return tuple(found.total.get(start, _NO_PARTS).calls for start in found.grid.starts)


def name_of(group: str) -> str:
    """Return how a group is called on a page: calls that lack the property have a name too."""
    return group or UNNAMED


_QUANTILES = (
    ("latency_p50", "p50", "latency-1"),
    ("latency_p95", "p95", "latency-2"),
    ("latency_p99", "p99", "latency-3"),
)


def latency(found: Cells, measures: Mapping[str, Measure], *, grouped: bool) -> Graph:
    """Build the latency graph: p50, p95 and p99 of calls that did not fail; by group, the p95 of each."""
    if grouped:
        return grouped_lines("latency", "Latency, p95", found, measures["latency_p95"])
    series = tuple(
        Series(name, label, Role.LINE, colour, values(measures[name], found.total, found))
        for name, label, colour in _QUANTILES
    )
    return _graph("latency", "Latency", Unit.SECONDS, found, series)


def errors(found: Cells, measures: Mapping[str, Measure], *, kinds: bool) -> Graph:
    """Build the error graph: each type's part of the share of calls that failed, stacked; the top is the share.

    With `kinds`, groups are error types, and those that are nobody's fault are told beside the stack; otherwise each
    group gives its part of the share.
    """
    share = values(measures["error_share"], found.total, found)
    if not kinds:
        top = stackable(found, lambda parts: parts.failed)
        stack = tuple(
            Series(name, name_of(name), Role.STACK, f"group-{i}", _part_of_share(steps, found, lambda p: p.failed))
            for i, (name, steps) in enumerate(top.items())
            if any(parts.failed for parts in steps.values())
        )
        return _graph("errors", "Errors", Unit.SHARE, found, (_share_line(share), *stack))
    stack = tuple(
        Series(
            name, label_of_error(name), Role.STACK, f"error-{name}", _part_of_share(steps, found, lambda p: p.failed)
        )
        for name, steps in sorted(found.by_group.items())
        if any(parts.failed for parts in steps.values())
    )
    muted = tuple(
        Series(
            name,
            f"{label_of_error(name)}, not counted",
            Role.TOLD,
            UNCOUNTED,
            _part_of_share(found.by_group[name], found, lambda p: p.errors),
        )
        for name in sorted(NOT_A_FAULT)
        if name in found.by_group
    )
    return _graph("errors", "Errors by type", Unit.SHARE, found, (_share_line(share), *stack, *muted))


def label_of_error(name: str) -> str:
    """Return an error type in words."""
    return name.replace("_", " ") if name in set(ErrorType) else name_of(name)


def _share_line(share: tuple[float | None, ...]) -> Series:
    return Series("error_share", "errors", Role.TOLD, "error-share", share)


def _part_of_share(
    steps: Mapping[datetime, Parts], found: Cells, bad: Callable[[Parts], int]
) -> tuple[float | None, ...]:
    """Return bad calls of one group as a share of the calls of all groups, so that the groups stack up to the whole."""
    return tuple(
        bad(steps.get(start, _NO_PARTS)) / found.total[start].calls
        if start in found.total and found.total[start].calls
        else None
        for start in found.grid.starts
    )


def cost(found: Cells, measures: Mapping[str, Measure], *, grouped: bool) -> Graph:
    """Build the cost graph: dollars per hour, stacked by group where there is one."""
    measure = measures["cost_per_hour"]
    if not grouped:
        series = (Series("cost_per_hour", "cost", Role.STACK, "cost", values(measure, found.total, found)),)
        return _graph("cost", "Cost per hour", Unit.USD_PER_HOUR, found, series)
    top = stackable(found, lambda parts: float(parts.cost_usd))
    series = tuple(
        Series(name, name_of(name), Role.STACK, f"group-{i}", values(measure, steps, found))
        for i, (name, steps) in enumerate(top.items())
    )
    return _graph("cost", "Cost per hour", Unit.USD_PER_HOUR, found, series)


def simple(
    name: str, title: str, found: Cells, drawn: Sequence[tuple[Measure, str]], *, colours: str = "latency"
) -> Graph:
    """Build a graph of one or a few measures of one unit over all calls, each with its label.

    `colours` is a family of colours in tokens.css: "latency" has three shades, "group" eight colours.
    """
    series = tuple(
        Series(measure.name, label, Role.LINE, f"{colours}-{i + 1}", values(measure, found.total, found))
        for i, (measure, label) in enumerate(drawn)
    )
    return _graph(name, title, drawn[0][0].unit, found, series)


def grouped_lines(name: str, title: str, found: Cells, measure: Measure) -> Graph:
    """Build a graph of one measure, one line for each of the groups with most calls; the note counts the others."""
    order = ranked(found, lambda parts: parts.calls)
    series = tuple(
        Series(group, name_of(group), Role.LINE, f"group-{i}", values(measure, found.by_group[group], found))
        for i, group in enumerate(order[:GROUPS_MAX])
    )
    more = len(order) - GROUPS_MAX
    graph = _graph(name, title, measure.unit, found, series)
    return replace(graph, note=f"{more} more are in the tables below." if more > 0 else "")


def _graph(name: str, title: str, unit: Unit, found: Cells, series: tuple[Series, ...]) -> Graph:
    return Graph(
        name=name,
        title=title,
        unit=unit,
        step_s=int(found.grid.step.total_seconds()),
        at=found.grid.seconds(),
        series=series,
        calls=calls_per_step(found),
        trailing_s=int(found.trailing.total_seconds()) if found.trailing else None,
        until=int(found.grid.until.timestamp()),
    )


def group_dimensions(group: Dimension | None) -> tuple[Dimension, ...]:
    """Return what the one question behind the three graphs is grouped by: the group asked for, else error types."""
    return (group or Dimension.ERROR_TYPE,)
