"""The questions behind the pages and the API: read typed rows, hand them to the pure builders."""

import re
from collections.abc import Sequence
from datetime import datetime

from tocsin.model.parts import PartsRow
from tocsin.model.span import Span
from tocsin.web import board, fire
from tocsin.web.alarmed import Watch
from tocsin.web.board import Board
from tocsin.web.graphs import group_dimensions
from tocsin.web.grid import Grid
from tocsin.web.missing import Missing
from tocsin.web.site import Site
from tocsin.web.state import State

_TRACE_ID = re.compile(r"[0-9a-f]{32}")


def _rows(site: Site, state: State, grid: Grid) -> Sequence[PartsRow]:
    """Ask the one question behind the graphs."""
    return site.telemetry.parts(state.project, grid.window, grid.step, group_dimensions(state.group), state.filtered())


def board_of(site: Site, state: State, watch: Watch, at: datetime) -> Board:
    """Read and build every graph of a state."""
    grid = board.grid_for(state, at)
    return board.build(_rows(site, state, grid), grid, state, watch)


def fire_of(site: Site, incident_id: str, state: State | None, watch: Watch, at: datetime) -> fire.Fire:
    """Read and build an incident's graph, over the state's window or the minutes that matter. Raises Missing."""
    incident = site.control.incident(incident_id)
    if incident is None:
        raise Missing(f"there is no incident “{incident_id[:60]}”.", "/incidents", "All incidents")
    window = fire.minutes_that_matter(incident, at) if state is None or state.live else state.window
    asked = fire.plan(incident, window, at, site.measures)
    rows = site.telemetry.parts(incident.group.project, asked.window, asked.grid.step, asked.group_by, asked.filters)
    return fire.build(incident, rows, asked, watch, at)


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
