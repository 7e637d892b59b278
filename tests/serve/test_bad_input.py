"""What nobody should send gets a clear answer, and loses nothing that others sent."""

import asyncio
import gzip
import json
from typing import Any, cast

import grpc
import httpx
import pytest
from google.rpc.status_pb2 import Status as RpcStatus
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.serve.running import NS, PROTOBUF, Running, call, now_ns, pairs, request, until

JSON = {"content-type": "application/json"}
DAY_NS = 86_400 * NS
# A tag without its value: no protobuf reader takes it.
MALFORMED = b"\x0a\xff"


def reason(answer: httpx.Response) -> str:
    """Read the sentence in an OTLP refusal, of either kind."""
    if answer.headers["content-type"].startswith("application/json"):
        return answer.json()["message"]
    return RpcStatus.FromString(answer.content).message


def test_malformed_bytes_are_refused_and_their_neighbours_are_stored(server: Running) -> None:
    """Requests that come together are stored in one insert; a bad one among them must not cost the others anything."""

    async def all_at_once() -> list[int]:
        bodies = [MALFORMED if n % 10 == 5 else request("neighbours", [call()]) for n in range(60)]
        async with httpx.AsyncClient(base_url=server.otlp, timeout=60) as http:
            answers = await asyncio.gather(
                *(http.post("/v1/traces", content=body, headers=PROTOBUF) for body in bodies)
            )
        return [answer.status_code for answer in answers]

    statuses = asyncio.run(all_at_once())
    assert [n for n, status in enumerate(statuses) if status != 200] == [5, 15, 25, 35, 45, 55]
    assert {statuses[n] for n in range(5, 60, 10)} == {400}
    assert len(server.stored("neighbours", 54)) == 54


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (MALFORMED, PROTOBUF, 400, "the body is not OTLP protobuf"),
        (b"a text, and no protobuf at all", PROTOBUF, 400, "the body is not OTLP protobuf"),
        (b'{"resourceSpans": [', JSON, 400, "the body is not JSON"),
        (b'{"resourceSpans": 5}', JSON, 400, "resourceSpans is a number; write a list"),
        (b"spans", {"content-type": "text/plain"}, 415, "send application/x-protobuf or application/json"),
        (b"spans", {}, 415, "send application/x-protobuf or application/json"),
        (b"spans", {**PROTOBUF, "content-encoding": "br"}, 415, "send gzip or identity"),
        (b"no gzip", {**PROTOBUF, "content-encoding": "gzip"}, 400, "gzip"),
        (bytes(17 * 2**20), PROTOBUF, 413, "the limit is 16777216"),
        (gzip.compress(bytes(40 * 2**20)), {**PROTOBUF, "content-encoding": "gzip"}, 413, "16777216"),
    ],
    ids=[
        "tag without value",
        "text",
        "half JSON",
        "number for a list",
        "text/plain",
        "no type",
        "br",
        "no gzip",
        "large",
        "large when unpacked",
    ],
)
def test_a_body_that_can_not_be_read_is_answered_with_a_reason(
    server: Running, body: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    answer = server.send(body, headers)
    assert (answer.status_code, words in reason(answer)) == (status, True), answer.content[:400]


@pytest.mark.parametrize("path", ["/v1/trace", "/v1/traces/", "/v1/tracess", "/V1/traces", "/api/public/otel/v1/trace"])
def test_an_unknown_path_is_answered_with_the_right_one(server: Running, path: str) -> None:
    answer = server.send(request("lost", [call()]), path=path)
    assert answer.status_code == 404
    assert f"there is nothing at {path}; did you mean" in reason(answer)
    assert "/v1/traces?" in reason(answer)


def with_times(start_ns: int, end_ns: int) -> Span:
    span = call()
    span.start_time_unix_nano, span.end_time_unix_nano = start_ns, end_ns
    return span


# When this file was read; a moment before it is sent.
NOW = now_ns()
ODD_TIMES = {
    "no time at all": (0, 0, 0.0),
    "the end of time": (2**64 - 1, 2**64 - 1, 0.0),
    "the year 2200": (7_258_118_400 * NS - NS, 7_258_118_400 * NS, 1.0),
    "two years ago": (NOW - 730 * DAY_NS - NS, NOW - 730 * DAY_NS, 1.0),
    "a day ahead": (NOW + DAY_NS - NS, NOW + DAY_NS, 1.0),
    "an end before its start": (NOW, NOW - NS, 0.0),
    "a start without an end": (NOW, 0, 0.0),
}


def without_ids() -> list[Span]:
    spans = [call() for _ in range(3)]
    for span, trace_id, span_id in zip(spans, (b"", b"", b"abc"), (b"", b"", b"x" * 40), strict=True):
        span.trace_id, span.span_id = trace_id, span_id
    for n, span in enumerate(spans):
        span.name = f"chat {n}"
        span.start_time_unix_nano += n
    return spans


def with_many_attributes() -> Span:
    span = call()
    span.attributes.extend(pairs({f"key.{n}": f"value {n}" for n in range(10_000)}))
    return span


def nulls_in_json() -> bytes:
    end = now_ns()
    span = {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "parentSpanId": None,
        "name": "chat gpt-4o-mini",
        "kind": 3,
        "startTimeUnixNano": str(end - NS),
        "endTimeUnixNano": str(end),
        "status": None,
        "events": None,
        "attributes": [
            {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
            {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o-mini"}},
            {"key": "gen_ai.response.model", "value": None},
            {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
            {"key": "gen_ai.usage.output_tokens", "value": {"intValue": None}},
        ],
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "json nulls"}}]}
    scope = {"scope": {"name": "opentelemetry.instrumentation.openai_v2"}, "spans": [span]}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}).encode()


