"""Two weeks of history for the demonstration: what its services would have sent, as OTLP requests.

The same seed and window give the same bytes. History has the level of the live minutes: rates from `Rhythm`, counts and
times from `cast`. One past incident lies in it, so that a replay of the alarms has something to find.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

from tocsin.demo import moulds
from tocsin.demo.answers import PIECES, SENTENCES
from tocsin.demo.app import ATTEMPTS, RETRY_AFTER_S
from tocsin.demo.cast import (
    AGENT,
    EMBEDDER,
    ENVIRONMENT,
    MODELS,
    SERVICES,
    TOOL,
    USUAL_FAULTS,
    Caller,
    Model,
    Pace,
    Service,
    Shape,
    Tokens,
    Work,
    draw_caller,
    draw_fault,
    draw_fault_s,
    draw_pace,
    draw_tokens,
    draw_work,
)
from tocsin.demo.moulds import Moment, Mould
from tocsin.demo.rhythm import Rhythm
from tocsin.demo.tracing import SCOPE
from tocsin.model.window import Window

LENGTH: Final = timedelta(days=14)
# About 3 MB: an insert has a cost of its own, however small it is.
SPANS_PER_REQUEST: Final = 2400
POOL: Final = 3000
CALL_SCOPE: Final = ("opentelemetry.instrumentation.openai.v1", "0.62.4")
# What the client and the loopback add to the provider's own time.
OVERHEAD_S: Final = 0.008
TOOL_S: Final = 0.02
# An ordinary failure just before the incident, in a minute of twenty calls, would be told as the incident's start.
CALM: Final = timedelta(minutes=10)
NO_FAULTS: Final[dict[int, float]] = {}
CHUNK_EVENT: Final = "gen_ai.content.completion.chunk"
# The role, the pieces, the finish reason and the usage.
CHUNKS: Final = PIECES + 3
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PastIncident:
    """Something that went wrong before: for calls of one model by one service, half-open in time."""

    service: str
    model: str
    window: Window
    faults: dict[int, float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """How one good answer turned out."""

    tokens: Tokens
    pace: Pace


@dataclass(frozen=True, slots=True)
class Batch:
    """One OTLP request: its bytes, how many spans it holds, and how far history has come."""

    body: bytes
    spans: int
    until: datetime


@dataclass(slots=True)
class Request:
    """An OTLP request of one service and release, being filled."""

    service: Service
    release: str
    message: ExportTraceServiceRequest = field(default_factory=ExportTraceServiceRequest)
    calls: ScopeSpans = field(init=False)
    entities: ScopeSpans = field(init=False)

    def __post_init__(self) -> None:
        resource_spans = self.message.resource_spans.add()
        resource = {
            "telemetry.sdk.language": "python",
            "telemetry.sdk.name": "opentelemetry",
            "telemetry.sdk.version": "1.45.2",
            "service.instance.id": f"{self.service.name}-{self.release}",
            "service.name": self.service.name,
            "service.version": self.release,
            "deployment.environment.name": ENVIRONMENT,
        }
        resource_spans.resource.attributes.extend(
            KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in resource.items()
        )
        self.calls = resource_spans.scope_spans.add()
        self.calls.scope.name, self.calls.scope.version = CALL_SCOPE
        self.entities = resource_spans.scope_spans.add()
        self.entities.scope.name = SCOPE

    @property
    def spans(self) -> int:
        """How many spans it holds."""
        return len(self.calls.spans) + len(self.entities.spans)

    def batch(self, until: datetime) -> Batch:
        """Finish it."""
        return Batch(self.message.SerializeToString(), self.spans, until)


@dataclass(slots=True)
class Past:
    """The past of one service: its dice and its moulds.

    Callers, work and answers are drawn once into pools, then from the pools: much cheaper, and nobody can tell.
    """

    service: Service
    rng: Random
    incident: PastIncident
    # From here on no call fails.
    calm_from_ns: int
    callers: tuple[Caller, ...] = field(init=False)
    works: tuple[Work, ...] = field(init=False)
    _drawn: dict[tuple[str, bool], tuple[Drawn, ...]] = field(default_factory=dict[tuple[str, bool], tuple[Drawn, ...]])
    _moulds: dict[tuple[object, ...], Mould] = field(default_factory=dict[tuple[object, ...], Mould])

    def __post_init__(self) -> None:
        self.callers = tuple(draw_caller(self.rng) for _ in range(POOL))
        self.works = tuple(draw_work(self.service, self.rng) for _ in range(POOL))

    def drawn(self, model: Model, *, called: bool) -> Drawn:
        """Draw the tokens and the pace of one good answer."""
        key = (model.name, called)
        if key not in self._drawn:
            tokens = [draw_tokens(model, self.rng, calls_tool=called) for _ in range(POOL)]
            self._drawn[key] = tuple(Drawn(item, draw_pace(model, item.output, self.rng)) for item in tokens)
        return self.rng.choice(self._drawn[key])

    def trace(self, request: Request, work: Work, at: datetime) -> None:
        """Write one trace that begins at `at`."""
        trace = Trace(self, request, work, self.rng.choice(self.callers), self.rng.randbytes(16), _ns(at))
        match work.shape:
            case Shape.STREAMED | Shape.PLAIN:
                trace.call(MODELS[work.model], b"")
            case Shape.SEARCH:
                trace.search()
            case Shape.AGENT:
                trace.agent()

    def faults(self, model: str, at_ns: int) -> dict[int, float]:
        """Return the shares of calls that fail at a time, by HTTP status."""
        if at_ns >= self.calm_from_ns:
            return NO_FAULTS
        incident = self.incident
        if (self.service.name, model) != (incident.service, incident.model):
            return USUAL_FAULTS
        return incident.faults if _ns(incident.window.since) <= at_ns < _ns(incident.window.until) else USUAL_FAULTS

    def good_mould(self, work: Work, model: Model, *, tool: bool, called: bool) -> Mould:
        """Return the mould of a good call, made on first use."""
        key = (work, model.name, tool, called)
        if key not in self._moulds:
            self._moulds[key] = moulds.good_call(work, model, tool_offered=tool, tool_called=called)
        return self._moulds[key]

    def failed_mould(self, work: Work, model: Model, status: int, *, tool: bool) -> Mould:
        """Return the mould of a failed call, made on first use."""
        key = (work, model.name, tool, status, "failed")
        if key not in self._moulds:
            self._moulds[key] = moulds.failed_call(work, model, status, tool_offered=tool)
        return self._moulds[key]

    def entity_mould(self, kind: str, name: str, work: Work) -> Mould:
        """Return the mould of a workflow, agent or tool, made on first use."""
        key = (kind, name, work)
        if key not in self._moulds:
            self._moulds[key] = moulds.entity(kind, name, work)
        return self._moulds[key]


@dataclass(slots=True)
class Trace:
    """One trace being written; `now_ns` moves on as its work is done."""

    past: Past
    request: Request
    work: Work
    caller: Caller
    trace_id: bytes
    now_ns: int

    def search(self) -> None:
        """A workflow that embeds and then asks."""
        root, began = self._id(), self.now_ns
        if self.call(MODELS[EMBEDDER], root):
            self.call(MODELS[self.work.model], root)
        self._entity("workflow", self.work.feature, Moment(self.trace_id, root, b"", began, self.now_ns))

    def agent(self) -> None:
        """A workflow with an agent: a call that asks for a tool, the tool, a call that answers."""
        root, agent, began = self._id(), self._id(), self.now_ns
        model = MODELS[self.work.model]
        if self.call(model, agent, tool=True, called=True):
            tool_began = self.now_ns
            self._pass(TOOL_S)
            self._entity("tool", TOOL, Moment(self.trace_id, self._id(), agent, tool_began, self.now_ns))
            self.call(model, agent, tool=True)
        self._entity("agent", AGENT, Moment(self.trace_id, agent, root, began, self.now_ns))
        self._entity("workflow", self.work.feature, Moment(self.trace_id, root, b"", began, self.now_ns))

    def call(self, model: Model, parent: bytes, *, tool: bool = False, called: bool = False) -> bool:
        """One call with the app's retries; False when every attempt failed."""
        rng = self.past.rng
        asked = rng.choice(moulds.ASKED if model.output_tokens else moulds.EMBEDDED)
        whom = (self.caller.user, self.caller.session, self.caller.tenant)
        for attempt in range(ATTEMPTS):
            began = self.now_ns
            status = draw_fault(self.past.faults(model.name, began), rng)
            span = self.request.calls.spans.add()
            if status is None:
                drawn = self.past.drawn(model, called=called)
                self._pass(drawn.pace.whole_s + OVERHEAD_S)
                mould = self.past.good_mould(self.work, model, tool=tool, called=called)
                answer = self._answer(called=called) if model.output_tokens else ()
                moment = Moment(self.trace_id, self._id(), parent, began, self.now_ns)
                mould.fill(span, moment, (*whom, asked, *answer), moulds.token_numbers(self.work, model, drawn.tokens))
                if self.work.shape is Shape.STREAMED:
                    _chunks(span, began + round(drawn.pace.first_token_s * SECOND_NS), self.now_ns)
                return True
            self._pass(draw_fault_s(status, rng) + OVERHEAD_S)
            moment = Moment(self.trace_id, self._id(), parent, began, self.now_ns)
            self.past.failed_mould(self.work, model, status, tool=tool).fill(span, moment, (*whom, asked))
            span.events[0].time_unix_nano = self.now_ns
            self._pass(RETRY_AFTER_S * (attempt + 1))
        return False

    def _answer(self, *, called: bool) -> tuple[str, str]:
        rng = self.past.rng
        response_id = f"chatcmpl-{rng.getrandbits(96):024x}"
        if called:
            return response_id, moulds.asked_for_tool(f"call_{rng.getrandbits(80):020x}")
        return response_id, rng.choice(_ANSWERS)

    def _entity(self, kind: str, name: str, moment: Moment) -> None:
        mould = self.past.entity_mould(kind, name, self.work)
        whom = (self.caller.user, self.caller.session, self.caller.tenant)
        mould.fill(self.request.entities.spans.add(), moment, whom)

    def _pass(self, seconds: float) -> None:
        self.now_ns += round(seconds * SECOND_NS)

    def _id(self) -> bytes:
        return self.past.rng.randbytes(8)


