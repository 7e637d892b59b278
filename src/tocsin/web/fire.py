"""The graph on fire: an incident's own measure, taken over the very windows its alarm judges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.alarms.silence import MEASURE as SILENCE
from tocsin.model.alarm import Group, Judgement
from tocsin.model.dimension import Dimension
from tocsin.model.incident import Incident
from tocsin.model.measure import Measure
from tocsin.model.parts import PartsRow
from tocsin.model.whole import is_whole
from tocsin.model.window import Window
from tocsin.notify import words
from tocsin.web import graphs, numbers
from tocsin.web.alarmed import level_of, mark_of
from tocsin.web.going import Fact, facts, headline_member, now_of, sentence
from tocsin.web.graphs import Cells, Graph
from tocsin.web.grid import STEPS, Grid, ceiling, fits, floor, step_for
from tocsin.web.state import State
from tocsin.web.watched import Watch

# Time shown before the trouble and after its end, so that the usual level is seen too.
BEFORE = timedelta(minutes=40)
AFTER = timedelta(minutes=15)
# The measure that is drawn as a stack of its types.
ALL_ERRORS = "error_share"
# A long incident is shown from its beginning up to this; the rest is one link away.
LENGTH_MAX = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask the store for an incident's graph."""

    grid: Grid
    # The alarm's window; None when the steps are too long for it, and each point is its own step.
    trailing: timedelta | None
    group_by: tuple[Dimension, ...]
    filters: Mapping[Dimension, tuple[str, ...]]

    @property
    def window(self) -> Window:
        """The stretch to ask for."""
        return self.grid.reaching_back(self.trailing) if self.trailing else self.grid.window


@dataclass(frozen=True, slots=True)
class Fire:
    """An incident beside its graph."""

    incident: Incident
    sentence: str
    # None when the alarm's measure has no graph.
    graph: Graph | None
    since: datetime
    fired: datetime
    lasted: str
    facts: tuple[Fact, ...]
    why: str
    changed: str
    # Trace ids.
    examples: tuple[str, ...]
    permalink: str


def minutes_that_matter(incident: Incident, at: datetime) -> Window:
    """Return the window for a link that names none: at least 40 minutes, and so at least 40 points."""
    until = min(incident.closed + AFTER if incident.closed else at, incident.started + LENGTH_MAX, at)
    since = incident.started - BEFORE
    return Window(floor(since, STEPS[0]), ceiling(max(until, since + BEFORE), STEPS[0]))


def plan(incident: Incident, window: Window, at: datetime, watch: Watch) -> Plan:
    """Choose steps and groups for an incident's graph over `window`.

    Each point takes in the window that decided last, or the one that did when it was worst; None of them may fit the
    steps, as that of a silence or of the first seconds of an outage.
    """
    member, judged = headline_member(incident), now_of(incident, watch)
    step = step_for(window.length)
    lengths = [judged.judgement.window] if judged and judged.judgement.value is not None else []
    lengths += [member.judgement.window] if member else []
    measure = watch.measures.get(member.judgement.measure) if member else None
    return Plan(
        grid=Grid.over(window, step, at),
        trailing=next((length for length in lengths if fits(length, step)), None),
        group_by=(Dimension.ERROR_TYPE,) if measure and measure.name == ALL_ERRORS else (),
        filters=_about(incident.group),
    )


def _about(group: Group) -> dict[Dimension, tuple[str, ...]]:
    """Return the filters for an alarm's group; one that stands for its whole project filters nothing."""
    if is_whole(group):
        return {}
    return {Dimension.SERVICE: (group.service,), Dimension.ENVIRONMENT: (group.environment,)}


def build(  # noqa: PLR0913, PLR0917 - what was asked and what came of it
    incident: Incident,
    rows: Sequence[PartsRow],
    asked: Plan,
    watch: Watch,
    at: datetime,
    fired: Judgement | None = None,
) -> Fire:
    """Build the view of an incident from the rows its plan asked for.

    `fired` is the judgement that made its headline's alarm fire; None when the log no longer has it.
    """
    member = headline_member(incident)
    measure = watch.measures.get(member.judgement.measure) if member else None
    mark = mark_of(incident)
    graph: Graph | None = None
    if member and measure:
        found = (
            graphs.trailing_cells(rows, asked.grid, asked.trailing, measure.unit)
            if asked.trailing
            else graphs.cells(rows, asked.grid)
        )
        drawn = _drawn(measure, found, watch.measures)
        judged = now_of(incident, watch)
        latest = judged.judgement if judged and judged.judgement.threshold is not None else member.judgement
        graph = replace(
            drawn,
            name="fire",
            marks=(mark,),
            levels=level_of(latest, measure, asked.trailing or latest.window),
            note=_grain(asked, latest, measure),
        )
    return Fire(
        incident=incident,
        sentence=sentence(incident, watch, at),
        graph=graph,
        since=incident.started,
        fired=min((m.fired for m in incident.members), default=incident.opened),
        lasted=numbers.lasting((incident.closed or at) - incident.started),
        facts=facts(incident, fired, watch, at),
        why=incident.why,
        changed=incident.changed,
        examples=incident.examples,
        permalink=f"/incidents/{incident.id}",
    )


def _grain(asked: Plan, judged: Judgement, measure: Measure) -> str:
    """Say what each point takes in, and that it is what the alarm judges, or is not."""
    if asked.trailing:
        return f"Each point is the {words.length(asked.trailing)} that end there, as the alarm judges them."
    each = f"Each point is {words.length(asked.grid.step)}"
    return f"{each}." if measure.name == SILENCE else f"{each}; the alarm judges {words.length(judged.window)}."


def _drawn(measure: Measure, found: Cells, measures: Mapping[str, Measure]) -> Graph:
    match measure.graph:
        # One class of errors is drawn on its own: its threshold says nothing of the others.
        case "errors" if measure.name == ALL_ERRORS:
            return graphs.errors(found, measures, kinds=True)
        case "latency":
            return graphs.latency(found, measures, grouped=False)
        case "cost":
            return graphs.cost(found, measures, grouped=False)
        case _:
            return graphs.simple(measure.graph, measure.title, found, [(measure, measure.title)])


def state_of(incident: Incident, window: Window) -> State:
    """Return the home page's state for an incident."""
    group = incident.group
    state = State(window=window, range=None, project=group.project, incident=incident.id)
    for dimension, values in _about(group).items():
        if any(values):
            state = state.with_filter(dimension, values)
    return state
