"""What holds messages back: silences and maintenance windows."""

from fastapi import APIRouter, Request, Response

from tocsin.web.answering import name_of
from tocsin.web.pages.silences import view
from tocsin.web.silencing import MATCHERS
from tocsin.web.site import Page, Site


def _routes(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/silences")
    def silences(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        _, given = site.asked(request, at, *MATCHERS)
        reader = view.Reader(name_of(request), may_answer=site.answerable)
        shown = view.build(site.control.silences(), site.windows, given, reader, at)
        return site.page(request, "silences/page.html", shown, at=at)

    return router


PAGE = Page(nav="Silences", path="/silences", place=4, routes=_routes)
