"""What every page needs, in one value: whom to ask, what time it is, how to render."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tocsin.alarms.maintenance import Maintenance
from tocsin.model.listing import Order
from tocsin.model.measure import Measure
from tocsin.model.window import Window
from tocsin.web import numbers
from tocsin.web.failing import FailingChannel, failing
from tocsin.web.itself import Itself
from tocsin.web.questions import Control, Telemetry
from tocsin.web.state import RANGES, BadLink, State, parse
from tocsin.web.statics import Statics
from tocsin.web.tryout import Tryout
from tocsin.web.watched import Watch, seats

T = TypeVar("T")

HERE = Path(__file__).resolve().parent
INCIDENTS_MAX = 100
LETTERS_MAX = 100
JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"


class Part(Protocol):
    """A view of a fragment: its template, its title, and where a reader goes back to."""

    @property
    def part(self) -> str:
        """The template's name."""
        ...

    @property
    def title(self) -> str:
        """The heading of the page of its own."""
        ...

    @property
    def back(self) -> str:
        """The address of the page it belongs to."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """The two stores, the clock, the measures and the templates."""

    telemetry: Telemetry
    control: Control
    now: Callable[[], datetime]
    measures: Mapping[str, Measure]
    templates: Environment
    # Where spans are sent, for the first-run page.
    otlp_http: str
    otlp_grpc: str
    # Whether people can answer: not where nothing may be changed.
    answerable: bool = False
    # The alarms that are on, to be tried out over the past; None: they can't be.
    tryout: Tryout | None = None
    # Maintenance windows, as the configuration has them.
    windows: Sequence[Maintenance] = ()
    itself: Itself = field(default_factory=Itself)

    def state(self, request: Request, at: datetime) -> State:
        """Read the state from a request's query. Raises BadLink."""
        return parse(request.query_params.multi_items(), at)

    def asked(self, request: Request, at: datetime, *also: str) -> tuple[State, dict[str, str]]:
        """Read the state, and the parameters named in `also`, which a state does not have; the last of each counts."""
        pairs = request.query_params.multi_items()
        extra = {key: value.strip() for key, value in pairs if key in also and value.strip()}
        return parse(((key, value) for key, value in pairs if key not in also), at), extra

    def ordered(self, request: Request, at: datetime) -> tuple[State, Order]:
        """Read the state and the order of a list of calls. Raises BadLink."""
        state, extra = self.asked(request, at, "order", "limit")
        name = extra.get("order", Order.RECENT.value)
        if name not in set(Order):
            near = get_close_matches(name, list(Order), n=1) or [Order.RECENT]
            reason = f"“{name[:60]}” is not an order of calls: {', '.join(Order)}."
            raise BadLink(reason, urlencode([*state.pairs(), ("order", near[0])]))
        return state, Order(name)

    def watch(self, project: str, window: Window | None = None) -> Watch:
        """Read what the alarms of a project know; with a window, the incidents of that time too, however old."""
        newest = self.control.incidents(limit=INCIDENTS_MAX)
        of_window = self.control.incidents(window, INCIDENTS_MAX) if window else ()
        incidents = {one.id: one for one in (*newest, *of_window) if one.group.project == project}
        return Watch(
            project=project,
            incidents=sorted(incidents.values(), key=lambda one: (one.opened, one.id), reverse=True),
            letters=self.control.inbox(LETTERS_MAX),
            seats=seats(self.control.standings(), self.control.last_judgements(), project),
            measures=self.measures,
        )

    def failing(self) -> Sequence[FailingChannel]:
        """Return the channels that fail: told on every page, since a silent channel looks like a quiet night."""
        return failing(self.control.broken_channels())

    @staticmethod
    async def in_thread(work: Callable[[], T]) -> T:
        """Do what waits for the disk or for a tick in a thread, so that the other readers don't wait."""
        return await asyncio.to_thread(work)

    def page(self, request: Request, template: str, view: object, *, at: datetime, status: int = 200) -> Response:
        """Render a template; answers 304 when the reader has the page already.

        It sees `view`, `at`, `path`, and `failing`, which asks for the channels that fail.
        """
        html = self.templates.get_template(template).render(
            view=view, at=at, path=request.url.path, failing=self.failing
        )
        return answer(request, html.encode(), HTML_TYPE, status)

    def part(self, request: Request, view: Part, *, at: datetime) -> Response:
        """Render a fragment alone for htmx, or as a page of its own for a reader without JavaScript."""
        alone = request.headers.get("hx-request") == "true"
        return self.page(request, view.part if alone else "part.html", view, at=at)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: offered as PAGE by each folder under `pages/`. `nav` is its name in the navigation, empty for none."""

    nav: str
    path: str
    # Order in the navigation, rising.
    place: int
    routes: Callable[[Site], APIRouter]


def answer(request: Request, body: bytes, media_type: str, status: int = 200) -> Response:
    """Send a body with a tag of its content, or say that it did not change."""
    tag = f'W/"{hashlib.blake2b(body, digest_size=9).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "HX-Request"}
    if status == 200 and request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, status_code=status, media_type=media_type, headers=headers)


def as_json(request: Request, value: object, status: int = 200) -> Response:
    """Send a value as JSON: dataclasses by their fields, money as exact text, times in ISO 8601."""
    return answer(request, dump(value), JSON_TYPE, status)


def dump(value: object) -> bytes:
    """Write a value as JSON."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _default(value: Any) -> object:  # noqa: ANN401 - whatever orjson does not know
    if isinstance(value, (frozenset, set)):
        return sorted(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return str(value)


def environment(statics: Statics, nav: tuple[Page, ...]) -> Environment:
    """Return the templates' environment: everything is escaped, and an unknown name is an error."""
    found = Environment(
        loader=FileSystemLoader([HERE / "templates", HERE / "pages"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "count": numbers.count,
        "clock": numbers.clock,
        "moment": numbers.moment,
        "exact": numbers.exact,
        "iso": numbers.iso,
    }
    cast("dict[str, Any]", found.filters).update(filters)
    names: dict[str, Any] = {"static": statics.link, "nav": nav, "ranges": tuple(RANGES)}
    cast("dict[str, Any]", found.globals).update(names)
    return found
