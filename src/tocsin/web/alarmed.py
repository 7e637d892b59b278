"""What alarms and incidents add to a graph: lines across it, marks on its time axis, and words beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.model.alarm import Group, Judgement, Phase, Standing, Transition
from tocsin.model.dimension import Dimension
from tocsin.model.incident import Incident, Member
from tocsin.model.measure import Measure, Unit
from tocsin.model.notice import Notice
from tocsin.model.whole import is_whole
from tocsin.model.window import Window
from tocsin.store.control import InboxRow, Instance, Judged
from tocsin.web import numbers
from tocsin.web.graphs import Figure, Graph, Level, Mark
from tocsin.web.state import State


@dataclass(frozen=True, slots=True)
class Seat:
    """One alarm instance: where it stands and what was last judged. None: it never moved, or was not judged yet."""

    alarm: str
    group: Group
    standing: Standing | None
    judged: Judged | None

    @property
    def phase(self) -> Phase:
        """Where it stands; an instance that never moved is quiet."""
        return self.standing.phase if self.standing else Phase.QUIET


def seats(
    standings: Mapping[Instance, tuple[Standing, Transition]], judgements: Mapping[Instance, Judged], project: str
) -> tuple[Seat, ...]:
    """Bring together what is known of each alarm instance of a project."""
    keys = sorted({key for key in (*standings, *judgements) if key[1].project == project})
    return tuple(
        Seat(
            alarm,
            group,
            standings[alarm, group][0] if (alarm, group) in standings else None,
            judgements.get((alarm, group)),
        )
        for alarm, group in keys
    )


def _matches(group: Group, state: State) -> bool:
    """Say whether an alarm instance lies inside the filters; filters that alarms do not know leave none."""
    if is_whole(group):
        return True
    known = {Dimension.SERVICE: group.service, Dimension.ENVIRONMENT: group.environment}
    return all(dimension in known and known[dimension] in values for dimension, values in state.filters)


@dataclass(frozen=True, slots=True)
class Watch:
    """What the alarms of one project know, read once for a page."""

    project: str
    # Newest first.
    incidents: Sequence[Incident]
    letters: Sequence[InboxRow]
    seats: Sequence[Seat]
    measures: Mapping[str, Measure]


# Beside the series drawn by name, these measures are what the graph shows as a whole.
_WHOLES = frozenset({"error_share", "cost_per_hour", "latency_p95"})


def _in_view(graph: Graph, watch: Watch, state: State) -> dict[str, list[Judgement]]:
    """Return the newest judgements on a graph's measures by alarm instances inside the filters, by measure."""
    shown = {series.key for series in graph.series} | _WHOLES
    found: dict[str, list[Judgement]] = {}
    for seat in watch.seats:
        if seat.judged is None or not _matches(seat.group, state):
            continue
        measure = watch.measures.get(seat.judged.judgement.measure)
        if measure and measure.graph == graph.name and measure.name in shown:
            found.setdefault(measure.name, []).append(seat.judged.judgement)
    return found


def _named(measure: Measure, what: str) -> str:
    """Say whose line it is where a graph has several curves: "p95 alarm"."""
    quantile = measure.name.rpartition("_")[2]
    return f"{quantile} {what}" if measure.unit is Unit.SECONDS else what


def with_levels(graph: Graph, watch: Watch, state: State) -> Graph:
    """Draw thresholds and usual levels where all alarm instances in view agree; else say in words how they differ."""
    levels: list[Level] = []
    figures: list[Figure] = []
    notes: list[str] = []
    for name, judged in sorted(_in_view(graph, watch, state).items()):
        measure = watch.measures[name]
        limits = sorted({j.threshold for j in judged if j.threshold is not None})
        if len(limits) == 1:
            levels.append(Level("threshold", _named(measure, "alarm"), limits[0], name))
            learning = ", learning" if any(j.learning for j in judged) else ""
            figures.append(Figure(f"{measure.title} alarm", f"{numbers.measured(limits[0], measure.unit)}{learning}"))
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


def headline_member(incident: Incident) -> Member | None:
    """Return the member that gives an incident its headline; None for an incident without members."""
    named = [member for member in incident.members if member.alarm == incident.headline]
    return (named or list(incident.members) or [None])[0]


_SAYS = {
    "errors": "{value} of calls fail",
    "latency": "{title} is {value}",
    "ttft": "{title} is {value}",
    "cost": "spending {value}",
    "tokens": "{value}",
    "calls": "calls are down to {value}",
}


def sentence(incident: Incident, notices: Sequence[Notice], measures: Mapping[str, Measure]) -> str:
    """Say in one sentence what is wrong, where and since when: in the words of the newest message, where one exists."""
    told = [notice for notice in notices if notice.incident == incident.id and notice.headline]
    if told:
        return max(told, key=lambda notice: notice.sequence).headline
    member = headline_member(incident)
    where = incident.group.service or "unknown service"
    since = f"since {numbers.clock(incident.started)}"
    if member is None:
        return f"{where}: {incident.headline} {since}"
    judged, measure = member.judgement, measures.get(member.judgement.measure)
    if measure is None or judged.value is None:
        return f"{where}: {judged.note or incident.headline.replace('_', ' ')} {since}"
    what = _SAYS.get(measure.graph, "{title} is {value}").format(
        title=measure.title, value=numbers.measured(judged.value, measure.unit)
    )
    usual = "" if judged.usual is None else f", usually {numbers.measured(judged.usual, measure.unit)}"
    return f"{where}: {what} {since}{usual}"


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
    notices = [letter.notice for letter in watch.letters]
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
                sentence=sentence(incident, notices, watch.measures),
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


def level_of(judged: Judgement, measure: Measure) -> tuple[Level, ...]:
    """Return the lines of one judgement: its threshold and its usual level."""
    pairs = (("threshold", "alarm", judged.threshold), ("usual", "usual", judged.usual))
    return tuple(
        Level(kind, _named(measure, label), value, measure.name) for kind, label, value in pairs if value is not None
    )
