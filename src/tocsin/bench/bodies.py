"""OTLP requests for measuring: spans as OpenLLMetry 0.62 writes them, serialised once and sent many times.

A request is cut at the places where each sending differs (trace ids, times, and the session where asked), and putting
it together is one join: a sender that shares two cores with the server must cost next to nothing. Texts are English
words drawn with the frequency they have in Python's own manual, so they compress as prose does; an application's system
prompt is the same in each of its calls, as in real applications.
"""

import os
import random
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pydoc_data.topics import topics
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

from tocsin.redact.madeup import letters

_SESSION_KEY: Final = "traceloop.association.properties.session_id"
_RESPONSE_KEY: Final = "gen_ai.response.id"
SCOPE: Final = "opentelemetry.instrumentation.openai.v1"
SCOPE_VERSION: Final = "0.62.4"
NS_PER_S: Final = 10**9
TRACE_ID_BYTES: Final = 16
# One call in so many holds something that must be redacted.
SECRET_EACH: Final = 256
# A conversation's name, of one length so that it can be replaced in place.
SESSION_CHARS: Final = 21
# Start and end stand side by side, each behind its tag.
_TIMES: Final = struct.Struct("<QcQ")
_END_TAG: Final = b"\x41"
# Random digits of a response id, which stand behind its start.
RESPONSE_DIGITS: Final = 28
_RESPONSE_START: Final = "chatcmpl-"
# Pieces of a cut request for each span: each of the four that differ (trace id, times, session, digits of the response
# id) behind one that never does.
_STRIDE: Final = 8


@dataclass(frozen=True, slots=True)
class Model:
    """A model, as asked for and as it answers."""

    name: str
    served: str
    output_tokens: int
    tokens_per_s: float


MODELS: Final = (
    Model("gpt-4o", "gpt-4o-2024-08-06", 320, 90),
    Model("gpt-4o-mini", "gpt-4o-mini-2024-07-18", 180, 130),
    Model("gpt-4.1", "gpt-4.1-2025-04-14", 350, 80),
    Model("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", 200, 140),
    Model("gpt-4.1-nano", "gpt-4.1-nano-2025-04-14", 120, 180),
    Model("o4-mini", "o4-mini-2025-04-16", 900, 120),
    Model("o3", "o3-2025-04-16", 1100, 70),
    Model("gpt-5", "gpt-5-2025-08-07", 800, 75),
    Model("gpt-5-mini", "gpt-5-mini-2025-08-07", 500, 130),
    Model("gpt-5-nano", "gpt-5-nano-2025-08-07", 300, 190),
    Model("gpt-4-turbo", "gpt-4-turbo-2024-04-09", 300, 45),
    Model("gpt-3.5-turbo", "gpt-3.5-turbo-0125", 200, 110),
)
ERRORS: Final = (
    ("RateLimitError", "Error code: 429 - Rate limit reached in organization org-bench on requests per min"),
    ("InternalServerError", "Error code: 500 - The server had an error while processing your request"),
    ("APITimeoutError", "Request timed out."),
)
TENANTS: Final = tuple(f"tenant-{n:03d}" for n in range(200))
USERS: Final = 5_000
SESSIONS: Final = 20_000


