"""The JSON API: what the pages show, for programs. One error shape, see problems.py."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from tocsin.model.dimension import Dimension
from tocsin.model.listing import Order
from tocsin.model.measure import Measure
from tocsin.web import graphs, shapes
from tocsin.web.alarmed import banner
from tocsin.web.board import grid_for
from tocsin.web.cards import payload
from tocsin.web.graphs import Cells
from tocsin.web.missing import Missing
from tocsin.web.reading import board_of, trace_of
from tocsin.web.site import Site, as_json
from tocsin.web.state import RANGES, BadLink

CALLS_DEFAULT = 50
CALLS_MAX = 500
TRAILING_MAX = timedelta(days=1)
# Alarms judge every few seconds: when the last time lies further from now, something keeps them from it.
LATE_AFTER = timedelta(minutes=1)


def _parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a JSON schema
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string", **schema}}


PROJECT = _parameter("project", "The project; without it, the default one.")
STATE: list[dict[str, Any]] = [
    _parameter("range", "A stretch up to now. `from` and `to` win over it.", enum=list(RANGES), default="1h"),
    _parameter("from", "Start, in milliseconds since 1970 or ISO 8601; included."),
    _parameter("to", "End, likewise; excluded. Without it, now."),
    PROJECT,
    *(
        _parameter(
            dimension.value, f"Only calls with this {dimension.value.replace('_', ' ')}; may come several times."
        )
        for dimension in Dimension
    ),
]
GROUP = _parameter("group", "One curve for each value of a dimension.", enum=[d.value for d in Dimension])


def routes(site: Site) -> APIRouter:
    """Return the API's routes."""
    router = APIRouter()
    _graphs(router, site)
    _calls(router, site)
    _alarms(router, site)
    return router


