"""The API's page. FastAPI's own loads its scripts from another host; this one needs none."""

from fastapi import APIRouter, FastAPI, Request, Response

from tocsin.web.pages.docs import view
from tocsin.web.site import Page, Site


def _routes(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/api/docs")
    def docs(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        app: FastAPI = request.app
        return site.page(request, "docs/page.html", view.build(app.openapi()), at=site.now())

    return router


PAGE = Page(nav="", path="/api/docs", place=6, routes=_routes)
