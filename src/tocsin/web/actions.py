"""What a running server does on request: replay alarms, look what is wrong with them, and price history again.

They are for the commands, which can't open a data folder that a server has. They answer with lines of JSON: how far the
work is, again and again, and at last a result or an error in the one shape.

A page of another site must not cause them, so they ask for the header of programs, and for a sender on this machine.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from tocsin import settings
from tocsin.alarms.lint import Finding, Level
from tocsin.alarms.replay import Firings, Replayed
from tocsin.model.measure import Measure
from tocsin.model.problem import BadInput, Busy
from tocsin.model.progress import Progress
from tocsin.rewind import SINCE_DEFAULT, Asked
from tocsin.web import bodies, shapes
from tocsin.web.bodies import described
from tocsin.web.problems import error_shape
from tocsin.web.refused import Refused
from tocsin.web.site import Site, dump

LINT_PATH = "/api/v1/alarms/lint"
LINES_TYPE = "application/x-ndjson"
# What a sender is told while the same work is under way for another.
BUSY_AFTER_S = 5.0
# A shorter past than this tells no weekly rate: one page in ten minutes is not a thousand a week.
RATED_MIN = timedelta(days=1)
# An error ends the work; None is its end.
Steps = asyncio.Queue[object]

LOG = structlog.get_logger()


@dataclass(slots=True)
class Turn:
    """Work of which one piece goes on at a time. `between` is held for each step: nothing else comes in its middle."""

    what: str
    between: asyncio.Lock = field(default_factory=asyncio.Lock)
    _taken: bool = False
    # The piece that goes on; kept here, or it might be collected.
    _task: "asyncio.Task[None] | None" = None

    async def begin(self, work: Callable[[], Iterator[object]]) -> "tuple[Steps, asyncio.Task[None]]":
        """Begin the work, in threads. Raises Busy when some is under way, and what `work` raises before its steps."""
        if self._taken:
            raise Busy(f"{self.what} is under way already; wait for its end", BUSY_AFTER_S)
        self._taken = True
        try:
            steps = await asyncio.to_thread(work)
        except BaseException:
            self._taken = False
            raise
        done: Steps = asyncio.Queue()
        self._task = asyncio.create_task(self._go_on(steps, done))
        return done, self._task

    async def _go_on(self, steps: Iterator[object], done: Steps) -> None:
        try:
            while (step := await self._step(steps)) is not None:
                done.put_nowait(step)
        # A border: whatever breaks the work is told to who asked for it.
        except Exception as fault:
            LOG.exception("work on request failed", what=self.what)
            done.put_nowait(fault)
        finally:
            self._taken = False
            done.put_nowait(None)

    async def _step(self, steps: Iterator[object]) -> object:
        """Do one step; a thread can't be stopped, so when this is cancelled the lock is kept until the step's end."""
        async with self.between:
            running = asyncio.ensure_future(asyncio.to_thread(next, steps, None))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait({running})
                raise


@dataclass(frozen=True, slots=True)
class Actions:
    """What `serve.py` lets be done; each returns the steps of the work, and may raise a Problem before the first."""

    replay: Callable[[Asked], Iterator[Progress | Replayed]]
    reprice: Callable[[], Iterator[Progress]]
    # What is wrong with the alarms, for a project's data.
    lint: Callable[[str], Sequence[Finding]]
    # Held by the watch for each of its rounds.
    rounds: asyncio.Lock


def routes(site: Site, actions: Actions) -> APIRouter:
    """Return the routes of all."""
    router = APIRouter()
    replays, repricings = Turn("a replay"), Turn("a re-pricing", actions.rounds)
    looks = Turn("a look at the alarms")

    @router.post(
        "/api/v1/alarms/replay",
        summary="What the alarms would have told over the stored past",
        openapi_extra=described(
            name="The alarm; without it, all that are on.",
            project="The project; without it, the default one.",
            since="How far back, as in 30d, which it is without it.",
        ),
    )
    async def replay(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Answer with lines of JSON: `{"done", "of"}` while it goes on, then `{"result"}` or `{"error"}`."""
        asked = asked_of(await _body(request, "name", "project", "since"))
        steps, task = await replays.begin(lambda: replayed_in_steps(actions.replay(asked), asked, site.measures))
        return StreamingResponse(_lines(request, steps, at_end=task.cancel), media_type=LINES_TYPE)

    @router.post(
        LINT_PATH,
        summary="What is wrong with the alarms",
        openapi_extra=described(project="The project; without it, the default one."),
    )
    async def lint(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Answer with one line of JSON, `{"result"}` or `{"error"}`."""
        project = asked_of(await _body(request, "project")).project
        steps, _ = await looks.begin(lambda: iter([looked(actions.lint(project))]))
        return StreamingResponse(_lines(request, steps), media_type=LINES_TYPE)

    @router.post("/api/v1/reprice", summary="Price everything stored again", openapi_extra=described())
    async def reprice(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Use the prices of now, those of the configuration read again. Answers in lines of JSON, as a replay does.

        Once begun it goes on to its end, also when nobody reads on.
        """
        await _body(request)
        steps, _ = await repricings.begin(lambda: chain(actions.reprice(), [{"result": {}}]))
        return StreamingResponse(_lines(request, steps), media_type=LINES_TYPE)

    return router


async def _lines(
    request: Request, steps: Steps, at_end: Callable[[], object] = lambda: None
) -> AsyncGenerator[bytes, None]:
    try:
        while (step := await steps.get()) is not None:
            yield dump(error_shape(request, step) if isinstance(step, Exception) else step) + b"\n"
    finally:
        at_end()


async def _body(request: Request, *known: str) -> Mapping[str, object]:
    """Read a request's JSON object. Raises Refused when it did not come from a command on this machine."""
    given = await bodies.json_object(request, *known)
    if request.client is None or not settings.is_loopback(request.client.host):
        raise Refused("this can be asked from the machine only that Tocsin runs on")
    return given


def asked_of(given: Mapping[str, object]) -> Asked:
    """Read what to replay; None and empty texts are as left out. Raises BadInput."""
    name, project, since = (given.get(key) or "" for key in ("name", "project", "since"))
    if not isinstance(name, str) or not isinstance(project, str):
        raise BadInput('name and project are texts; write them as in "errors_fast"')
    try:
        length = settings.duration(since) if since else SINCE_DEFAULT
    except ValueError as wrong:
        raise BadInput(f"since = {settings.shown(since)} {wrong}") from None
    return Asked(name, project or "default", length)


def looked(found: Sequence[Finding]) -> dict[str, object]:
    """Return what a look at the alarms found, as it is told."""
    return {"result": {"findings": found}}


def finding_from(told: Mapping[str, Any]) -> Finding:
    """Read a finding as it is told."""
    return Finding(Level(told["level"]), told["where"], told["what"], told["do"])


def replayed_in_steps(
    steps: Iterator[Progress | Replayed], asked: Asked, measures: Mapping[str, Measure]
) -> Iterator[object]:
    """Return the steps as they are told."""
    return (
        {"result": replayed(step, asked, measures)}
        if isinstance(step, Replayed)
        else {"done": step.done, "of": step.of}
        for step in steps
    )


def replayed(one: Replayed, asked: Asked, measures: Mapping[str, Measure]) -> dict[str, object]:
    """Return what a replay came to; `ended` null: it still fires. `pages_per_week` null: too short a time to tell."""
    return {
        "name": asked.name or None,
        "project": asked.project,
        "since": one.window.since,
        "until": one.window.until,
        "days": one.window.length / timedelta(days=1),
        "messages": len(one.told),
        "pages": one.pages,
        "pages_per_week": one.pages_per_week if one.window.length >= RATED_MIN else None,
        "firings": [_firing(firing, one, measures) for firing in one.firings],
    }


def _firing(firing: Firings, one: Replayed, measures: Mapping[str, Measure]) -> dict[str, object]:
    return {
        "alarm": firing.alarm,
        "project": firing.group.project,
        "environment": firing.group.environment,
        "service": firing.group.service,
        "fired": firing.fired,
        "ended": firing.ended,
        "duration_s": ((firing.ended or one.window.until) - firing.fired).total_seconds(),
        "judgement": shapes.judgement(firing.judgement, measures),
    }
