"""The inbox."""

from fastapi import APIRouter, Request, Response

from tocsin.web.pages.inbox import view
from tocsin.web.site import LETTERS_MAX, Page, Site


def _routes(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/inbox")
    def inbox(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        project = site.state(request, at).project
        return site.page(request, "inbox/page.html", view.build(site.control.inbox(LETTERS_MAX), project), at=at)

    return router


PAGE = Page(nav="Inbox", path="/inbox", place=5, routes=_routes)
