"""Moulds for spans of the past: everything that never changes is filled in once, the rest is left blank.

Keys, order and values are those that `opentelemetry-instrumentation-openai` 0.62 and the Traceloop SDK put on the live
app's spans; a test compares the two.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tocsin.demo.app import QUESTIONS, SYSTEM, TOOLS
from tocsin.demo.cast import AGENT, TOOL, Caller, Model, Shape, Tokens, Work
from tocsin.demo.tracing import association_properties, entity_attributes, given_inside

API_BASE: Final = "https://api.openai.com/v1/"
# W3C flags as the SDK sends them: the parent is known to be local.
LOCAL_PARENT: Final = 0x100
ERRORS: Final = {
    429: (
        "RateLimitError",
        "Error code: 429 - Rate limit reached for {model} in organization org-demo on requests per min",
    ),
    500: ("InternalServerError", "Error code: 500 - The server had an error while processing your request"),
}
STACK: Final = 'Traceback (most recent call last):\n  File "/app/support.py", line 41, in answer\n'


class Blank(Enum):
    """What stands in a mould where each span has its own value."""

    TEXT = "text"
    NUMBER = "number"


Value = str | int | bool | tuple[str, ...] | Blank
NOBODY: Final = Caller("", "", "")


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a span belongs: its ids, and its times in nanoseconds since the epoch."""

    trace_id: bytes
    span_id: bytes
    # Empty for a root.
    parent_id: bytes
    start_ns: int
    end_ns: int


class Mould:
    """One kind of span, to be copied and filled in: texts and numbers in the order of their blanks."""

    def __init__(self, name: str, kind: "Span.SpanKind.ValueType", attributes: Sequence[tuple[str, Value]]) -> None:
        self.span = Span(name=name, kind=kind, flags=LOCAL_PARENT)
        self.span.attributes.extend(KeyValue(key=key, value=_any(value)) for key, value in attributes)
        self._texts = [i for i, (_, value) in enumerate(attributes) if value is Blank.TEXT]
        self._numbers = [i for i, (_, value) in enumerate(attributes) if value is Blank.NUMBER]

    def fill(self, span: Span, moment: Moment, texts: Sequence[str], numbers: Sequence[int] = ()) -> None:
        """Make an empty span one of this kind."""
        span.CopyFrom(self.span)
        span.trace_id, span.span_id, span.parent_span_id = moment.trace_id, moment.span_id, moment.parent_id
        span.start_time_unix_nano, span.end_time_unix_nano = moment.start_ns, moment.end_ns
        attributes = span.attributes
        for i, text in zip(self._texts, texts, strict=True):
            attributes[i].value.string_value = text
        for i, number in zip(self._numbers, numbers, strict=True):
            attributes[i].value.int_value = number


def entity(kind: str, name: str, work: Work) -> Mould:
    """A span of a Traceloop decorator. Blank: user, session, tenant."""
    inside_agent = kind in {"agent", "tool"}
    around = given_inside("workflow", work.feature) | (given_inside("agent", AGENT) if inside_agent else {})
    return Mould(
        f"{name}.{kind}",
        Span.SPAN_KIND_INTERNAL,
        [*entity_attributes(kind, name).items(), *_associations(work), *around.items()],
    )


def good_call(work: Work, model: Model, *, tool_offered: bool = False, tool_called: bool = False) -> Mould:
    """A call that went well. Blank: user, session, tenant, question, [response id, answer], then token counts.

    Embeddings have neither response id nor answer, and no reasoning tokens; nor have streams reasoning tokens.
    """
    if model.output_tokens == 0:
        return _embedding(work, model)
    streamed = work.shape is Shape.STREAMED
    after: list[tuple[str, Value]] = [
        ("gen_ai.response.model", model.served_as),
        ("gen_ai.response.id", Blank.TEXT),
        ("gen_ai.response.finish_reasons", ("tool_call",) if tool_called else ("stop",)),
    ]
    if not streamed:
        after += [
            ("gen_ai.openai.response.system_fingerprint", "fp_demo0001"),
            ("openai.response.service_tier", "default"),
        ]
    after += [
        ("gen_ai.usage.total_tokens", Blank.NUMBER),
        ("gen_ai.usage.output_tokens", Blank.NUMBER),
        ("gen_ai.usage.input_tokens", Blank.NUMBER),
        ("gen_ai.usage.cache_read.input_tokens", Blank.NUMBER),
    ]
    if not streamed:
        after.append(("gen_ai.usage.reasoning_tokens", Blank.NUMBER))
    after.append(("gen_ai.output.messages", Blank.TEXT))
    mould = Mould("openai.chat", Span.SPAN_KIND_CLIENT, [*_asked(work, model, tool_offered=tool_offered), *after])
    if streamed:
        mould.span.status.code = Status.STATUS_CODE_OK
    return mould


