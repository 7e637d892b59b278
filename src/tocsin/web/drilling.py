"""Drills over HTTP: begin one and follow it, and how the last one went."""

from collections.abc import AsyncGenerator, Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from tocsin import settings
from tocsin.drill import TIMEOUT_DEFAULT, Asked, Drills, Running
from tocsin.model.drill import Drilled, Step
from tocsin.model.problem import BadInput
from tocsin.web.actions import LINES_TYPE
from tocsin.web.bodies import described, json_object
from tocsin.web.site import Site, as_json, dump


def routes(site: Site, drills: Drills) -> APIRouter:
    """Return the routes."""
    router = APIRouter()

    @router.post(
        "/api/v1/drill",
        summary="Let made-up calls fail, and follow them to the channels and back",
        openapi_extra=described(
            channel="Tell only this one; without it, all.",
            loud="true: call people and wake the pager, as the real thing would.",
            timeout=f"How long the message may take, as in {settings.duration_text(TIMEOUT_DEFAULT)}.",
        ),
    )
    async def drill(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Answer with lines of JSON: `{"step"}` for each stage, then `{"result"}`; `missed` is empty if all is well.

        Once begun it goes on to its end, also when nobody reads on.
        """
        running = drills.start(asked_of(await json_object(request, "channel", "loud", "timeout"), "command"))
        return StreamingResponse(_lines(drills, running), media_type=LINES_TYPE)

    @router.get("/api/v1/drill", summary="How the last drill went")
    def last(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Null where there was none."""
        found = site.control.last_drilled()
        return as_json(request, {"last": None if found is None else result(found)})

    return router


async def _lines(drills: Drills, running: Running) -> AsyncGenerator[bytes, None]:
    async for one in drills.follow(running):
        line = {"result": result(one)} if isinstance(one, Drilled) else {"step": _step(one)}
        yield dump(line) + b"\n"


def asked_of(given: Mapping[str, object], by: str) -> Asked:
    """Read what is asked of a drill; None and empty texts are as left out. Raises BadInput."""
    channel, loud, timeout = (given.get(key) or "" for key in ("channel", "loud", "timeout"))
    if not isinstance(channel, str):
        raise BadInput('channel is the name of one; write it as in "team"')
    if loud not in {"", True, "true"}:
        raise BadInput(f"loud = {settings.shown(loud)} must be true, or left out")
    try:
        length = settings.duration(timeout) if timeout else TIMEOUT_DEFAULT
    except ValueError as wrong:
        raise BadInput(f"timeout = {settings.shown(timeout)} {wrong}") from None
    return Asked(by, (channel,) if channel else (), bool(loud), length)


def result(drilled: Drilled) -> dict[str, object]:
    """Return how a drill went."""
    return {
        "ok": drilled.ok,
        "name": drilled.name,
        "began": drilled.began,
        "ended": drilled.ended,
        "by": drilled.by,
        "loud": drilled.loud,
        "channels": drilled.channels,
        "incident": drilled.incident or None,
        "steps": [_step(one) for one in drilled.steps],
        "missed": [_step(one) for one in drilled.missed],
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "stage": step.stage,
        "channel": step.channel or None,
        "took_s": None if step.took is None else step.took.total_seconds(),
        "note": step.note,
    }
