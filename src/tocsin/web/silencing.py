"""Silences from the page's form and for programs; GET is open to all readers, as everything else is."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from tocsin import settings
from tocsin.alarms.maintenance import active, coming
from tocsin.model.act import Via
from tocsin.model.hush import Matchers, Silence
from tocsin.model.problem import BadInput
from tocsin.respond import By, Desk, named
from tocsin.web import bodies
from tocsin.web.answering import BY, back_to, duration_of
from tocsin.web.bodies import described
from tocsin.web.missing import Missing
from tocsin.web.site import Site, as_json

MATCHERS = tuple(field.name for field in fields(Matchers))
KEYS = (*MATCHERS, "since", "until", "length", "by", "why")


def routes(site: Site, desk: Desk) -> APIRouter:
    """Return the routes of the form and the API."""
    router = APIRouter()

    @router.post("/silences", include_in_schema=False)
    async def add(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        given = await bodies.form(request, *KEYS)
        by = named(given.get("by", ""), Via.PAGE, site.now())
        asked = asked_of(given, by)
        await site.in_thread(lambda: desk.silence(asked, by))
        return back_to("/silences", by)

    @router.post("/silences/{silence_id}/end", include_in_schema=False)
    async def end(request: Request, silence_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        given = await bodies.form(request, "by")
        by = named(given.get("by", ""), Via.PAGE, site.now())
        await site.in_thread(lambda: _ended(desk, silence_id, by))
        return back_to("/silences", by)

    _api(router, site, desk)
    return router


def asked_of(given: Mapping[str, str], by: By) -> Silence:
    """Read a silence as it is asked for. Raises BadInput."""
    since = moment_of(given, "since") if "since" in given else by.at
    if ("until" in given) == ("length" in given):
        raise BadInput("say how long with length, as in 2h, or give an until; one of the two")
    until = moment_of(given, "until") if "until" in given else since + duration_of(given, "length")
    matchers = Matchers(**{name: given[name] for name in MATCHERS if name in given})
    return Silence(0, matchers, since, until, by.name, given.get("why", ""))


def moment_of(given: Mapping[str, str], key: str) -> datetime:
    """Read a moment: ISO 8601, UTC where it names no zone, or milliseconds since 1970. Raises BadInput."""
    text = given[key]
    try:
        # Milliseconds are what a browser with JavaScript makes of a time; without, a page shows and takes UTC.
        at = datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdecimal() else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise BadInput(f"{key} = {settings.shown(text)} is no moment; write it as in 2026-11-25T04:00Z") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _ended(desk: Desk, silence_id: str, by: By) -> Silence:
    found = desk.end_silence(int(silence_id), by) if silence_id.isdecimal() and len(silence_id) < 16 else None
    if found is None:
        raise Missing(f"there is no silence “{silence_id[:60]}”.", "/silences", "All silences")
    return found


def shape(one: Silence, at: datetime) -> dict[str, object]:
    """Return a silence; `state` is active, to come or over."""
    state = "active" if one.active(at) else "over" if one.over <= at else "to come"
    return {
        "id": one.id,
        "state": state,
        **{name: getattr(one.matchers, name) for name in MATCHERS},
        "since": one.since,
        "until": one.until,
        "by": one.by,
        "why": one.why,
        "ended": one.ended,
        "ended_by": one.ended_by or None,
    }


def _api(router: APIRouter, site: Site, desk: Desk) -> None:
    @router.get("/api/v1/silences", summary="Silences, newest first, and maintenance windows")
    def silences(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Also those that are over, for as long as they are kept; `next` is when a window begins after now."""
        at = site.now()
        windows = [
            {"name": one.name, "active": active(one.settings, at), "next": coming(one.settings, at)}
            for one in site.windows
        ]
        found = [shape(one, at) for one in site.control.silences()]
        return as_json(request, {"silences": found, "maintenance": windows})

    matched = dict.fromkeys(MATCHERS, "A name, in which * stands for any letters; left out, all.")
    times = {
        "length": "How long, as in 2h.",
        "until": "Its end, in ISO 8601, instead of length.",
        "since": "Its beginning, in ISO 8601; left out, now.",
    }

    @router.post(
        "/api/v1/silences",
        summary="Hold messages back for a while",
        openapi_extra=described(by=BY, why="What for.", **times, **matched),
    )
    async def add(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Answers with the silence. Alarms go on being judged, and incidents are kept; the next tick heeds it."""
        given = await bodies.texts(request, *KEYS)
        by = named(given.get("by", ""), Via.API, site.now())
        asked = asked_of(given, by)
        kept = await site.in_thread(lambda: desk.silence(asked, by))
        return as_json(request, shape(kept, by.at), 201)

    @router.post("/api/v1/silences/{silence_id}/end", summary="End a silence now", openapi_extra=described(by=BY))
    async def end(request: Request, silence_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Answers with the silence. What it held back and still goes on is told at the next tick."""
        given = await bodies.texts(request, "by")
        by = named(given.get("by", ""), Via.API, site.now())
        ended = await site.in_thread(lambda: _ended(desk, silence_id, by))
        return as_json(request, shape(ended, by.at))
