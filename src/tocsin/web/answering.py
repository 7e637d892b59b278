"""Where people answer an incident: forms of its page, and the API for programs. Every answer is told and kept."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from tocsin import settings
from tocsin.model.act import VOTES, Deed, Via
from tocsin.model.incident import Incident
from tocsin.model.problem import BadInput
from tocsin.respond import NAME_LETTERS_MAX, By, Desk, named
from tocsin.web import bodies, shapes
from tocsin.web.bodies import described
from tocsin.web.missing import Missing
from tocsin.web.site import Site, as_json

# Remembers who a reader said they are, so that it is typed once.
NAME_COOKIE = "tocsin_name"
NAME_KEPT_S = 365 * 24 * 3600
BY = "Who does it, as people know them."


def routes(site: Site, desk: Desk) -> APIRouter:
    """Return the routes of forms and API."""
    router = APIRouter()
    _form(router, site, desk)
    _api(router, site, desk)
    return router


def name_of(request: Request) -> str:
    """Return who the reader last said they are; empty when they never did."""
    return unquote(request.cookies.get(NAME_COOKIE, ""))[:NAME_LETTERS_MAX]


def _form(router: APIRouter, site: Site, desk: Desk) -> None:
    @router.post("/incidents/{incident_id}/answer", include_in_schema=False)
    async def answer(request: Request, incident_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        fields = await bodies.form(request, "by", "deed", "length", "why")
        by = named(fields.get("by", ""), Via.PAGE, site.now())
        if fields.get("deed") == Deed.SILENCED:
            act = _silencing(desk, incident_id, fields, by)
        else:
            act = _acting(desk, incident_id, fields.get("deed", ""), by)
        await site.in_thread(act)
        return back_to(f"/incidents/{incident_id}", by)


def back_to(path: str, by: By) -> Response:
    """Send a reader back to the page, which then shows what they did, and remember who they are."""
    answer = RedirectResponse(path, status_code=303)
    answer.set_cookie(NAME_COOKIE, quote(by.name), max_age=NAME_KEPT_S, httponly=True, samesite="strict")
    return answer


def _acting(desk: Desk, incident_id: str, deed: str, by: By) -> Callable[[], Incident]:
    known = {Deed.ACKNOWLEDGED, *VOTES}
    if deed not in known:
        raise BadInput(f"“{deed[:60]}” is no answer to an incident; known: {', '.join(sorted(known))}")

    def act() -> Incident:
        one = Deed(deed)
        done = desk.acknowledge(incident_id, by) if one is Deed.ACKNOWLEDGED else desk.vote(incident_id, one, by)
        return there(done, incident_id)

    return act


def _silencing(desk: Desk, incident_id: str, given: Mapping[str, str], by: By) -> Callable[[], Incident]:
    length = duration_of(given, "length")

    def act() -> Incident:
        return there(desk.silence_incident(incident_id, length, given.get("why", ""), by), incident_id)

    return act


def duration_of(given: Mapping[str, str], key: str) -> timedelta:
    """Read how long. Raises BadInput."""
    try:
        return settings.duration(given.get(key, ""))
    except ValueError as wrong:
        raise BadInput(f"{key} = {settings.shown(given.get(key, ''))} {wrong}") from None


def there(found: Incident | None, incident_id: str) -> Incident:
    """Return an incident that was found. Raises Missing when it was not."""
    if found is None:
        raise Missing(f"there is no incident “{incident_id[:60]}”.", "/incidents", "All incidents")
    return found


def _api(router: APIRouter, site: Site, desk: Desk) -> None:
    @router.post(
        "/api/v1/incidents/{incident_id}/ack",
        summary="Take an incident on, so that it is not told again until it gets worse",
        openapi_extra=described(by=BY),
    )
    async def ack(request: Request, incident_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Answers with the incident. The first who takes it on keeps it; one that is over can't be taken on."""
        given = await bodies.texts(request, "by")
        by = named(given.get("by", ""), Via.API, site.now())
        return await _done(request, _acting(desk, incident_id, Deed.ACKNOWLEDGED, by))

    @router.post(
        "/api/v1/incidents/{incident_id}/silence",
        summary="Hold back what the alarms of an incident say, for a while",
        openapi_extra=described(by=BY, length="How long, as in 1h.", why="What for."),
    )
    async def silence(request: Request, incident_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Answers with the incident; other alarms of its service are told all the same."""
        given = await bodies.texts(request, "by", "length", "why")
        by = named(given.get("by", ""), Via.API, site.now())
        return await _done(request, _silencing(desk, incident_id, given, by))

    @router.post(
        "/api/v1/incidents/{incident_id}/feedback",
        summary="Say whether an incident was worth telling",
        openapi_extra=described(by=BY, verdict=f"One of {', '.join(VOTES)}."),
    )
    async def feedback(request: Request, incident_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Answers with the incident. The last word of each person counts; also for incidents that are over."""
        given = await bodies.texts(request, "by", "verdict")
        by = named(given.get("by", ""), Via.API, site.now())
        if given.get("verdict") not in VOTES:
            raise BadInput(f"verdict must be one of {', '.join(VOTES)}")
        return await _done(request, _acting(desk, incident_id, given["verdict"], by))

    async def _done(request: Request, act: Callable[[], Incident]) -> Response:
        done = await site.in_thread(act)
        return as_json(request, shapes.incident(done, site.watch(done.group.project), site.now()))
