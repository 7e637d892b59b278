"""Tocsin itself: its channels and drills, its heartbeat, and what it measures of itself."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from tocsin.web import bodies
from tocsin.web.drilling import asked_of
from tocsin.web.engine import METRICS_TYPE, exposition, samples
from tocsin.web.missing import Missing
from tocsin.web.pages.itself import view
from tocsin.web.site import Page, Site, answer


def _routes(site: Site) -> APIRouter:
    router = APIRouter()

    @router.get("/tocsin", include_in_schema=False)
    def itself(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        return site.page(request, "itself/page.html", view.build(site, at), at=at)

    @router.get("/tocsin/drill", include_in_schema=False)
    def drill(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return site.page(request, "itself/drill.html", view.drill(site), at=site.now())

    @router.post("/tocsin/drill", include_in_schema=False)
    async def begin(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        given = await bodies.form(request, "channel", "loud")
        if site.itself.drills is None:
            raise Missing("there is no server here that could drill.", "/tocsin", "Tocsin itself")
        site.itself.drills.start(asked_of(given, "page"))
        return RedirectResponse("/tocsin#drill", status_code=303)

    @router.get("/metrics", summary="What Tocsin measures of itself, as Prometheus reads it")
    def metrics(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Text, version 0.0.4 of the format."""
        return answer(request, exposition(samples(site, site.now())).encode(), METRICS_TYPE)

    return router


PAGE = Page(nav="Server", path="/tocsin", place=8, routes=_routes)
