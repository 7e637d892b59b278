"""Calls and traces."""

from fastapi import APIRouter, Request, Response

from tocsin.web.missing import Missing
from tocsin.web.pages.traces import view
from tocsin.web.reading import trace_of
from tocsin.web.site import Page, Site


def _routes(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/traces")
    def traces(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        state, order = site.ordered(request, at)
        calls = site.telemetry.example_calls(state.project, state.window, state.filtered(), order, view.CALLS_MAX)
        return site.page(request, "traces/list.html", view.listed(calls, state, order), at=at)

    @router.get("/traces/{trace_id}")
    def trace(request: Request, trace_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        spans = trace_of(site, site.state(request, at).project, trace_id)
        return site.page(request, "traces/page.html", view.waterfall(trace_id.lower(), spans), at=at)

    @router.get("/traces/{trace_id}/spans/{span_id}")
    def span(request: Request, trace_id: str, span_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        spans = trace_of(site, site.state(request, at).project, trace_id)
        found = next((span for span in spans if span.span_id == span_id.lower()), None)
        if found is None:
            raise Missing(
                f"there is no span “{span_id[:40]}” in this trace.", f"/traces/{spans[0].trace_id}", "The trace"
            )
        return site.part(request, view.one(found), at=at)

    return router


PAGE = Page(nav="Traces", path="/traces", place=2, routes=_routes)
