"""The first-run page."""

from fastapi import APIRouter, Request, Response

from tocsin.web.pages.start import view
from tocsin.web.site import Page, Site


def _routes(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def built(request: Request, template: str) -> Response:
        at = site.now()
        arrived = site.telemetry.last_span_at(site.state(request, at).project)
        return site.page(request, template, view.build(arrived, site.otlp_http, site.otlp_grpc), at=at)

    @router.get("/start")
    def start(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return built(request, "start/page.html")

    @router.get("/start/state")
    def state(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return built(request, "start/state.html")

    return router


PAGE = Page(nav="", path="/start", place=5, routes=_routes)
