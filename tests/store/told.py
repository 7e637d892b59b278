"""Spans as a test writes them down, and what they must come to: the settling said again in plain Python.

The reference here knows nothing of the store: it takes the list of all spans that were ever sent, and says which calls
count, what each cost, and what they add up to.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status
from tests.store.opened import BOOK, START

from tocsin.model.cost import Cost, usd
from tocsin.model.dimension import NOT_A_FAULT, Dimension, ErrorType
from tocsin.model.parts import Parts, PartsRow
from tocsin.model.price import Unpriced
from tocsin.model.signs import Sign, Signs
from tocsin.model.sketch import Sketch
from tocsin.model.usage import Usage
from tocsin.model.window import Window
from tocsin.price.cost import cost_of

# Scopes of two instrumentations that are often both installed.
CLIENT = "opentelemetry.instrumentation.genai.openai"
FRAMEWORK = "opentelemetry.instrumentation.langchain"
# The only one that tells of cache writes kept for an hour.
SDK = "com.anthropic.sdk.messages"
# A scope that no mapping knows: the application's own spans.
OWN = "shop.assistant"
MAPPINGS = {CLIENT: "otel_genai", FRAMEWORK: "openllmetry", SDK: "anthropic_sdk"}
LEVELS = 6
_T = TypeVar("_T")
# What senders say, and the class that we make of it.
ERRORS = {
    "RateLimitError": ErrorType.RATE_LIMIT,
    "InternalServerError": ErrorType.SERVER_ERROR,
    "ContentFilterFinishReasonError": ErrorType.CONTENT_FILTER,
    "CancelledError": ErrorType.CANCELLED,
}
# Names of one family of models; what is not here is a family of its own.
FAMILIES = {
    "gpt-4o-2024-08-06": "gpt-4o",
    "gpt-4o-mini-2024-07-18": "gpt-4o-mini",
    "claude-sonnet-4-5-20250929": "claude-sonnet-4-5",
}
USAGE_KEYS = {
    "input_tokens": "gen_ai.usage.input_tokens",
    "cached_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_creation.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
}
NO_USAGE = Usage()


@dataclass(frozen=True, kw_only=True)
class Told:
    """One span. Times are from `START`; an id is a number, 0 is none."""

    trace: int = 1
    span: int = 1
    parent: int = 0
    at: timedelta = timedelta()
    took: timedelta = timedelta(seconds=1)
    scope: str = CLIENT
    # False: a span of the application's own, about no model.
    call: bool = True
    agent: str = ""
    provider: str = "openai"
    model: str = "gpt-4o"
    served: str = ""
    usage: Usage = NO_USAGE
    error: str = ""
    response_id: str = ""
    streaming: bool = False
    ttft: timedelta | None = None
    finish: str = "stop"
    tenant: str = ""
    session: str = ""
    user: str = ""
    feature: str = ""
    service: str = "app"
    environment: str = "production"
    release: str = "1.0"
    name: str = "chat gpt-4o"
    more: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def key(self) -> tuple[int, int]:
        """Of one span, however often it is sent."""
        return self.trace, self.span

    @property
    def started(self) -> datetime:
        return START + self.at

    @property
    def ended(self) -> datetime:
        return self.started + self.took

    @property
    def has_usage(self) -> bool:
        return self.usage.input_tokens is not None or self.usage.output_tokens is not None


def value_of(value: object) -> AnyValue:
    """Write a Python value as OTLP's."""
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, AnyValue):
        return value
    return AnyValue(string_value=str(value))


def attributes(values: Mapping[str, object]) -> list[KeyValue]:
    """Write attributes; None leaves one out."""
    return [KeyValue(key=key, value=value_of(value)) for key, value in values.items() if value is not None]


