"""Graphs dressed for a template: the newest numbers in words, a picture for readers without JavaScript, links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.web import numbers
from tocsin.web.fire import Fact, Fire
from tocsin.web.graphs import UNCOUNTED, Graph, Role, Series
from tocsin.web.site import dump
from tocsin.web.state import State
from tocsin.web.svg import Picture, picture

# How many unfinished steps the newest number may skip: data of the last moments are still on their way.
SKIP_MAX = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One series' newest value in words. `hidden`: there is nothing to say now, but the browser may fill it in."""

    key: str
    label: str
    colour: str
    text: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A graph as a template shows it."""

    graph: Graph
    readout: tuple[Reading, ...]
    # What the readout rests on, and when.
    when: str
    # What a screen reader says in place of the picture.
    spoken: str
    # From when to when, for readers without JavaScript.
    span: str
    picture: Picture
    # Address of the table behind the graph.
    table: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its words."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Example:
    """An example trace."""

    id: str
    link: str


@dataclass(frozen=True, slots=True)
class Burning:
    """The graph on fire as a template shows it."""

    sentence: str
    closed: datetime | None
    lasted: str
    since: datetime
    fired: datetime
    drill: bool
    card: Card | None
    data: str
    facts: tuple[Fact, ...]
    why: str
    changed: str
    examples: tuple[Example, ...]
    # Where to go from here: the incident's own page, or the graphs around it.
    other: Link


def latest(graph: Graph) -> int:
    """Return the index of the newest step to speak of: the last one, or one of the few before it that has calls."""
    last = len(graph.at) - 1
    recent = range(last, max(-1, last - SKIP_MAX), -1)
    return next((i for i in recent if graph.calls[i]), last)


def _may_hide(graph: Graph, series: Series) -> bool:
    """Say whether a series at zero needs no words: parts of a whole, of which there may be a dozen."""
    return (series.role is Role.STACK and len(graph.series) > 1) or series.colour == UNCOUNTED


def card(graph: Graph, state: State) -> Card:
    """Dress a graph."""
    i = latest(graph)
    readout = tuple(
        Reading(
            key=series.key,
            label=series.label,
            colour=series.colour,
            text=numbers.measured(series.values[i], graph.unit),
            hidden=_may_hide(graph, series) and not series.values[i],
        )
        for series in graph.series
    )
    # A trailing window is told by its end, which is not later than now.
    told = min(graph.at[i] + graph.step_s, graph.until) if graph.trailing_s else graph.at[i]
    start = datetime.fromtimestamp(told, UTC)
    calls = f"{numbers.count(graph.calls[i])} calls" if graph.calls[i] else "no calls"
    when = f"{calls}, {'until' if graph.trailing_s else 'from'} {numbers.clock(start)}"
    spoken = ", ".join(f"{r.label} {r.text}" for r in readout if not r.hidden)
    first, last = (datetime.fromtimestamp(s, UTC) for s in (graph.at[0], graph.at[-1] + graph.step_s))
    return Card(
        graph=graph,
        readout=readout,
        when=when,
        spoken=f"{graph.title}: {spoken or 'no calls in this window'}; {when}. The table below has all values.",
        span=f"{numbers.moment(first)} to {numbers.moment(last)}.",
        picture=picture(graph),
        table=state.link(f"/table/{graph.name}"),
    )


def data(drawn: Iterable[Graph]) -> str:
    """Write graphs as the JSON that chart.js reads."""
    return dump([payload(graph) for graph in drawn]).decode()


def payload(graph: Graph) -> dict[str, object]:
    """Return a graph as it is sent to browsers and API users."""
    return {
        "name": graph.name,
        "title": graph.title,
        "unit": graph.unit,
        "step_s": graph.step_s,
        "trailing_s": graph.trailing_s,
        "at": graph.at,
        "until": graph.until,
        "series": graph.series,
        "calls": graph.calls,
        "levels": graph.levels,
        "marks": graph.marks,
        "figures": graph.figures,
        "note": graph.note,
        "latest": latest(graph),
    }


def burning(fire: Fire, state: State, other: Link) -> Burning:
    """Dress an incident."""
    graphs: Sequence[Graph] = (fire.graph,) if fire.graph else ()
    return Burning(
        sentence=fire.sentence,
        closed=fire.incident.closed,
        lasted=fire.lasted,
        since=fire.since,
        fired=fire.fired,
        drill=fire.incident.drill,
        card=card(fire.graph, state) if fire.graph else None,
        data=data(graphs),
        facts=fire.facts,
        why=fire.why,
        changed=fire.changed,
        examples=tuple(Example(trace, f"/traces/{trace}") for trace in fire.examples),
        other=other,
    )
