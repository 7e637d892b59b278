"""What a reader gets when a request can't be answered: what was wrong, and the nearest thing that can be shown."""

from dataclasses import dataclass

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from tocsin.ingest.answers import Code, failure
from tocsin.ingest.http import PATHS, PROTOBUF
from tocsin.model.problem import BadInput, BadSetting, Busy, Foreign
from tocsin.web.headers import HEADERS
from tocsin.web.missing import Missing
from tocsin.web.refused import Refused
from tocsin.web.site import JSON_TYPE, Site, dump
from tocsin.web.state import BadLink

_TITLES = {
    400: "This link can't be shown",
    403: "This can't be asked from there",
    404: "There is no such thing here",
    503: "Not now",
}
_API = "/api/"


@dataclass(frozen=True, slots=True)
class ProblemView:
    """What `problem.html` may use."""

    title: str
    reason: str
    # The nearest thing that can be shown.
    link: str
    text: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failed request as an answer."""

    status: int
    # One word for machines.
    code: str
    reason: str
    link: str = "/"
    text: str = "The graphs"


def answer_problem(site: Site, request: Request, error: Exception) -> Response:
    """Answer with the one JSON error shape under /api, or with a page; a sender of OTLP with where to send it."""
    if isinstance(error, HTTPException) and _is_otlp(request):
        return _wrong_port(site, request.url.path)
    trouble = _trouble(request, error)
    # A fault is answered outside all middleware, so the safe headers are put on here too.
    headers = HEADERS | ({"Retry-After": "1"} if trouble.status == 503 else {})
    if request.url.path.startswith(_API) or request.url.path == "/healthz":
        return Response(dump(_shape(trouble)), trouble.status, headers, JSON_TYPE)
    title = _TITLES.get(trouble.status, "This page is broken")
    view = ProblemView(title, _sentence(trouble.reason), trouble.link, trouble.text)
    page = site.page(request, "problem.html", view, at=site.now(), status=trouble.status)
    page.headers.update(headers)
    return page


def _is_otlp(request: Request) -> bool:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    path = request.url.path
    return media == PROTOBUF or (path.rstrip("/").endswith(tuple(PATHS)) and not path.startswith(_API))


def _wrong_port(site: Site, path: str) -> Response:
    """Say where OTLP is taken, as its own door says what is wrong: google.rpc.Status, in JSON that a log can show."""
    asked = next((known for known in PATHS if path.rstrip("/").endswith(known)), next(iter(PATHS)))
    reason = (
        f"this port serves the pages and takes no OTLP; send OTLP over HTTP to {site.otlp_http}{asked} "
        f"(OTEL_EXPORTER_OTLP_ENDPOINT={site.otlp_http}), or over gRPC to {site.otlp_grpc}"
    )
    return Response(failure(Code.NOT_FOUND, reason, as_json=True), 404, HEADERS, JSON_TYPE)


def error_shape(request: Request, error: Exception) -> dict[str, dict[str, str]]:
    """Return the one JSON error shape, for an answer that has begun when something fails."""
    return _shape(_trouble(request, error))


def _shape(trouble: Trouble) -> dict[str, dict[str, str]]:
    return {"error": {"code": trouble.code, "reason": trouble.reason, "nearest": trouble.link}}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _trouble(request: Request, error: Exception) -> Trouble:
    """Say what a failure means for the reader; the first kind that fits."""
    path = request.url.path
    if isinstance(error, HTTPException):
        return _of_status(error.status_code, path)
    trouble = Trouble(500, "broken", "something failed inside Tocsin; its log says what.")
    match error:
        case BadLink():
            link = f"{path}?{error.nearest}" if error.nearest else path
            trouble = Trouble(400, "bad_request", error.reason, link, "Show the nearest that works")
        case BadInput():
            trouble = Trouble(400, "bad_request", error.reason, path, "Without any settings")
        case BadSetting():
            trouble = Trouble(400, "bad_setting", str(error))
        case Missing():
            trouble = Trouble(404, "not_found", error.reason, error.link, error.text)
        case Refused():
            trouble = Trouble(403, "refused", error.reason)
        case Busy():
            trouble = Trouble(503, "busy", error.reason)
        case Foreign():
            trouble = Trouble(503, "unavailable", str(error))
        case _:
            pass
    return trouble


def _of_status(status: int, path: str) -> Trouble:
    if status == 404:
        return Trouble(404, "not_found", f"there is no page at “{path[:200]}”.")
    return Trouble(status, "method_not_allowed" if status == 405 else "refused", f"the request was refused ({status}).")
