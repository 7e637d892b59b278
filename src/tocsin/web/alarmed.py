"""What alarms and incidents add to a graph: lines across it, marks on its time axis, and words beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.model.alarm import Group, Judgement
from tocsin.model.dimension import Dimension
from tocsin.model.incident import Incident
from tocsin.model.measure import Measure, Unit
from tocsin.model.whole import is_whole
from tocsin.model.window import Window
from tocsin.notify import words
from tocsin.web import numbers
from tocsin.web.going import sentence
from tocsin.web.graphs import Cells, Figure, Graph, Level, Mark, Role, Series, values
from tocsin.web.grid import fits
from tocsin.web.state import State
from tocsin.web.watched import Watch


def _matches(group: Group, state: State) -> bool:
    """Say whether an alarm instance lies inside the filters; filters that alarms do not know leave none."""
    if is_whole(group):
        return True
    known = {Dimension.SERVICE: group.service, Dimension.ENVIRONMENT: group.environment}
    return all(dimension in known and known[dimension] in values for dimension, values in state.filters)


# The measures that the three graphs draw of all calls together, by graph.
_DRAWN = {
    "latency": frozenset({"latency_p50", "latency_p95", "latency_p99"}),
    "errors": frozenset({"error_share"}),
    "cost": frozenset({"cost_per_hour"}),
}


def _in_view(graph: str, watch: Watch, state: State) -> dict[str, list[Judgement]]:
    """Return the newest judgements on what a graph draws by alarm instances inside the filters, by measure."""
    found: dict[str, list[Judgement]] = {}
    for seat in watch.seats:
        if seat.judged and seat.judged.judgement.measure in _DRAWN[graph] and _matches(seat.group, state):
            found.setdefault(seat.judged.judgement.measure, []).append(seat.judged.judgement)
    return found


def judged_over(graph: str, watch: Watch, state: State, step: timedelta) -> dict[str, timedelta]:
    """Return the window of each measure whose threshold can be drawn over points of `step`.

    That is where all alarm instances in view agree on threshold and window, and the window is made of whole steps.
    """
    found: dict[str, timedelta] = {}
    for name, judged in _in_view(graph, watch, state).items():
        limits, windows = {j.threshold for j in judged}, {j.window for j in judged}
        if len(limits) == len(windows) == 1 and limits != {None} and fits(min(windows), step):
            found[name] = min(windows)
    return found


def _named(measure: Measure, what: str) -> str:
    """Say whose line it is where a graph has several curves: "p95 alarm"."""
    quantile = measure.name.rpartition("_")[2]
    return f"{quantile} {what}" if measure.unit is Unit.SECONDS else what


def curve_of(measure: Measure, found: Cells) -> Series:
    """Return a measure over an alarm's own windows, for the graph whose points are shorter than these."""
    assert found.trailing is not None, "each cell holds the alarm's window"
    label = _named(measure, f"over {words.length(found.trailing)}")
    return Series(f"{measure.name}_judged", label, Role.JUDGED, "judged", values(measure, found.total, found))


def with_levels(graph: Graph, drawn: Mapping[str, timedelta], watch: Watch, state: State) -> Graph:
    """Draw usual levels, and the thresholds in `drawn` with their windows; say in words what all the others are."""
    levels: list[Level] = []
    figures: list[Figure] = []
    notes: list[str] = []
    for name, judged in sorted(_in_view(graph.name, watch, state).items()):
        measure = watch.measures[name]
        limits = sorted({j.threshold for j in judged if j.threshold is not None})
        if len(limits) == 1:
            if name in drawn:
                over_s = int(drawn[name].total_seconds())
                levels.append(Level("threshold", _named(measure, "alarm"), limits[0], name, over_s))
            figures.append(_limit(measure, limits[0], judged, is_drawn=name in drawn))
        elif limits:
            low, high = (numbers.measured(value, measure.unit) for value in (limits[0], limits[-1]))
            notes.append(f"{len(judged)} alarms watch this, from {low} to {high}: choose a service to see its line.")
        usual = [j.usual for j in judged if j.usual is not None]
        if len(judged) == 1 and usual:
            levels.append(Level("usual", _named(measure, "usual"), usual[0], name))
    return replace(
        graph,
        levels=(*graph.levels, *levels),
        figures=(*graph.figures, *figures),
        note=" ".join([graph.note, *notes]).strip(),
    )