def batches(window: Window, rhythm: Rhythm, *, seed: int = 0) -> Iterator[Batch]:
    """Yield what the services sent in the window, in order of time: a day of each service in turn."""
    incident = past_incident(rhythm.anchor)
    calm_from_ns = _ns(rhythm.anchor - CALM)
    pasts = [Past(service, Random(f"{seed}:{service.name}"), incident, calm_from_ns) for service in SERVICES.values()]
    since = window.since
    while since < window.until:
        until = min(since + timedelta(days=1), window.until)
        for past in pasts:
            yield from _stretch(past, Window(since, until), rhythm)
        since = until


def past_incident(anchor: datetime) -> PastIncident:
    """Return the incident that history holds: six days and three hours before the demonstration, for 25 minutes."""
    began = anchor - timedelta(days=6, hours=3)
    return PastIncident("support-bot", "gpt-4o", Window(began, began + timedelta(minutes=25)), {429: 0.05, 500: 0.35})


def _stretch(past: Past, window: Window, rhythm: Rhythm) -> Iterator[Batch]:
    at, request = window.since, Request(past.service, rhythm.release(past.service, window.since))
    while (at := at + timedelta(seconds=rhythm.gap_s(past.service, at, past.rng))) < window.until:
        release = rhythm.release(past.service, at)
        if request.spans >= SPANS_PER_REQUEST or release != request.release:
            yield request.batch(at)
            request = Request(past.service, release)
        past.trace(request, past.rng.choice(past.works), at)
    if request.spans:
        yield request.batch(window.until)


def _chunks(span: Span, first_ns: int, last_ns: int) -> None:
    step_ns = (last_ns - first_ns) // (CHUNKS - 1)
    for i in range(CHUNKS):
        span.events.add(name=CHUNK_EVENT, time_unix_nano=first_ns + i * step_ns)


def _ns(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


_ANSWERS: Final = tuple(
    moulds.said(f"{first} {second}") for first in SENTENCES for second in SENTENCES if first != second
)
