"""The home page and its parts."""

from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from tocsin.model.dimension import Dimension
from tocsin.web import board, fire
from tocsin.web.graphs import Graph
from tocsin.web.missing import Missing
from tocsin.web.pages.home import view
from tocsin.web.reading import board_of, fire_of
from tocsin.web.site import Page, Site
from tocsin.web.state import State


def _routes(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def home(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        state = _about_incident(site, site.state(request, at), at)
        shown = _home(site, state, at)
        if shown.empty and site.telemetry.last_span_at(state.project) is None:
            return RedirectResponse(State(state.window, project=state.project).link("/start"), status_code=303)
        return site.page(request, "home/page.html", shown, at=at)

    @router.get("/live")
    def live(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        state = _about_incident(site, site.state(request, at), at)
        return site.page(request, "home/live.html", _home(site, state, at), at=at)

    @router.get("/table/{name}")
    def table(request: Request, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        state = site.state(request, at)
        graph = _graph(site, state, name, at)
        return site.part(request, view.table(graph, state), at=at)

    @router.get("/breakdown/{name}")
    def breakdown(request: Request, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        state = site.state(request, at)
        if name not in set(Dimension):
            raise Missing(f"nothing can be broken down by “{name}”.", "/", "The graphs")
        dimension = Dimension(name)
        window = board.grid_for(state, at).window
        rows = site.telemetry.parts(state.project, window, None, (dimension,), state.filtered())
        return site.part(request, view.breakdown(rows, dimension, state, site.measures), at=at)

    @router.get("/filters")
    def filters(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        state = site.state(request, at)
        found = {d: site.telemetry.values_of(state.project, d, state.window) for d in view.LISTED}
        return site.part(request, view.filters(found, state), at=at)

    return router


def _about_incident(site: Site, state: State, at: datetime) -> State:
    """Show the minutes that matter when a link names an incident and no times; its service when it names no filter."""
    incident = site.control.incident(state.incident) if state.incident else None
    if incident is None or not state.live:
        return state
    around = fire.state_of(incident, fire.minutes_that_matter(incident, at))
    return replace(state, window=around.window, project=around.project, filters=state.filters or around.filters)


def _home(site: Site, state: State, at: datetime) -> view.HomeView:
    watch = site.watch(state.project, state.window)
    burning = fire_of(site, state.incident, state, watch, at) if state.incident else None
    return view.build(board_of(site, state, watch, at), state, watch, burning, at)


def _graph(site: Site, state: State, name: str, at: datetime) -> Graph:
    watch = site.watch(state.project)
    if name == "fire" and state.incident:
        burning = fire_of(site, state.incident, state, watch, at)
        if burning.graph:
            return burning.graph
    found = {graph.name: graph for graph in board_of(site, state, watch, at).all}
    if name not in found:
        raise Missing(f"there is no graph “{name[:60]}”.", state.link(), "The graphs")
    return found[name]


PAGE = Page(nav="Home", path="/", place=0, routes=_routes)