def _graphs(router: APIRouter, site: Site) -> None:
    @router.get(
        "/api/v1/graphs",
        summary="Every graph of the home page, from one question",
        openapi_extra={"parameters": [*STATE, GROUP]},
    )
    def all_graphs(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """The series, thresholds and incidents that the page draws. A null is a gap: no calls, which is not zero."""
        at = site.now()
        state = site.state(request, at)
        watch = site.watch(state.project, state.window)
        board = board_of(site, state, watch, at)
        answer = {
            "from": board.grid.starts[0],
            "to": board.grid.until,
            "step_s": int(board.grid.step.total_seconds()),
            "graphs": {graph.name: payload(graph) for graph in board.all},
        }
        return as_json(request, answer)

    series_parameters = [
        _parameter("measure", "What to take, by name.", enum=sorted(site.measures)) | {"required": True},
        _parameter("trailing_s", "Take each point over so many seconds that end with its step, as an alarm does."),
        *STATE,
        GROUP,
    ]

    @router.get("/api/v1/series", summary="One measure over time", openapi_extra={"parameters": series_parameters})
    def series(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Values and samples of each group; the same measure, on the same parts, that alarms judge."""
        at = site.now()
        state, extra = site.asked(request, at, "measure", "trailing_s")
        measure = _measure(site, extra.get("measure", ""))
        grid = grid_for(state, at)
        trailing = _trailing(extra.get("trailing_s"), grid.step)
        window = grid.reaching_back(trailing) if trailing else grid.window
        group_by = (state.group,) if state.group else ()
        rows = site.telemetry.parts(state.project, window, grid.step, group_by, state.filtered())
        found = graphs.trailing_cells(rows, grid, trailing, measure.unit) if trailing else graphs.cells(rows, grid)
        return as_json(request, _series(measure, found, state.group))


def _measure(site: Site, name: str) -> Measure:
    if name not in site.measures:
        known = ", ".join(sorted(site.measures))
        raise BadLink(f"“measure={name[:60]}” is not a measure; known: {known}.", "measure=latency_p95")
    return site.measures[name]


def _trailing(text: str | None, step: timedelta) -> timedelta | None:
    if text is None:
        return None
    length = timedelta(seconds=int(text)) if text.isdecimal() and len(text) < 7 else timedelta()
    if not step <= length <= TRAILING_MAX or length % step:
        reason = (
            f"“trailing_s={text[:20]}” must be a whole number of steps of {step.total_seconds():.0f} s, up to a day."
        )
        raise BadLink(reason, f"trailing_s={step.total_seconds():.0f}")
    return length


def _series(measure: Measure, found: Cells, group: Dimension | None) -> dict[str, object]:
    groups = found.by_group if group else {"": found.total}
    return {
        "measure": measure.name,
        "unit": measure.unit,
        "explanation": measure.explanation,
        "step_s": int(found.grid.step.total_seconds()),
        "trailing_s": int(found.trailing.total_seconds()) if found.trailing else None,
        "group": group,
        "at": found.grid.seconds(),
        "series": [
            {
                "group": name,
                "values": graphs.values(measure, steps, found),
                "samples": [measure.samples(steps[s]) if s in steps else 0 for s in found.grid.starts],
            }
            for name, steps in sorted(groups.items())
        ],
    }


def _calls(router: APIRouter, site: Site) -> None:
    parameters = [
        _parameter(
            "order", "Which calls come first; `failed` leaves out the others.", enum=list(Order), default="recent"
        ),
        _parameter("limit", f"How many, at most {CALLS_MAX}.", type="integer", default=CALLS_DEFAULT),
        *STATE,
    ]

    @router.get("/api/v1/calls", summary="Single calls", openapi_extra={"parameters": parameters})
    def calls(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Calls as Tocsin understood them, with the keys of `tocsin inspect --json`. A null is: not reported."""
        at = site.now()
        state, order = site.ordered(request, at)
        limit = _limit(site.asked(request, at, "order", "limit")[1].get("limit"))
        found = site.telemetry.example_calls(state.project, state.window, state.filtered(), order, limit)
        return as_json(request, {"calls": [shapes.call(one) for one in found]})

    @router.get("/api/v1/traces/{trace_id}", summary="The spans of one trace", openapi_extra={"parameters": [PROJECT]})
    def trace(request: Request, trace_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Every stored span of a trace, in order of start."""
        spans = trace_of(site, site.state(request, site.now()).project, trace_id)
        ordered = sorted(spans, key=lambda span: (span.started, span.span_id))
        return as_json(request, {"trace_id": trace_id.lower(), "spans": [shapes.span(one) for one in ordered]})


def _limit(text: str | None) -> int:
    if text is None:
        return CALLS_DEFAULT
    if not text.isdecimal() or not 1 <= int(text[:6]) <= CALLS_MAX:
        raise BadLink(f"“limit={text[:20]}” must be a whole number from 1 to {CALLS_MAX}.", f"limit={CALLS_MAX}")
    return int(text)


def _alarms(router: APIRouter, site: Site) -> None:
    only_project = {"parameters": [PROJECT]}

    @router.get("/api/v1/incidents", summary="Incidents, newest first", openapi_extra=only_project)
    def incidents(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Open and closed ones."""
        at = site.now()
        watch = site.watch(site.state(request, at).project)
        return as_json(request, {"incidents": [shapes.incident(one, watch, at) for one in watch.incidents]})

    @router.get("/api/v1/incidents/{incident_id}", summary="One incident with its story")
    def incident(request: Request, incident_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        """What the incident's page shows, without its graph."""
        found = site.control.incident(incident_id)
        if found is None:
            raise Missing(f"there is no incident “{incident_id[:60]}”.", "/api/v1/incidents", "All incidents")
        watch = site.watch(found.group.project)
        log = {"deliveries": site.control.deliveries(incident_id), "acts": site.control.acts(incident_id)}
        return as_json(request, shapes.incident(found, watch, site.now()) | log)

    @router.get(
        "/api/v1/alarms", summary="Every alarm: where it stands, what it last found", openapi_extra=only_project
    )
    def alarms(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """One entry for each alarm and group."""
        watch = site.watch(site.state(request, site.now()).project)
        return as_json(request, {"alarms": [shapes.seat(one, watch.measures) for one in watch.seats]})

    @router.get("/api/v1/inbox", summary="Every message, as Slack is sent it", openapi_extra=only_project)
    def inbox(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Newest first."""
        watch = site.watch(site.state(request, site.now()).project)
        mine = [letter for letter in watch.letters if letter.notice.group.project == watch.project]
        return as_json(request, {"messages": mine})

    @router.get("/healthz", summary="Whether the server is well")
    def healthz(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Answers as long as both stores do; `status` is `late` when the alarms judged last more than a minute away."""
        at = site.now()
        ticked = site.control.ticked
        now = banner(site.watch(site.state(request, at).project), at)
        seen = site.telemetry.last_span_at(site.state(request, at).project)
        return as_json(
            request,
            {
                "status": health(ticked, at),
                "at": at,
                "ticked": ticked,
                "last_span": seen,
                "open_incidents": len(now.open),
                "alarms": now.watching,
                "broken_alarms": now.broken,
                "failing_channels": site.failing(),
                "ill": () if site.itself.pulse is None else site.itself.pulse.ill,
                "heartbeat": _heartbeat(site),
            },
        )


def _heartbeat(site: Site) -> dict[str, object] | None:
    """Return how the heartbeat outwards is; None where there is none."""
    pulse = site.itself.pulse
    if pulse is None or pulse.settings.url is None:
        return None
    return {"last": pulse.beaten, "last_error": pulse.fault or None, "silent": bool(pulse.ill)}


def health(ticked: datetime | None, at: datetime) -> str:
    """Return `ok`, or `late` when the last tick lies more than a minute from now, either way. None: none yet, is ok."""
    return "ok" if ticked is None or abs(at - ticked) <= LATE_AFTER else "late"
