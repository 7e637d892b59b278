"""A small world on the real engine: calls of two services, one of which breaks, and the alarms' state about it."""

import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from tocsin.ingest.envelope import envelope
from tocsin.model.attribute_keys import AttributeKeys
from tocsin.model.received import Signal
from tocsin.normalise.conventions import conventions
from tocsin.price.book import PriceBook
from tocsin.redact.profile import DEFAULT
from tocsin.store.embedded import EmbeddedEngine
from tocsin.store.engine import Connection
from tocsin.store.read import Reader
from tocsin.store.schema import Schema, bring_up
from tocsin.store.settle import Settler
from tocsin.store.views.normalise import compile_normalising

SCOPE = "opentelemetry.instrumentation.openai.v1"
_NS = 10**9


def trace_id(number: int) -> str:
    """Return the trace id of the n-th trace."""
    return f"{number:032x}"


@dataclass(frozen=True, slots=True)
class Sent:
    """One call as a sender tells it."""

    at: datetime
    number: int
    service: str = "checkout-bot"
    model: str = "gpt-4o-mini"
    ms: float = 500
    # The HTTP status of a failure; empty for a call that went well.
    failed: str = ""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    name: str = "openai.chat"
    # Number of the trace, and of the parent span; None: a trace of its own, a root.
    trace: int | None = None
    parent: int | None = None


def body(calls: list[Sent]) -> bytes:
    """Write calls as one OTLP request."""
    request = ExportTraceServiceRequest()
    for call in calls:
        resource = ResourceSpans()
        resource.resource.attributes.extend(_pairs({"service.name": call.service, "deployment.environment": "prod"}))
        scope = ScopeSpans()
        scope.scope.name = SCOPE
        scope.spans.append(_span(call))
        resource.scope_spans.append(scope)
        request.resource_spans.append(resource)
    return request.SerializeToString()


def _span(call: Sent) -> Span:
    end = int(call.at.timestamp() * _NS)
    span = Span(
        trace_id=bytes.fromhex(trace_id(call.trace or call.number)),
        span_id=struct.pack(">Q", call.number),
        parent_span_id=struct.pack(">Q", call.parent) if call.parent else b"",
        name=call.name,
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=end - int(call.ms * 1e6),
        end_time_unix_nano=end,
    )
    texts = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": call.model,
        "gen_ai.response.model": "" if call.failed else call.model,
    }
    span.attributes.extend(_pairs({key: value for key, value in (texts | call.attributes).items() if value}))
    if call.failed:
        span.attributes.extend(_pairs({"error.type": call.failed}))
        span.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=f"{call.failed} from the provider"))
    else:
        for key, count in (("gen_ai.usage.input_tokens", 1000), ("gen_ai.usage.output_tokens", 100)):
            span.attributes.append(KeyValue(key=key, value=AnyValue(int_value=count)))
    return span


def _pairs(texts: dict[str, str]) -> list[KeyValue]:
    return [KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in texts.items()]


class World:
    """The real engine over a folder. Every line is closed at the end, or the process could open no other folder."""

    def __init__(self, folder: Path) -> None:
        self._engine = EmbeddedEngine(folder)
        self._lines: list[Connection] = []
        self._writer = self.connect()
        bring_up(self._writer, Schema(DEFAULT, compile_normalising(conventions(), AttributeKeys())))
        self._settler = Settler(self.connect(), PriceBook().rows_for)
        self.reader = Reader(self)

    def connect(self) -> Connection:
        """Open a line."""
        self._lines.append(self._engine.connect())
        return self._lines[-1]

    def close(self) -> None:
        """Close every line."""
        for line in self._lines:
            line.close()

    def send(self, calls: list[Sent], at: datetime, project: str = "default") -> None:
        """Store calls and settle them, as the watch loop does, at a moment."""
        received = int(at.timestamp() * _NS)
        self._writer.insert(Signal.TRACES, [envelope(body(calls), project, received)])
        self._settler.settle(received + 1, at + timedelta(seconds=1))
