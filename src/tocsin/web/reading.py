"""The questions behind the pages and the API: read typed rows, hand them to the pure builders."""

import re
from datetime import datetime, timedelta

from tocsin.model.alarm import Judgement, Phase
from tocsin.model.incident import Incident
from tocsin.model.span import Span
from tocsin.model.window import Window
from tocsin.web import board, fire
from tocsin.web.board import Board
from tocsin.web.going import headline_member
from tocsin.web.graphs import group_dimensions
from tocsin.web.missing import Missing
from tocsin.web.site import Site
from tocsin.web.state import State
from tocsin.web.watched import Watch

_TRACE_ID = re.compile(r"[0-9a-f]{32}")


def board_of(site: Site, state: State, watch: Watch, at: datetime) -> Board:
    """Read and build every graph of a state."""
    grid = board.grid_for(state, at)
    window = grid.reaching_back(board.reach(grid, state, watch))
    # The one question behind the graphs.
    rows = site.telemetry.parts(state.project, window, grid.step, group_dimensions(state.group), state.filtered())
    return board.build(rows, grid, state, watch)


def fire_of(site: Site, incident_id: str, state: State | None, watch: Watch, at: datetime) -> fire.Fire:
    """Read and build an incident's graph, over the state's window or the minutes that matter. Raises Missing."""
    incident = site.control.incident(incident_id)
    if incident is None:
        raise Missing(f"there is no incident “{incident_id[:60]}”.", "/incidents", "All incidents")
    window = fire.minutes_that_matter(incident, at) if state is None or state.live else state.window
    asked = fire.plan(incident, window, at, watch)
    rows = site.telemetry.parts(incident.group.project, asked.window, asked.grid.step, asked.group_by, asked.filters)
    return fire.build(incident, rows, asked, watch, at, _fired(site, incident))


def _fired(site: Site, incident: Incident) -> Judgement | None:
    """Find the judgement that made an incident's headline fire; None when the log no longer has it."""
    member = headline_member(incident)
    if member is None:
        return None
    moment = Window(member.fired, member.fired + timedelta(seconds=1))
    log = site.control.transitions(group=incident.instance(member)[1], window=moment)
    found = (moved for moved in log if moved.alarm == member.alarm and moved.now is Phase.FIRING)
    return next((moved.judgement for moved in found), None)


def trace_of(site: Site, project: str, trace_id: str) -> list[Span]:
    """Read a trace. Raises Missing when nothing of it is stored, or the id is none."""
    shaped = trace_id.lower()
    found = site.telemetry.spans_of_trace(project, shaped) if _TRACE_ID.fullmatch(shaped) else ()
    if not found:
        raise Missing(
            f"there is no trace “{trace_id[:60]}”: it never arrived, or its time to be kept is over.",
            "/traces",
            "Recent calls",
        )
    return list(found)