@dataclass(frozen=True, slots=True)
class App:
    """One service that calls models."""

    service: str
    models: Sequence[Model]
    features: Sequence[str]
    # Said at the start of each request to the model; empty for lean spans, which hold no texts at all.
    system: str = ""
    release: str = "1.4.2"
    environment: str = "production"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it will be told."""

    app: App
    model: Model
    # When it ended, in seconds before the moment that a request is filled in with.
    ended_before_s: float
    took_s: float
    # Of ERRORS; empty: it went well.
    error: tuple[str, str] | None = None


class Body:
    """One request, cut where sendings differ."""

    def __init__(self, raw: bytes, spans: Sequence[Span], ends: Sequence[tuple[int, int]]) -> None:
        """Cut `raw`, which holds `spans` in this order; `ends`: start and end, ns before the sending."""
        self.spans = len(spans)
        self._ends = ends
        self._pieces: list[bytes] = []
        self._answered: list[bool] = []
        at = 0
        for span in spans:
            said = {a.key: a.value.string_value for a in span.attributes}
            times = _TIMES.pack(span.start_time_unix_nano, _END_TAG, span.end_time_unix_nano)
            response = said.get(_RESPONSE_KEY, "").removeprefix(_RESPONSE_START).encode()
            self._answered.append(bool(response))
            for hole in (span.trace_id, times, said[_SESSION_KEY].encode(), response):
                start = raw.index(hole, at)
                self._pieces += [raw[at:start], hole]
                at = start + len(hole)
        self._pieces.append(raw[at:])

    def first_end_ns(self, at_ns: int) -> int:
        """Return when the first of its spans ended, as sent at a moment."""
        return at_ns - max(ended for _, ended in self._ends)

    def fill(self, at_ns: int, session: bytes = b"") -> bytes:
        """Return the request as sent at a moment: new ids, new times; `session` for all its calls where given."""
        pieces = self._pieces.copy()
        ids = os.urandom(TRACE_ID_BYTES * self.spans)
        pieces[1::_STRIDE] = [ids[n : n + TRACE_ID_BYTES] for n in range(0, len(ids), TRACE_ID_BYTES)]
        pack = _TIMES.pack
        pieces[3::_STRIDE] = [pack(at_ns - began, _END_TAG, at_ns - ended) for began, ended in self._ends]
        if session:
            assert len(session) == SESSION_CHARS, "a session of another length would break the request's lengths"
            pieces[5::_STRIDE] = [session] * self.spans
        digits = os.urandom(RESPONSE_DIGITS // 2 * self.spans).hex().encode()
        pieces[7::_STRIDE] = [
            digits[n * RESPONSE_DIGITS : (n + 1) * RESPONSE_DIGITS] if answered else b""
            for n, answered in enumerate(self._answered)
        ]
        return b"".join(pieces)


def session_name(number: int) -> str:
    """Return the name of a conversation, always of one length."""
    return f"conversation-{number:08x}"


class Writer:
    """Makes requests, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def text(self, words: int) -> str:
        """Return so many English words, each as frequent as in prose."""
        return " ".join(self._chance.choices(_words(), k=words))

    def apps(self, count: int, *, models_each: int, lean: bool = False, models: Sequence[Model] = MODELS) -> list[App]:
        """Return services, each with some of the models and features, and with a system prompt unless `lean`."""
        return [
            App(
                service=f"service-{n:03d}",
                models=[models[(n + m) % len(models)] for m in range(models_each)],
                features=[f"feature-{(n * 3 + m) % 24:02d}" for m in range(4)],
                system="" if lean else self.text(85),
            )
            for n in range(count)
        ]

    def call(self, app: App, *, within_s: float, failing: float = 0.01) -> Call:
        """Return a call of an app that ended some time within the last seconds."""
        chance = self._chance
        model = chance.choice(app.models)
        took = 0.25 + chance.lognormvariate(0, 0.5) * model.output_tokens / model.tokens_per_s
        error = chance.choice(ERRORS) if chance.random() < failing else None
        return Call(app, model, chance.random() * within_s, took, error)

    def body(self, calls: Sequence[Call]) -> Body:
        """Serialise calls as one request: one resource for each app, in order of first call."""
        request = ExportTraceServiceRequest()
        scopes: dict[str, ScopeSpans] = {}
        ends: dict[str, list[tuple[int, int]]] = {}
        for call in calls:
            if call.app.service not in scopes:
                told = request.resource_spans.add(resource=_resource(call.app))
                scope = told.scope_spans.add()
                scope.scope.name, scope.scope.version = SCOPE, SCOPE_VERSION
                scopes[call.app.service], ends[call.app.service] = scope, []
            self._write(scopes[call.app.service].spans.add(), call)
            ended = int(call.ended_before_s * NS_PER_S)
            ends[call.app.service].append((ended + int(call.took_s * NS_PER_S), ended))
        spans = [span for scope in scopes.values() for span in scope.spans]
        return Body(request.SerializeToString(), spans, [pair for of_app in ends.values() for pair in of_app])

    def _write(self, span: Span, call: Call) -> None:
        chance = self._chance
        span.trace_id, span.span_id = chance.randbytes(TRACE_ID_BYTES), chance.randbytes(8)
        # Replaced at each sending; any two distinct times that can be found again.
        span.start_time_unix_nano, span.end_time_unix_nano = chance.getrandbits(60) | 1, chance.getrandbits(60) | 1
        span.name, span.kind = "openai.chat", Span.SPAN_KIND_CLIENT
        attributes = self._asked(call) + (self._failed(span, call.error) if call.error else self._answered(call))
        span.attributes.extend(KeyValue(key=key, value=value) for key, value in attributes)

    def _asked(self, call: Call) -> list[tuple[str, AnyValue]]:
        chance, app = self._chance, call.app
        feature = chance.choice(app.features)
        attributes = [
            ("gen_ai.operation.name", _text("chat")),
            ("traceloop.association.properties.tenant", _text(chance.choice(TENANTS))),
            ("traceloop.association.properties.user_id", _text(f"user-{chance.randrange(USERS)}")),
            (_SESSION_KEY, _text(session_name(chance.randrange(SESSIONS)))),
            ("traceloop.workflow.name", _text(feature)),
            ("gen_ai.provider.name", _text("openai")),
            ("gen_ai.request.model", _text(call.model.name)),
        ]
        if not app.system:
            return attributes
        secret = f" my key is sk-proj-{letters(48)} please" if chance.randrange(SECRET_EACH) == 0 else ""
        return [
            *attributes,
            ("gen_ai.request.max_tokens", AnyValue(int_value=1024)),
            ("gen_ai.request.temperature", AnyValue(double_value=0.2)),
            ("gen_ai.is_streaming", AnyValue(bool_value=False)),
            ("gen_ai.openai.api_base", _text("https://api.openai.com/v1/")),
            ("gen_ai.input.messages", _text(_said(("system", app.system), ("user", self._user() + secret)))),
        ]

    def _user(self) -> str:
        return self.text(self._chance.randint(10, 50))

    def _answered(self, call: Call) -> list[tuple[str, AnyValue]]:
        chance, model = self._chance, call.model
        given, made = chance.randint(300, 3_000), max(1, int(model.output_tokens * chance.lognormvariate(0, 0.4)))
        usage = [
            ("gen_ai.usage.output_tokens", AnyValue(int_value=made)),
            ("gen_ai.usage.input_tokens", AnyValue(int_value=given)),
        ]
        if not call.app.system:
            return [("gen_ai.response.model", _text(model.served)), *usage]
        reasoned = made // 2 if model.output_tokens >= 800 else 0
        answer = self.text(chance.randint(30, 90))
        return [
            ("gen_ai.response.model", _text(model.served)),
            (_RESPONSE_KEY, _text(f"{_RESPONSE_START}{chance.randbytes(RESPONSE_DIGITS // 2).hex()}")),
            (
                "gen_ai.response.finish_reasons",
                AnyValue(array_value=ArrayValue(values=[_text("stop")])),
            ),
            ("gen_ai.openai.response.system_fingerprint", _text("fp_50cad350e4")),
            ("openai.response.service_tier", _text("default")),
            ("gen_ai.usage.total_tokens", AnyValue(int_value=given + made)),
            *usage,
            ("gen_ai.usage.cache_read.input_tokens", AnyValue(int_value=chance.choice((0, 0, 128, given // 2)))),
            ("gen_ai.usage.reasoning_tokens", AnyValue(int_value=reasoned)),
            ("gen_ai.output.messages", _text(_said(("assistant", answer))[:-2] + ', "finish_reason": "stop"}]')),
        ]

    @staticmethod
    def _failed(span: Span, error: tuple[str, str]) -> list[tuple[str, AnyValue]]:
        kind, message = error
        span.status.code, span.status.message = Status.STATUS_CODE_ERROR, message
        told = span.events.add(name="exception")
        for key, value in (("exception.type", f"openai.{kind}"), ("exception.message", message)):
            told.attributes.add(key=key, value=_text(value))
        return [("error.type", _text(kind))]


def load(seed: int, *, bodies: int, spans: int, apps: int = 8) -> list[Body]:
    """Return requests of full size, 2 to 2.5 KB a span, each of one service, as exporters of a live system send."""
    writer = Writer(seed)
    known = writer.apps(apps, models_each=4)
    return [writer.body([writer.call(known[n % apps], within_s=5.0) for _ in range(spans)]) for n in range(bodies)]


def _resource(app: App) -> Resource:
    told = {
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.45.2",
        "service.name": app.service,
        "service.version": app.release,
        "deployment.environment.name": app.environment,
    }
    return Resource(attributes=[KeyValue(key=key, value=_text(value)) for key, value in told.items()])


def _text(value: str) -> AnyValue:
    return AnyValue(string_value=value)


def _said(*messages: tuple[str, str]) -> str:
    """Write messages as the instrumentation does; the words need no escapes."""
    told = (f'{{"role": "{role}", "parts": [{{"content": "{text}", "type": "text"}}]}}' for role, text in messages)
    return f"[{', '.join(told)}]"


@cache
def _words() -> Sequence[str]:
    return re.findall(r"[A-Za-z][a-z]*[,.;:]?", " ".join(topics.values()))