ODD = {
    **{f"clock: {name}": [with_times(start, end)] for name, (start, end, _) in ODD_TIMES.items()},
    "no ids": without_ids(),
    "tokens as text": [
        call(gen_ai__usage__input_tokens="1234", gen_ai__usage__output_tokens="7"),
        call(gen_ai__usage__input_tokens="many", gen_ai__usage__output_tokens=-5),
    ],
    "nulls": [call(gen_ai__request__model=AnyValue(), gen_ai__usage__input_tokens=AnyValue(), nothing=AnyValue())],
    "many attributes": [with_many_attributes(), call()],
    "no utf-8": [call(gen_ai__request__model="gpt-AAAA-x", session__id="AAAA")],
}


@pytest.fixture(scope="module")
def answers(server: Running) -> dict[str, int]:
    """Send all that is odd and can be stored, each for a service of its name, and return the answers' status."""
    told = {
        name: server.send(request(name, spans).replace(b"AAAA", b"\xff\xfe\xc3\x28")).status_code
        for name, spans in ODD.items()
    }
    return told | {"json nulls": server.send(nulls_in_json(), JSON).status_code}


def kept(server: Running, answers: dict[str, int], name: str, n: int = 1) -> list[dict[str, Any]]:
    assert answers[name] == 200
    calls = server.stored(name, n)
    assert len(calls) == n
    return calls


@pytest.mark.parametrize("name", ODD_TIMES)
def test_a_call_with_an_impossible_time_is_kept_at_about_the_time_it_came(
    server: Running, answers: dict[str, int], name: str
) -> None:
    (one,) = kept(server, answers, f"clock: {name}")
    assert one["duration_s"] == pytest.approx(ODD_TIMES[name][2])
    assert one["cost_usd"] == pytest.approx(0.00021)


def test_spans_without_ids_are_kept_apart_from_each_other(server: Running, answers: dict[str, int]) -> None:
    assert len({one["span_id"] for one in kept(server, answers, "no ids", 3)}) == 3


def test_tokens_that_come_as_text_are_counted_and_text_that_is_no_number_is_not_zero(
    server: Running, answers: dict[str, int]
) -> None:
    calls = kept(server, answers, "tokens as text", 2)
    assert {(one["input_tokens"], one["output_tokens"]) for one in calls} == {(1234, 7), (None, None)}
    assert {one["price"] for one in calls if one["cost_usd"] is None} == {"usage missing"}


def test_null_values_are_as_if_they_were_not_there(server: Running, answers: dict[str, int]) -> None:
    (one,) = kept(server, answers, "nulls")
    assert (one["response_model"], one["input_tokens"], one["output_tokens"]) == ("gpt-4o-mini", None, 100)


def test_null_values_in_json_are_as_if_they_were_not_there(server: Running, answers: dict[str, int]) -> None:
    (one,) = kept(server, answers, "json nulls")
    assert (one["input_tokens"], one["output_tokens"], one["response_model"]) == (12, None, "")


def test_ten_thousand_attributes_cost_nothing_but_themselves(server: Running, answers: dict[str, int]) -> None:
    assert [one["input_tokens"] for one in kept(server, answers, "many attributes", 2)] == [1000, 1000]


def test_text_that_is_no_utf_8_is_kept_as_far_as_it_can_be_read(server: Running, answers: dict[str, int]) -> None:
    (one,) = kept(server, answers, "no utf-8")
    assert one["request_model"].startswith("gpt-")
    assert one["request_model"].endswith("(-x")
    page = server.http.get(server.page, params={"service": "no utf-8", "group": "request_model"})
    assert page.status_code == 200


def test_an_address_of_the_api_that_makes_no_sense_is_answered_in_the_one_shape(server: Running) -> None:
    for path, status in (("/api/v1/serie", 404), ("/api/v1/series?measure=speed", 400), ("/api/v1/incidents/x", 404)):
        answer = server.http.get(server.page + path)
        assert answer.status_code == status
        assert set(answer.json()["error"]) == {"code", "reason", "nearest"}


def test_malformed_bytes_over_grpc_are_an_invalid_argument(server: Running) -> None:
    with grpc.insecure_channel(server.grpc.removeprefix("http://")) as channel:
        # The package comes without types.
        send: Any = cast("Any", channel.unary_unary)("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        with pytest.raises(grpc.RpcError) as refused:
            send(MALFORMED, timeout=60)
        told: Any = refused.value
        assert told.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "not OTLP protobuf" in told.details()
        assert send(request("over grpc", [call()]), timeout=60) == b""
    assert len(server.stored("over grpc", 1)) == 1


def test_after_all_this_the_server_is_well(server: Running) -> None:
    """Asked last: the alarms judged all that came, and no alarm and no round of the watch broke."""
    health = until(lambda: (h := server.get("/healthz"))["ticked"] and h, "a first tick")
    assert (health["status"], health["broken_alarms"]) == ("ok", 0)
    assert "failed" not in server.said
