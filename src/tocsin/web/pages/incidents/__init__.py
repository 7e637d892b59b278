"""The incidents and each one's own page, which stays as long as the incident is kept."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from tocsin.model.window import Window
from tocsin.web.answering import name_of
from tocsin.web.cards import Link, burning
from tocsin.web.fire import minutes_that_matter, state_of
from tocsin.web.missing import Missing
from tocsin.web.pages.incidents import view
from tocsin.web.reading import fire_of
from tocsin.web.site import Page, Site

# The log is read from before the first bad minute to after the close, so that both ends of the story are in it.
MARGIN = timedelta(minutes=5)
# A deploy so long before the start may have to do with it.
DEPLOYED_BEFORE = timedelta(hours=1)


def _routes(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/incidents")
    def incidents(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        watch = site.watch(site.state(request, at).project)
        return site.page(request, "incidents/list.html", view.listed(watch, at), at=at)

    @router.get("/incidents/{incident_id}")
    def incident(request: Request, incident_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        found = site.control.incident(incident_id)
        if found is None:
            raise Missing(f"there is no incident “{incident_id[:60]}”.", "/incidents", "All incidents")
        state = site.state(request, at)
        watch = site.watch(found.group.project)
        fire = fire_of(site, incident_id, state, watch, at)
        around = state_of(found, minutes_that_matter(found, at) if state.live else state.window)
        end = (found.closed or at) + MARGIN
        log = site.control.transitions(group=found.group, window=Window(found.started - MARGIN, end))
        deployed = site.control.deploys(found.group.project, Window(found.started - DEPLOYED_BEFORE, end))
        story = view.story(
            burning(fire, around, Link("All graphs around it", around.link())),
            found,
            view.Log(log, site.control.deliveries(incident_id), site.control.acts(incident_id), deployed),
            site.measures,
            view.Reader(name_of(request), may_answer=site.answerable),
        )
        return site.page(request, "incidents/page.html", story, at=at)

    return router


PAGE = Page(nav="Incidents", path="/incidents", place=1, routes=_routes)