def nanos(at: datetime) -> int:
    """Return nanoseconds since the epoch, exactly to the microsecond."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def span_of(told: Told) -> Span:
    """Write a span as OTLP."""
    facts: dict[str, object] = {
        "tenant": told.tenant or None,
        "session.id": told.session or None,
        "user.id": told.user or None,
        "feature": told.feature or None,
    }
    if told.call:
        facts |= {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": told.provider,
            "gen_ai.request.model": told.model,
            "gen_ai.response.model": told.served or None,
            "gen_ai.response.id": told.response_id or None,
            "gen_ai.agent.name": told.agent or None,
            "gen_ai.request.stream": told.streaming,
            "gen_ai.response.time_to_first_chunk": None if told.ttft is None else told.ttft.total_seconds(),
            "gen_ai.response.finish_reasons": None if told.error else told.finish,
        }
        facts |= {key: getattr(told.usage, name) for name, key in USAGE_KEYS.items()}
        if told.scope == SDK:
            facts["anthropic.usage.cache_creation.ephemeral_1h_input_tokens"] = told.usage.cache_write_1h_tokens
    elif told.agent:
        facts |= {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": told.agent}
    facts["error.type"] = told.error or None
    return Span(
        trace_id=told.trace.to_bytes(16, "big"),
        span_id=told.span.to_bytes(8, "big"),
        parent_span_id=told.parent.to_bytes(8, "big") if told.parent else b"",
        name=told.name,
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=nanos(told.started),
        end_time_unix_nano=nanos(told.ended),
        attributes=attributes({**facts, **told.more}),
        status=Status(code=Status.STATUS_CODE_ERROR if told.error else Status.STATUS_CODE_UNSET),
    )


def body_of(many: Iterable[Told]) -> ExportTraceServiceRequest:
    """Write spans as one request."""
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(
                    attributes=attributes(
                        {
                            "service.name": told.service,
                            "deployment.environment.name": told.environment,
                            "service.version": told.release,
                        }
                    )
                ),
                scope_spans=[ScopeSpans(scope=InstrumentationScope(name=told.scope), spans=[span_of(told)])],
            )
            for told in many
        ]
    )


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What one call must have come to."""

    told: Told
    not_counted: str
    session: str
    user: str
    tenant: str
    feature: str
    agent: str
    finish: str
    ttft: timedelta | None
    # Femto-USD; None: unpriced, and `price` says why.
    femto: int | None
    price: str

    def value(self, dimension: Dimension) -> str:
        """Return the call's value of a dimension."""
        told = self.told
        return {
            Dimension.MODEL: told.model or told.served,
            Dimension.REQUEST_MODEL: told.model,
            Dimension.RESPONSE_MODEL: told.served,
            Dimension.OPERATION: "chat",
            Dimension.ERROR_TYPE: str(ERRORS[told.error]) if told.error else "",
            Dimension.FINISH_REASON: self.finish,
            Dimension.STREAMING: str(told.streaming).lower(),
            Dimension.SESSION: self.session,
            Dimension.USER: self.user,
            Dimension.TENANT: self.tenant,
            Dimension.FEATURE: self.feature,
            Dimension.AGENT: self.agent,
            Dimension.PROVIDER: told.provider,
            Dimension.SERVICE: told.service,
            Dimension.ENVIRONMENT: told.environment,
            Dimension.RELEASE: told.release,
            Dimension.MAPPING: MAPPINGS[told.scope],
        }[dimension]

    @property
    def parts(self) -> Parts:
        """What the call alone adds up to."""
        told, usage = self.told, self.told.usage
        fault = bool(told.error) and ERRORS[told.error] not in NOT_A_FAULT
        return Parts(
            calls=1,
            failed=int(fault),
            errors=int(bool(told.error)),
            input_tokens=usage.input_tokens or 0,
            cached_tokens=usage.cached_tokens or 0,
            cache_write_tokens=usage.cache_write_tokens or 0,
            output_tokens=usage.output_tokens or 0,
            reasoning_tokens=usage.reasoning_tokens or 0,
            calls_with_usage=int(told.has_usage),
            priced=int(self.femto is not None),
            unpriced=int(self.femto is None and told.has_usage),
            cost_usd=usd(self.femto or 0),
            duration=Sketch.of([] if told.error else [told.took / timedelta(milliseconds=1)]),
            ttft=Sketch.of([] if self.ttft is None else [self.ttft / timedelta(milliseconds=1)]),
            signs=Signs.of(dict.fromkeys(self._signs(), 1)),
        )

    def _signs(self) -> Iterator[str]:
        told, refused = self.told, self.finish in {"content_filter", "refusal"}
        if told.error:
            yield f"error_{ERRORS[told.error]}"
            return
        if self.finish == "length":
            yield Sign.CUT_SHORT
        if not self.finish:
            yield Sign.ENDING_UNTOLD
        if refused:
            yield Sign.REFUSED
        if told.usage.output_tokens is None:
            yield Sign.OUTPUT_UNTOLD
        elif told.usage.output_tokens == 0 and not refused:
            yield Sign.EMPTY
        if not told.model or not told.served:
            yield Sign.MODEL_UNTOLD
        elif FAMILIES.get(told.served, told.served) != FAMILIES.get(told.model, told.model):
            yield Sign.SWAPPED


def settled(sent: Iterable[Told]) -> dict[tuple[int, int], Settled]:
    """Return each call of the spans that were ever sent, in whatever order; a later sending replaces an earlier."""
    spans = {told.key: told for told in sent}
    traces: dict[int, dict[int, Told]] = defaultdict(dict)
    for told in spans.values():
        traces[told.trace][told.span] = told
    calls = [told for told in spans.values() if told.call]
    why = {told.key: _relation(told, traces[told.trace]) for told in calls}
    twins = _twins(calls, why)
    twice = {twin.key: "told by another span" for others in twins.values() for twin in others}
    each = {told.key: _settled(told, traces[told.trace], why[told.key] or twice.get(told.key, "")) for told in calls}
    return {key: _joined(call, [each[twin.key] for twin in twins.get(key, ())]) for key, call in each.items()}