def failed_call(work: Work, model: Model, status: int, *, tool_offered: bool = False) -> Mould:
    """A call that the provider refused with an HTTP status. Blank: user, session, tenant, question."""
    kind, text = ERRORS[status]
    message = text.format(model=model.name)
    embeds = model.output_tokens == 0
    mould = Mould(
        "openai.embeddings" if embeds else "openai.chat",
        Span.SPAN_KIND_CLIENT,
        [*_asked(work, model, tool_offered=tool_offered), ("error.type", kind)],
    )
    mould.span.status.code, mould.span.status.message = Status.STATUS_CODE_ERROR, message
    event = mould.span.events.add(name="exception")
    told = {"exception.type": f"openai.{kind}", "exception.message": message, "exception.stacktrace": STACK + message}
    told["exception.escaped"] = "False"
    event.attributes.extend(KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in told.items())
    return mould


def token_numbers(work: Work, model: Model, tokens: Tokens) -> tuple[int, ...]:
    """Return the numbers for the blanks of `good_call`."""
    if model.output_tokens == 0:
        return tokens.input, tokens.input, 0
    numbers = (tokens.input + tokens.output, tokens.output, tokens.input, tokens.cached)
    return numbers if work.shape is Shape.STREAMED else (*numbers, tokens.reasoning)


def said(text: str) -> str:
    """Return an answer as the instrumentation writes messages."""
    parts = [{"content": text, "type": "text"}]
    return json.dumps([{"role": "assistant", "parts": parts, "finish_reason": "stop"}])


def asked_for_tool(call_id: str) -> str:
    """Return a call of the tool as the instrumentation writes messages."""
    parts = [{"type": "tool_call", "name": TOOL, "id": call_id, "arguments": {"order": "A-1042"}}]
    return json.dumps([{"role": "assistant", "parts": parts, "finish_reason": "tool_call"}])


def _question(text: str) -> str:
    messages = [(SYSTEM["role"], SYSTEM.get("content")), ("user", text)]
    return json.dumps([{"role": role, "parts": [{"content": said_, "type": "text"}]} for role, said_ in messages])


def _embedded(text: str) -> str:
    return json.dumps([{"role": "user", "parts": [{"type": "text", "content": text}]}])


ASKED: Final = tuple(_question(text) for text in QUESTIONS)
EMBEDDED: Final = tuple(_embedded(text) for text in QUESTIONS)


def _associations(work: Work) -> list[tuple[str, Value]]:
    keys = association_properties(NOBODY, work.feature)
    return [(key, value or Blank.TEXT) for key, value in keys.items()]


def _asked(work: Work, model: Model, *, tool_offered: bool) -> list[tuple[str, Value]]:
    embeds = model.output_tokens == 0
    inside: dict[str, str] = {}
    if work.shape in {Shape.AGENT, Shape.SEARCH}:
        inside |= given_inside("workflow", work.feature)
    if work.shape is Shape.AGENT:
        inside |= given_inside("agent", AGENT)
    messages: tuple[str, Value] = ("gen_ai.input.messages", Blank.TEXT)
    base: tuple[str, Value] = ("gen_ai.openai.api_base", API_BASE)
    attributes: list[tuple[str, Value]] = [
        ("gen_ai.operation.name", "embeddings" if embeds else "chat"),
        *_associations(work),
        *inside.items(),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", model.name),
        ("gen_ai.is_streaming", work.shape is Shape.STREAMED),
        *((messages, base) if embeds else (base, messages)),
    ]
    if tool_offered:
        attributes.append(("gen_ai.tool.definitions", json.dumps([_definition()])))
    return attributes


def _definition() -> dict[str, object]:
    return {"type": "function", **TOOLS[0]["function"]}


def _embedding(work: Work, model: Model) -> Mould:
    after: list[tuple[str, Value]] = [
        ("gen_ai.response.model", model.served_as),
        ("gen_ai.usage.total_tokens", Blank.NUMBER),
        ("gen_ai.usage.input_tokens", Blank.NUMBER),
        ("gen_ai.usage.cache_read.input_tokens", Blank.NUMBER),
    ]
    return Mould("openai.embeddings", Span.SPAN_KIND_CLIENT, [*_asked(work, model, tool_offered=False), *after])


def _any(value: Value) -> AnyValue:
    match value:
        case Blank():
            return AnyValue(string_value="") if value is Blank.TEXT else AnyValue(int_value=0)
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case str():
            return AnyValue(string_value=value)
        case tuple():
            return AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=item) for item in value]))
