"""What a span is taken to say, one odd thing at a time, through the real engine."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status
from tests.store.opened import ARRIVES, START, Kept, Opened, opened

from tocsin.model.attribute_keys import AttributeKeys
from tocsin.normalise.conventions import conventions
from tocsin.store.views.normalise import compile_normalising

GENAI = "opentelemetry.instrumentation.genai.openai"
OPENLLMETRY = "opentelemetry.instrumentation.openai.v1"
OPENINFERENCE = "openinference.instrumentation.openai"
BEDROCK = "opentelemetry.instrumentation.botocore.bedrock-runtime"
CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
START_NS = int(START.timestamp()) * 10**9
IDS = count(1)

Value = str | int | float | bool | None


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(Kept(tmp_path_factory.mktemp("telemetry"))) as found:
        yield found


def value(given: Value) -> AnyValue:
    match given:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=given)
        case int():
            return AnyValue(int_value=given)
        case float():
            return AnyValue(double_value=given)
        case str():
            return AnyValue(string_value=given)


def pairs(given: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=key, value=value(held)) for key, held in given.items()]


def understood(
    store: Opened,
    attributes: Mapping[str, Value],
    *,
    scope: str = GENAI,
    name: str = "chat",
    status: str | None = None,
    exception: Mapping[str, Value] | None = None,
    first_chunk: timedelta | None = None,
    resource: Mapping[str, Value] | None = None,
) -> dict[str, Any]:
    """Send one span and return its row; `status` is the message of a failure."""
    project, number = store.project(), next(IDS)
    events = [Span.Event(name="exception", attributes=pairs(exception))] if exception else []
    if first_chunk is not None:
        at = START_NS + int(first_chunk / timedelta(microseconds=1)) * 1_000
        events.append(Span.Event(name="gen_ai.content.completion.chunk", time_unix_nano=at))
    span = Span(
        trace_id=number.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        name=name,
        start_time_unix_nano=START_NS,
        end_time_unix_nano=START_NS + 10**9,
        attributes=pairs(attributes),
        events=events,
        status=Status(code=Status.STATUS_CODE_ERROR, message=status) if status is not None else None,
    )
    body = ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=pairs(resource or {})),
                scope_spans=[ScopeSpans(scope=InstrumentationScope(name=scope), spans=[span])],
            )
        ]
    )
    store.insert(project, [body])
    store.settle(ARRIVES)
    rows = store.stored("understood", project)
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("scope", "attributes", "mapping"),
    [
        (GENAI, {}, "otel_genai"),
        ("opentelemetry.instrumentation.genai.mistral", {}, "otel_genai"),
        ("com.anthropic.sdk.python", {}, "anthropic_sdk"),
        ("@arizeai/openinference-instrumentation-openai", {}, "openinference"),
        ("openinference.instrumentation.openai_agents", {}, "openinference_agents"),
        ("shop", {"openinference.span.kind": "AGENT", "llm.provider": "openai"}, "openinference"),
        ("shop", {"traceloop.span.kind": "task"}, "openllmetry"),
        ("shop", {"gen_ai.request.model": "gpt-4o"}, "generic"),
        ("shop", {"http.route": "/chat"}, ""),
    ],
)
def test_the_scope_decides_then_the_attributes(
    store: Opened, scope: str, attributes: Mapping[str, Value], mapping: str
) -> None:
    assert understood(store, attributes, scope=scope)["mapping"] == mapping


@pytest.mark.parametrize(
    ("sent", "tokens"),
    [
        (1117, 1117),
        ("1117", 1117),
        (1117.0, 1117),
        ('"1117"', 1117),
        (-3, None),
        (10**15, None),
        ("many", None),
        ("", None),
    ],
)
def test_token_counts_come_as_numbers_texts_and_nonsense(store: Opened, sent: Value, tokens: int | None) -> None:
    row = understood(store, {**CALL, "gen_ai.usage.input_tokens": sent, "gen_ai.usage.output_tokens": 5})
    assert (row["input_tokens"], row["output_tokens"]) == (tokens, 5)


def test_zeros_for_everything_are_not_a_count(store: Opened) -> None:
    """No call uses no token: some emitters write zeros for streams that they could not count."""
    row = understood(store, {**CALL, "gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0})
    assert (row["input_tokens"], row["output_tokens"]) == (None, None)


def test_zero_cached_tokens_are_zero_and_none_is_unknown(store: Opened) -> None:
    used = {**CALL, "gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 1}
    assert understood(store, {**used, "gen_ai.usage.cache_read.input_tokens": 0})["cached_tokens"] == 0
    assert understood(store, used)["cached_tokens"] is None


@pytest.mark.parametrize(
    ("scope", "sent", "total"),
    [
        # Inside by the convention.
        (GENAI, {"input": 2051, "read": 1500, "write": 300}, 2051),
        # Outside for this emitter.
        (BEDROCK, {"input": 2251, "read": 1500, "write": 300}, 4051),
        # Outside for certain: the parts are larger than the whole.
        (GENAI, {"input": 251, "read": 1500, "write": 300}, 2051),
        # Outside, since the total counts them apart.
        (GENAI, {"input": 2251, "read": 1500, "write": 300, "total": 4061}, 4051),
        (GENAI, {"input": 2251, "read": 1500, "write": 300, "total": 2261}, 2251),
    ],
)
def test_cached_tokens_end_up_inside_the_input(store: Opened, scope: str, sent: Mapping[str, int], total: int) -> None:
    keys = {
        "input": "gen_ai.usage.input_tokens",
        "read": "gen_ai.usage.cache_read.input_tokens",
        "write": "gen_ai.usage.cache_creation.input_tokens",
        "total": "gen_ai.usage.total_tokens",
    }
    attributes = {**CALL, "gen_ai.usage.output_tokens": 10, "gen_ai.system": "aws.bedrock"}
    row = understood(store, {**attributes, **{keys[key]: held for key, held in sent.items()}}, scope=scope)
    assert row["input_tokens"] == total
    assert (row["cached_tokens"], row["cache_write_tokens"]) == (1500, 300)


def test_reasoning_ends_up_inside_the_output(store: Opened) -> None:
    used = {**CALL, "gen_ai.usage.input_tokens": 100, "gen_ai.usage.reasoning.output_tokens": 70}
    inside = understood(store, {**used, "gen_ai.usage.output_tokens": 90, "gen_ai.usage.total_tokens": 190})
    outside = understood(store, {**used, "gen_ai.usage.output_tokens": 90, "gen_ai.usage.total_tokens": 260})
    larger = understood(store, {**used, "gen_ai.usage.output_tokens": 20})
    assert [row["output_tokens"] for row in (inside, outside, larger)] == [90, 160, 90]


def test_a_wrapper_that_repeats_its_childrens_usage_has_none(store: Opened) -> None:
    used = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10, "gen_ai.agent.name": "weather"}
    row = understood(store, {**used, "gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "gpt-4o"})
    assert (row["kind"], row["input_tokens"], row["agent"]) == ("agent", None, "weather")


@pytest.mark.parametrize(
    ("attributes", "provider"),
    [
        ({"gen_ai.provider.name": "openai", "server.address": "api.deepseek.com"}, "deepseek"),
        (
            {"gen_ai.system": "openai", "gen_ai.openai.api_base": "https://contoso.openai.azure.com/openai/"},
            "azure.ai.openai",
        ),
        ({"gen_ai.system": "OpenAI", "server.address": "http://localhost:8080/v1"}, "openai"),
        ({"server.address": "bedrock-runtime.eu-west-1.amazonaws.com"}, "aws.bedrock"),
        ({"gen_ai.system": "az.ai.openai"}, "azure.ai.openai"),
        ({"gen_ai.provider.name": "gcp.gen_ai"}, "gcp.gemini"),
        # A framework is no provider; then the model's maker is the best guess.
        ({"gen_ai.provider.name": "langchain"}, "openai"),
        ({"gen_ai.request.model": "claude-sonnet-4-5"}, "anthropic"),
        ({"gen_ai.request.model": "our-own-model"}, ""),
        ({"gen_ai.provider.name": "Acme-Cloud"}, "acme-cloud"),
    ],
)
def test_the_endpoint_tells_the_provider_before_any_name(
    store: Opened, attributes: Mapping[str, Value], provider: str
) -> None:
    assert understood(store, {**CALL, **attributes})["provider"] == provider


@pytest.mark.parametrize(
    ("attributes", "status", "exception", "error"),
    [
        ({"error.type": "openai.RateLimitError"}, "", None, "rate_limit"),
        ({"error.type": "429"}, "", None, "rate_limit"),
        ({"error.type": "rate_limit_error"}, "", None, "rate_limit"),
        ({}, "Error code: 429 - slow down", None, "rate_limit"),
        ({}, "", {"exception.type": "openai.InternalServerError", "exception.message": "no"}, "server_error"),
        ({"error.type": "InternalServerError"}, "Error code: 529 - busy", None, "overloaded"),
        ({"error.type": "overloaded_error"}, "", None, "overloaded"),
        ({"error.type": "APITimeoutError"}, "Request timed out.", None, "timeout"),
        ({}, "Request timed out.", None, "timeout"),
        ({"http.response.status_code": 503}, "", None, "server_error"),
        ({"error.type": "AuthenticationError"}, "Error code: 401", None, "auth"),
        ({"error.type": "BadRequestError"}, "Error code: 400 - maximum context length is 8192", None, "context_length"),
        ({"error.type": "BadRequestError"}, "Error code: 400 - 'code': 'content_filter'", None, "content_filter"),
        ({"error.type": "BadRequestError"}, "Error code: 400", None, "invalid_request"),
        ({"error.type": "APIConnectionError"}, "Connection error.", None, "connection"),
        ({"error.type": "RemoteProtocolError"}, "", None, "stream_interrupted"),
        ({"error.type": "asyncio.CancelledError"}, "", None, "cancelled"),
        ({}, "it broke", None, "other"),
        # Words of classes say nothing in a message, words of messages nothing in a class.
        ({"error.type": "Foo"}, "a forbidden socket throttled it, 12500 times", None, "other"),
        ({"error.type": "PeerClosedConnectionsCounter"}, "é 日本\n", None, "connection"),
    ],
)
def test_failures_of_all_libraries_come_to_one_list(
    store: Opened, attributes: Mapping[str, Value], status: str, exception: Mapping[str, Value] | None, error: str
) -> None:
    row = understood(store, {**CALL, **attributes}, status=status, exception=exception)
    assert (row["is_error"], row["error_type"]) == (True, error)


def test_a_connection_that_breaks_after_the_first_token_interrupted_the_stream(store: Opened) -> None:
    attributes = {**CALL, "error.type": "APIConnectionError", "gen_ai.request.stream": True}
    assert understood(store, attributes, status="Connection error.")["error_type"] == "connection"
    begun = {**attributes, "gen_ai.response.time_to_first_chunk": 0.1}
    assert understood(store, begun, status="Connection error.")["error_type"] == "stream_interrupted"


def test_a_stream_that_ends_without_a_reason_was_cut_where_the_emitter_does_not_say(store: Opened) -> None:
    attributes = {**CALL, "gen_ai.is_streaming": True, "gen_ai.response.id": "chatcmpl-1"}
    cut = understood(store, attributes, scope=OPENLLMETRY, first_chunk=timedelta(milliseconds=120))
    assert (cut["is_error"], cut["error_type"]) == (True, "stream_interrupted")
    whole = understood(
        store,
        {**attributes, "gen_ai.response.finish_reasons": '["stop"]'},
        scope=OPENLLMETRY,
        first_chunk=timedelta(milliseconds=120),
    )
    assert (whole["is_error"], whole["error_type"]) == (False, "")


def test_no_status_and_no_error_is_no_failure_whatever_the_text_says(store: Opened) -> None:
    row = understood(store, {**CALL, "gen_ai.output.messages": "Error code: 500 - timed out", "http.status_code": 200})
    assert (row["is_error"], row["error_type"]) == (False, "")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ('["stop"]', "stop"),
        ("end_turn", "stop"),
        ("STOP", "stop"),
        ('["tool_calls", "stop"]', "tool_calls"),
        ("tool-calls", "tool_calls"),
        ("max_tokens", "length"),
        ("SAFETY", "content_filter"),
        ("because", "other"),
        ("", ""),
        ("[]", ""),
    ],
)
def test_answers_end_for_one_of_a_few_reasons(store: Opened, sent: str, reason: str) -> None:
    assert understood(store, {**CALL, "gen_ai.response.finish_reasons": sent})["finish_reason"] == reason


def test_time_to_first_token_comes_in_seconds_or_as_an_event(store: Opened) -> None:
    seconds = understood(store, {**CALL, "gen_ai.response.time_to_first_chunk": 0.25})
    event = understood(store, CALL, scope=OPENLLMETRY, first_chunk=timedelta(milliseconds=250))
    assert [row["ttft_ns"] for row in (seconds, event)] == [250_000_000, 250_000_000]
    assert [row["streaming"] for row in (seconds, event)] == [True, True]
    assert understood(store, {**CALL, "gen_ai.response.time_to_first_chunk": -1})["ttft_ns"] is None


def test_no_word_on_streaming_means_no_only_where_the_emitter_would_have_said_so(store: Opened) -> None:
    assert understood(store, CALL, scope=GENAI)["streaming"] is False
    assert understood(store, CALL, scope="opentelemetry.instrumentation.openai_v2")["streaming"] is None


def test_empty_null_and_none_are_absent(store: Opened) -> None:
    row = understood(store, {**CALL, "session.id": "None", "user.id": "", "enduser.id": None, "tenant": "acme"})
    assert (row["session"], row["user"], row["tenant"]) == ("", "", "acme")


def test_an_applications_own_properties_are_found_where_each_emitter_puts_them(store: Opened) -> None:
    traceloop = "traceloop.association.properties."
    flat = understood(
        store,
        {**CALL, f"{traceloop}customer_id": "globex", f"{traceloop}session_id": "s", f"{traceloop}feature": "f"},
        scope=OPENLLMETRY,
    )
    inside = understood(
        store,
        {"openinference.span.kind": "LLM", "metadata": '{"customer_id": "globex", "session_id": "s", "feature": "f"}'},
        scope=OPENINFERENCE,
    )
    for row in (flat, inside):
        assert (row["tenant"], row["session"], row["feature"]) == ("globex", "s", "f")
    assert understood(store, CALL, resource={"tenant.id": "globex"})["tenant"] == "globex"


def test_broken_json_is_only_not_understood(store: Opened) -> None:
    attributes = {"openinference.span.kind": "LLM", "metadata": '{"tenant": "ac', "input.value": "{"}
    row = understood(store, {**attributes, "output.value": "[", "llm.token_count.prompt": 7}, scope=OPENINFERENCE)
    assert (row["tenant"], row["input_tokens"]) == ("", 7)


def test_requested_tools_are_listed_in_order(store: Opened) -> None:
    parts = '[{"type": "tool_call", "name": "b"}, {"type": "text", "content": "x"}, {"type": "tool_call", "name": "a"}]'
    messages = understood(store, {**CALL, "gen_ai.output.messages": f'[{{"role": "assistant", "parts": {parts}}}]'})
    start = "llm.output_messages.0.message.tool_calls."
    flat = understood(
        store,
        {
            "openinference.span.kind": "LLM",
            f"{start}0.tool_call.function.name": "b",
            f"{start}1.tool_call.function.name": "a",
            "llm.output_messages.0.message.contents.1.tool_call.function.name": "b",
        },
        scope=OPENINFERENCE,
    )
    assert messages["tool_names"] == flat["tool_names"] == ["b", "a"]


def test_a_class_of_a_library_is_no_agent_and_no_feature(store: Opened) -> None:
    row = understood(
        store,
        {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "RunnableSequence",
            "traceloop.workflow.name": "RunnableSequence",
        },
        scope="opentelemetry.instrumentation.langchain",
    )
    assert (row["kind"], row["agent"], row["feature"]) == ("agent", "", "")


def test_a_web_request_lends_its_route_and_its_user(store: Opened) -> None:
    row = understood(store, {"http.route": "/chat", "user.id": "u-1"}, scope="shop.web")
    assert (row["mapping"], row["kind"], row["feature"], row["user"]) == ("", "other", "/chat", "u-1")


@pytest.mark.parametrize("chosen", [("user.id",), ("shop.customer", "user.id"), ("metadata_of_ours", "user.id")])
def test_names_from_the_configuration_are_asked_first_also_where_they_serve_another_field(
    store: Opened, chosen: tuple[str, ...]
) -> None:
    """A name may serve two fields; the built-in tables avoid that, a person's may not."""
    normalising = compile_normalising(conventions(), AttributeKeys(tenant=chosen))
    plain = (
        "SELECT 'shop' AS scope, ['tenant', 'user.id'] AS keys, ['t', 'u'] AS vals, [''] AS res_keys, [''] AS res_vals"
    )
    found = f"SELECT *, {normalising.stages[1]} FROM (SELECT *, {normalising.stages[0]} FROM ({plain}))"  # noqa: S608 ours
    columns = ", ".join(f"{normalising.columns[name]} AS {name}" for name in ("tenant", "user"))
    assert store.writer.ask(f"SELECT {columns} FROM ({found})") == [["u", "u"]]  # noqa: S608 ours