def _ancestors(told: Told, trace: Mapping[int, Told], levels: int) -> list[Told]:
    found: list[Told] = []
    for _ in range(levels):
        parent = trace.get(told.parent)
        if parent is None:
            break
        found.append(parent)
        told = parent
    return found


def _relation(call: Told, trace: Mapping[int, Told]) -> str:
    for other in trace.values():
        above = _ancestors(other, trace, LEVELS)
        useful = other.call and other not in above and (other.has_usage or other.error)
        if useful and call in above:
            return "wraps another call"
    if not call.has_usage and not call.error and any(a.call and a.has_usage for a in _ancestors(call, trace, 3)):
        return "part of another call"
    return ""


def _twins(calls: Iterable[Told], why: Mapping[tuple[int, int], str]) -> dict[tuple[int, int], list[Told]]:
    """Return, by the span that stands for an answer, the spans of other instrumentations that tell of it too."""
    by_answer: dict[str, list[Told]] = defaultdict(list)
    for call in calls:
        if call.response_id:
            by_answer[call.response_id].append(call)
    found: dict[tuple[int, int], list[Told]] = {}
    for tellers in by_answer.values():
        first, *others = sorted(
            tellers, key=lambda t: (bool(why[t.key]), _missing(t.usage), t.started, t.span, t.trace)
        )
        found[first.key] = [
            other
            for other in sorted(others, key=lambda t: (t.started, t.span, t.trace))
            if other.scope != first.scope and first.started <= other.ended and other.started <= first.ended
        ]
    return found


def _joined(call: Settled, twins: Sequence[Settled]) -> Settled:
    """Add to a call what it does not say and a twin of it does, the earliest that does."""

    def first(read: Callable[[Settled], _T]) -> _T:
        return next((said for said in map(read, (call, *twins)) if said), read(call))

    return replace(
        call,
        session=first(lambda c: c.session),
        user=first(lambda c: c.user),
        tenant=first(lambda c: c.tenant),
        feature=first(lambda c: c.feature),
        agent=first(lambda c: c.agent),
        finish=first(lambda c: c.finish),
        ttft=first(lambda c: c.ttft),
    )


def _missing(usage: Usage) -> int:
    return [getattr(usage, name) for name in USAGE_KEYS].count(None)


def _settled(call: Told, trace: Mapping[int, Told], not_counted: str) -> Settled:
    def fact(own: str, read: Callable[[Told], str]) -> str:
        named = sorted((t for t in trace.values() if read(t)), key=lambda t: (t.started, t.span))
        return own or (read(named[0]) if named else "")

    rows = BOOK.rows_for(call.provider, call.served or call.model)
    found = rows if isinstance(rows, Unpriced) else cost_of(call.usage, rows, call.started)
    agents = [a.agent for a in _ancestors(call, trace, 4) if a.agent]
    return Settled(
        told=call,
        not_counted=not_counted,
        session=fact(call.session, lambda t: t.session),
        user=fact(call.user, lambda t: t.user),
        tenant=fact(call.tenant, lambda t: t.tenant),
        feature=fact(call.feature, lambda t: t.feature),
        agent=call.agent or (agents[0] if agents else ""),
        finish="" if call.error else call.finish,
        ttft=call.ttft,
        femto=found.femto if isinstance(found, Cost) else None,
        price=found.price if isinstance(found, Cost) else str(found.reason),
    )


def added_up(
    calls: Iterable[Settled],
    window: Window,
    step: timedelta | None = None,
    group_by: Sequence[Dimension] = (),
    filters: Mapping[Dimension, Sequence[str]] | None = None,
) -> list[PartsRow]:
    """Add calls up as `Reader.parts` must; the window is whole minutes."""
    cells: dict[tuple[datetime, tuple[str, ...]], list[Parts]] = defaultdict(list)
    width = step or window.length
    for call in calls:
        minute = call.told.ended.replace(second=0, microsecond=0)
        wanted = all(call.value(dimension) in values for dimension, values in (filters or {}).items())
        if not call.not_counted and window.since <= minute < window.until and wanted:
            at = window.since + (minute - window.since) // width * width
            cells[at, tuple(call.value(d) for d in group_by)].append(call.parts)
    return [PartsRow(at, group, Parts.merged(parts)) for (at, group), parts in sorted(cells.items())]


def again(told: Told, **changes: object) -> Told:
    """Return a span with facts changed."""
    return replace(told, **changes)  # pyright: ignore[reportArgumentType]