def _limit(measure: Measure, limit: float, judged: Sequence[Judgement], *, is_drawn: bool) -> Figure:
    lengths = [words.length(length) for length in sorted({j.window for j in judged})]
    over = lengths[0] if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    learning = ", learning" if any(j.learning for j in judged) else ""
    why = "" if is_drawn else "Its line is not drawn, because the points of this graph are not what it judges."
    return Figure(f"{measure.title} alarm", f"{numbers.measured(limit, measure.unit)} over {over}{learning}", why)


def marks(watch: Watch, state: State) -> tuple[Mark, ...]:
    """Return the incidents of the window that lie inside the filters."""
    return tuple(
        mark_of(incident)
        for incident in watch.incidents
        if _overlaps(incident, state.window) and _matches(incident.group, state)
    )


def _overlaps(incident: Incident, window: Window) -> bool:
    return incident.started < window.until and (incident.closed is None or incident.closed > window.since)


def mark_of(incident: Incident) -> Mark:
    """Return an incident as it is marked on a time axis."""
    fired = min((member.fired for member in incident.members), default=incident.opened)
    return Mark(
        incident=incident.id,
        label=incident.group.service or "unknown service",
        since=int(incident.started.timestamp()),
        fired=int(fired.timestamp()),
        until=int(incident.closed.timestamp()) if incident.closed else None,
    )


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """One line of the banner: a sentence and where it leads."""

    id: str
    sentence: str
    severity: str
    started: datetime
    lasted: str
    link: str


@dataclass(frozen=True, slots=True)
class Banner:
    """How things are, in one line: the open incidents, or since when all is quiet (None: since ever)."""

    open: tuple[OpenIncident, ...]
    # No incident is open, also none that is told elsewhere on the page.
    calm: bool
    quiet_since: datetime | None
    # Alarm instances on watch, and how many of them are still learning what is usual.
    watching: int
    learning: int
    # Instances whose last judgement failed: a broken alarm is not a quiet one.
    broken: int


def banner(watch: Watch, at: datetime, shown: str | None = None) -> Banner:
    """Build the status line of a project at a moment; the incident that is `shown` below it is not told twice."""
    closed = [incident.closed for incident in watch.incidents if incident.closed]
    judged = [seat.judged.judgement for seat in watch.seats if seat.judged]
    ranked = sorted(
        (incident for incident in watch.incidents if incident.closed is None),
        key=lambda incident: (incident.severity != "page", -incident.opened.timestamp()),
    )
    return Banner(
        calm=not ranked,
        open=tuple(
            OpenIncident(
                id=incident.id,
                sentence=sentence(incident, watch, at),
                severity=incident.severity,
                started=incident.started,
                lasted=numbers.lasting(at - incident.started),
                link=f"/incidents/{incident.id}",
            )
            for incident in ranked
            if incident.id != shown
        ),
        quiet_since=max(closed, default=None),
        watching=len(watch.seats),
        learning=sum(j.learning for j in judged),
        broken=sum(j.verdict == "failed" for j in judged),
    )


def level_of(judged: Judgement, measure: Measure, over: timedelta) -> tuple[Level, ...]:
    """Return the lines of one judgement: its threshold over a window, and its usual level."""
    pairs = (("threshold", "alarm", judged.threshold), ("usual", "usual", judged.usual))
    return tuple(
        Level(
            kind,
            _named(measure, label),
            value,
            measure.name,
            over_s=int(over.total_seconds()) if kind == "threshold" else None,
        )
        for kind, label, value in pairs
        if value is not None
    )
