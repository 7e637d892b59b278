"""The web application: pages, fragments and the JSON API on one port."""

import importlib.metadata
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import structlog
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from tocsin import clock, measures, registry
from tocsin.alarms.maintenance import Maintenance
from tocsin.model.measure import Measure
from tocsin.model.problem import Problem
from tocsin.model.secret import Secret
from tocsin.respond import Desk
from tocsin.web import actions, answering, api, deploying, drilling, pages, pressing, silencing
from tocsin.web.actions import Actions
from tocsin.web.headers import OnlyFor, SafeHeaders
from tocsin.web.itself import Itself
from tocsin.web.problems import answer_problem
from tocsin.web.questions import Control, Telemetry
from tocsin.web.site import Page, Site, environment
from tocsin.web.statics import Statics
from tocsin.web.tryout import Tryout

LOG = structlog.get_logger()
# Answers below this are sent as they are; the level is low because the two cores are better spent on questions.
GZIP_BYTES_MIN = 700
GZIP_LEVEL = 4
# The names of this machine to itself.
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def make_app(  # noqa: PLR0913 - the two stores, and what has a name and a default
    telemetry: Telemetry,
    control: Control,
    *,
    now: Callable[[], datetime] = clock.now,
    otlp_http: str = "http://127.0.0.1:4318",
    otlp_grpc: str = "http://127.0.0.1:4317",
    hosts: Collection[str] = (),
    acts: Actions | None = None,
    answers: Desk | None = None,
    windows: Sequence[Maintenance] = (),
    slack_secrets: Sequence[Secret] = (),
    tryout: Tryout | None = None,
    itself: Itself | None = None,
) -> FastAPI:
    """Build the application over the two stores; it only reads, but for what `acts` and `answers` let others do.

    `acts` is for commands, `answers` for people. `now` gives the present moment. The two addresses are where spans are
    sent, as the first-run page tells them. `itself`: what the server knows of itself, where one runs. `hosts`: answer
    only to these names (`LOOPBACK` when only this machine is to read); empty: to any. `windows` are shown.
    `slack_secrets` sign what Slack sends; without any, no button is believed.
    """
    statics = Statics.load()
    found = tuple(sorted(registry.load(pages, "PAGE", Page).values(), key=lambda page: page.place))
    site = Site(
        telemetry=telemetry,
        control=control,
        now=now,
        measures=registry.load(measures, "MEASURE", Measure),
        templates=environment(statics, found),
        otlp_http=otlp_http,
        otlp_grpc=otlp_grpc,
        answerable=answers is not None,
        windows=windows,
        tryout=tryout,
        itself=itself or Itself(),
    )
    # FastAPI's own documentation pages load their scripts from another host; ours is one of the pages.
    app = FastAPI(
        title="Tocsin",
        version=importlib.metadata.version("tocsin"),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.include_router(statics.routes())
    for page in found:
        app.include_router(page.routes(site))
    _add_parts(app, site, acts, answers)
    if answers is not None:
        app.include_router(pressing.routes(site, answers, slack_secrets))
    for kind in (Problem, HTTPException, Exception):
        app.add_exception_handler(kind, _handler(site))
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_BYTES_MIN, compresslevel=GZIP_LEVEL)
    if hosts:
        app.add_middleware(OnlyFor, hosts=hosts)
    app.add_middleware(SafeHeaders)
    return app


def _add_parts(app: FastAPI, site: Site, acts: Actions | None, answers: Desk | None) -> None:
    app.include_router(api.routes(site))
    if site.itself.drills is not None:
        app.include_router(drilling.routes(site, site.itself.drills))
    if acts is not None:
        app.include_router(actions.routes(site, acts))
    if answers is not None:
        app.include_router(answering.routes(site, answers))
        app.include_router(silencing.routes(site, answers))
        app.include_router(deploying.routes(site, answers))


def _handler(site: Site) -> Callable[[Request, Exception], Response]:
    def handle(request: Request, error: Exception) -> Response:
        if not isinstance(error, (Problem, HTTPException)):
            LOG.error("a page failed", path=request.url.path, exc_info=error)
        return answer_problem(site, request, error)

    return handle
