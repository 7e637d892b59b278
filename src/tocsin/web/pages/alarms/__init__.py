"""The alarms."""

from fastapi import APIRouter, Request, Response

from tocsin.web.pages.alarms import view
from tocsin.web.site import Page, Site


def _routes(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/alarms")
    def alarms(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        watch = site.watch(site.state(request, at).project)
        return site.page(request, "alarms/page.html", view.build(watch), at=at)

    return router


PAGE = Page(nav="Alarms", path="/alarms", place=3, routes=_routes)
