"""Deploys for programs: a pipeline tells of one when it is done, and everybody may list them."""

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Request, Response

from tocsin.model.alarm import Group
from tocsin.model.deploy import Deploy, DeploySource
from tocsin.respond import Desk
from tocsin.web import bodies
from tocsin.web.api import STATE
from tocsin.web.bodies import described
from tocsin.web.silencing import moment_of
from tocsin.web.site import Site, as_json

KEYS = {
    "service": "The service's name, as its spans say it (service.name).",
    "version": "What runs from then on, as in v42.",
    "environment": "As its spans say it (deployment.environment.name); left out, none.",
    "project": "The project; left out, the default one.",
    "at": "Since when, in ISO 8601; left out, now. Give it, so that a repeated request counts once.",
    "text": "What else readers should know.",
}
# The stretch of time, and the project: deploys know no other filter.
ASKED = [one for one in STATE if one["name"] in {"range", "from", "to", "project"}]


def routes(site: Site, desk: Desk) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter()

    @router.get("/api/v1/deploys", summary="Deploys, oldest first", openapi_extra={"parameters": ASKED})
    def deploys(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Those of the stretch of time, for as long as they are kept."""
        state = site.state(request, site.now())
        found = site.control.deploys(state.project, state.window)
        return as_json(request, {"deploys": [shape(one) for one in found]})

    @router.post("/api/v1/deploys", summary="Tell of a deploy", openapi_extra=described(**KEYS))
    async def add(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Answers with the deploy as it is kept; one that is known already is left as it is."""
        at = site.now()
        told = told_of(await bodies.texts(request, *KEYS), site.state(request, at).project, at)
        return as_json(request, shape(await site.in_thread(lambda: desk.deploy(told, at))), 201)

    return router


def told_of(given: Mapping[str, str], project: str, at: datetime) -> Deploy:
    """Read a deploy as it is told. Raises BadInput."""
    text = {key: value.strip() for key, value in given.items()}
    group = Group(text.get("project") or project, text.get("environment", ""), text.get("service", ""))
    since = moment_of(text, "at") if "at" in text else at
    return Deploy(group, text.get("version", ""), since, text.get("text", ""), DeploySource.TOLD)


def shape(one: Deploy) -> dict[str, object]:
    """Return a deploy; `source` is told or seen."""
    group = one.group
    return {
        "project": group.project,
        "environment": group.environment,
        "service": group.service,
        "version": one.version,
        "at": one.at,
        "text": one.text,
        "source": one.source,
    }
