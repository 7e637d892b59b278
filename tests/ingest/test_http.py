"""The OTLP/HTTP door, over a real server and a real client."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from tests.ingest.doors import MALFORMED, RecordingSink, awaited, http_client, http_door, request, span_names, until

from tocsin.ingest.answers import success
from tocsin.ingest.counters import Count
from tocsin.ingest.settings import Settings
from tocsin.model.problem import Busy
from tocsin.model.received import Received, Signal

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
SMALL = Settings(http_port=0, body_bytes_max=10_000, json_bytes_max=5_000, queue_bytes_max=20_000)


def reason(answer: httpx.Response) -> str:
    """Read the reason out of a google.rpc.Status in the answer's own content type."""
    if answer.headers["content-type"] == "application/json":
        return answer.json()["message"]
    assert answer.headers["content-type"] == "application/x-protobuf"
    return Status.FromString(answer.content).message


@awaited
@pytest.mark.parametrize("signal", Signal)
async def test_each_signal_has_its_path(signal: Signal) -> None:
    sink = RecordingSink()
    async with http_client(sink) as client:
        answer = await client.post(f"/v1/{signal.value}", content=b"", headers=PROTOBUF)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert [(one.signal, one.project) for one in sink.stored] == [(signal, "default")]


@awaited
async def test_the_bytes_of_a_body_are_stored_as_they_came() -> None:
    sink = RecordingSink()
    body = request(*(f"span {n}" for n in range(20_000)))
    assert len(body) > 500_000, "it comes in many chunks"
    async with http_client(sink) as client:
        await client.post("/v1/traces", content=body, headers=PROTOBUF)
    assert sink.bodies == [body]


@awaited
async def test_a_body_in_chunks_without_a_length_is_taken() -> None:
    sink = RecordingSink()
    body = request(*(f"span {n}" for n in range(5_000)))

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 50_000):
            yield body[at : at + 50_000]

    async with http_client(sink) as client:
        answer = await client.post("/v1/traces", content=chunks(), headers=PROTOBUF)
    assert answer.status_code == 200
    assert sink.bodies == [body]


@awaited
async def test_a_gzip_body_is_stored_unpacked() -> None:
    sink = RecordingSink()
    packed = gzip.compress(request("a"))
    async with http_client(sink) as client:
        answer = await client.post("/v1/traces", content=packed, headers=PROTOBUF | {"content-encoding": "gzip"})
    assert answer.status_code == 200
    assert sink.bodies == [request("a")]


@awaited
@pytest.mark.parametrize(
    ("packed", "told"),
    [
        (b"not gzip", "not gzip"),
        (gzip.compress(request("a"))[:-5], "ends too early"),
        (gzip.compress(request("a")) + b"tail", "not gzip"),
        (b"", "ends too early"),
        (gzip.compress(b"") * 17, "16 members"),
    ],
)
async def test_a_body_that_is_not_whole_gzip_is_malformed(packed: bytes, told: str) -> None:
    async with http_client(RecordingSink()) as client:
        answer = await client.post("/v1/traces", content=packed, headers=PROTOBUF | {"content-encoding": "gzip"})
    assert answer.status_code == 400
    assert told in reason(answer)


@awaited
async def test_a_json_body_has_the_lower_limit() -> None:
    """Once parsed it takes many times its text in memory."""
    async with http_client(RecordingSink(), SMALL) as client:
        assert (await client.post("/v1/traces", content=b" " * 5_001, headers=JSON)).status_code == 413
        assert (await client.post("/v1/traces", content=b" " * 4_998 + b"{}", headers=JSON)).status_code == 200


@awaited
@pytest.mark.parametrize("headers", [PROTOBUF, JSON])
async def test_a_small_body_that_unpacks_to_a_large_one_is_refused(headers: dict[str, str]) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    settings = Settings(http_port=0)
    async with http_client(RecordingSink(), settings) as client:
        answer = await client.post("/v1/traces", content=bomb, headers=headers | {"content-encoding": "gzip"})
    assert answer.status_code == 413
    assert "once decompressed" in reason(answer)


@awaited
async def test_a_body_that_announces_too_much_is_refused_and_the_connection_lives_on() -> None:
    sink = RecordingSink()
    async with http_client(sink, SMALL) as client:
        answer = await client.post("/v1/traces", content=bytes(30_000_000), headers=PROTOBUF)
        assert answer.status_code == 413
        assert "30000000 bytes long, the limit is 10000" in reason(answer)
        assert (await client.post("/v1/traces", content=request("a"), headers=PROTOBUF)).status_code == 200


@awaited
async def test_a_body_in_chunks_is_refused_as_soon_as_it_is_too_large() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield bytes(4_000)

    async with http_client(RecordingSink(), SMALL) as client:
        answer = await client.post("/v1/traces", content=chunks(), headers=PROTOBUF)
    assert answer.status_code == 413


@awaited
@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, "Content-Type is ''"),
        ({"content-type": "text/plain"}, "Content-Type is 'text/plain'"),
        ({"content-type": "application/json; charset=latin1"}, "charset is 'latin1'"),
        (PROTOBUF | {"content-encoding": "br"}, "Content-Encoding is 'br'"),
        (PROTOBUF | {"content-encoding": "gzip, gzip"}, "Content-Encoding is 'gzip, gzip'"),
    ],
)
async def test_a_body_written_in_a_way_we_do_not_read_gets_415(headers: dict[str, str], told: str) -> None:
    async with http_client(RecordingSink()) as client:
        answer = await client.post("/v1/traces", content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert told in reason(answer)


@awaited
@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
async def test_a_json_body_is_answered_in_json(kind: str) -> None:
    sink = RecordingSink()
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "a", "traceId": "ab" * 16}]}]}]}
    async with http_client(sink) as client:
        answer = await client.post("/v1/traces", content=json.dumps(body), headers={"content-type": kind})
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["content-type"] == "application/json"
    assert span_names(sink.stored) == ["a"]


@awaited
async def test_a_malformed_span_in_json_is_left_out_and_its_neighbours_are_stored() -> None:
    sink = RecordingSink()
    spans = [{"name": "a"}, {"name": "bad", "traceId": "xyz"}, {"name": "c"}]
    body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    async with http_client(sink) as client:
        answer = await client.post("/v1/traces", json=body)
    assert answer.status_code == 200
    partial = answer.json()["partialSuccess"]
    assert partial["rejectedSpans"] == "1"
    assert "resourceSpans[0].scopeSpans[0].spans[1]: traceId is 'xyz'" in partial["errorMessage"]
    assert span_names(sink.stored) == ["a", "c"]


@awaited
async def test_when_every_span_is_malformed_nothing_is_stored_and_the_sender_is_told() -> None:
    sink = RecordingSink()
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": 5}, None]}]}]}
    async with http_client(sink) as client:
        answer = await client.post("/v1/traces", json=body)
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "2"
    assert sink.stored == []


@awaited
async def test_malformed_bodies_get_400_with_a_reason_and_neighbours_are_stored() -> None:
    sink = RecordingSink()
    good = [request(f"{n}") for n in range(30)]
    async with http_client(sink) as client:
        posts = [client.post("/v1/traces", content=body, headers=PROTOBUF) for body in [*good, MALFORMED]]
        got = await asyncio.gather(*posts)
    assert [answer.status_code for answer in got] == [200] * 30 + [400]
    assert reason(got[-1]).startswith("can't be read")
    assert sorted(sink.bodies) == sorted(good)


@awaited
@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/v1/trace", "did you mean /v1/traces?"),
        ("/v1/metric", "did you mean /v1/metrics?"),
        ("/v1/traces/", "did you mean /v1/traces?"),
        ("/api/public/otel/v1/trace", "did you mean /api/public/otel/v1/traces?"),
        ("/", "OTLP is taken at /v1/traces, /v1/metrics, /v1/logs"),
        ("/v1development/profiles", "OTLP is taken at /v1/traces"),
        ("/favicon.ico", "OTLP is taken at /v1/traces"),
    ],
)
async def test_an_unknown_path_gets_404_that_names_the_right_one(path: str, told: str) -> None:
    async with http_client(RecordingSink()) as client:
        answer = await client.post(path, content=b"", headers=PROTOBUF)
    assert answer.status_code == 404
    assert told in reason(answer)


@awaited
async def test_the_path_of_another_tool_is_taken_as_ours() -> None:
    """Its users change the host and nothing else."""
    sink = RecordingSink()
    async with http_client(sink) as client:
        answer = await client.post("/api/public/otel/v1/traces", content=request("a"), headers=PROTOBUF)
    assert answer.status_code == 200
    assert sink.bodies == [request("a")]


@awaited
async def test_a_wrong_method_gets_405_with_the_right_one() -> None:
    async with http_client(RecordingSink()) as client:
        answer = await client.get("/v1/traces")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "found GET" in reason(answer)


@awaited
async def test_the_front_page_says_what_this_port_is_for() -> None:
    async with http_client(RecordingSink()) as client:
        answer = await client.get("/")
    assert answer.status_code == 200
    assert "/v1/traces" in answer.text


@awaited
async def test_a_full_disk_gets_503_and_a_short_wait_and_then_the_same_body_is_stored() -> None:
    sink = RecordingSink(troubles=[Busy("the store can't write now: no space left on the disk", 2.0)])
    async with http_client(sink) as client:
        refused = await client.post("/v1/traces", content=request("a"), headers=PROTOBUF)
        stored = await client.post("/v1/traces", content=request("a"), headers=PROTOBUF)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert "no space left" in reason(refused)
    assert stored.status_code == 200
    assert sink.bodies == [request("a")]


@awaited
async def test_a_full_queue_gets_429_before_the_body_is_read() -> None:
    sink = RecordingSink()
    sink.gate.clear()
    async with http_client(sink, SMALL) as client:
        waiting = [
            asyncio.create_task(client.post("/v1/traces", content=request(name * 4000), headers=PROTOBUF))
            for name in "abcd"
        ]
        assert await asyncio.to_thread(sink.begun.wait, 10)
        await asyncio.sleep(0.2)
        refused = await client.post("/v1/traces", content=request("e" * 9000), headers=PROTOBUF)
        sink.gate.set()
        got = await asyncio.gather(*waiting)
        assert [answer.status_code for answer in got] == [200] * 4
        again = await client.post("/v1/traces", content=request("e" * 9000), headers=PROTOBUF)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert "the queue is full" in reason(refused)
    assert again.status_code == 200


@awaited
async def test_bodies_being_read_count_in_the_queue() -> None:
    """Many slow senders of large bodies may not fill the memory."""
    head = "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 9000\r\n\r\n"
    async with http_door(RecordingSink(), SMALL) as running:
        writers: list[asyncio.StreamWriter] = []
        for _ in range(2):
            _, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(head.encode() + b"x")
            writers.append(writer)
        await until(lambda: running.receiver.budget.requests_held == 2)
        assert running.receiver.budget.bytes_held == 18_000
        async with httpx.AsyncClient() as client:
            url = f"http://127.0.0.1:{running.port}/v1/traces"
            refused = await client.post(url, content=request("e" * 8000), headers=PROTOBUF)
        assert refused.status_code == 429
        for writer in writers:
            writer.close()
        await until(lambda: running.receiver.budget.requests_held == 0)
        assert running.receiver.budget.bytes_held == 0


@awaited
async def test_a_sender_that_stops_in_the_middle_of_a_body_is_cut_off() -> None:
    settings = Settings(http_port=0, body_read_s_max=0.1)
    head = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n{"
    async with http_door(RecordingSink(), settings) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(head)
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"did not come within 0.1 s" in answer
        assert running.receiver.budget.requests_held == 0
        writer.close()


KEYS = Settings(http_port=0, keys={"key-one-of-two": "shop", "key-two-of-two": "lab"})


@awaited
@pytest.mark.parametrize(
    ("headers", "project"),
    [
        ({"authorization": "Bearer key-one-of-two"}, "shop"),
        ({"authorization": "bearer  key-two-of-two"}, "lab"),
        ({"x-tocsin-key": "key-one-of-two"}, "shop"),
        ({"api-key": "key-two-of-two"}, "lab"),
    ],
)
async def test_a_key_says_into_which_project_its_sender_writes(headers: dict[str, str], project: str) -> None:
    sink = RecordingSink()
    async with http_client(sink, KEYS) as client:
        answer = await client.post("/v1/traces", content=b"", headers=PROTOBUF | headers)
    assert answer.status_code == 200
    assert [one.project for one in sink.stored] == [project]


@awaited
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer key-one-of-tw"},
        {"authorization": "Basic key-one-of-two"},
        {"api-key": ""},
        {"x-tocsin-key": "\xe9"},
    ],
)
async def test_without_a_known_key_nothing_is_taken_once_keys_are_set(headers: dict[str, str]) -> None:
    sink = RecordingSink()
    async with http_client(sink, KEYS) as client:
        sent = [(name.encode(), value.encode("latin-1")) for name, value in (JSON | headers).items()]
        answer = await client.post("/v1/traces", content=b"{}", headers=sent)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == 16
    assert "x-tocsin-key" in reason(answer)
    assert sink.stored == []


@awaited
async def test_a_fault_inside_the_door_is_answered_and_counted() -> None:
    sink = RecordingSink()
    async with http_door(sink) as running:
        # A receiver that was never told of an event loop breaks its own rule.
        await running.receiver.close()
        running.receiver.budget.requests_held = -1
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"http://127.0.0.1:{running.port}/v1/traces", content=b"", headers=PROTOBUF)
        assert answer.status_code == 500
        assert running.receiver.counters[Count.FAULTS] == 1
        running.receiver.budget.requests_held = 0


@awaited
async def test_requests_are_counted_by_how_they_ended() -> None:
    sink = RecordingSink()
    async with http_door(sink) as running:
        url = f"http://127.0.0.1:{running.port}/v1/traces"
        async with httpx.AsyncClient() as client:
            for body in (request("a"), request("a"), MALFORMED):
                await client.post(url, content=body, headers=PROTOBUF)
            await client.post(url, content=b'{"resourceSpans": [{"scopeSpans": [{"spans": [{}, 1]}]}]}', headers=JSON)
            sink.troubles.append(Busy("full", 1))
            await client.post(url, content=request("b"), headers=PROTOBUF)
        counted = running.receiver.counters.read()
    assert counted["accepted"] == 2
    assert counted["repeated"] == 1
    assert counted["rejected"] == 1
    assert counted["rejected_items"] == 1
    assert counted["busy"] == 1
    assert counted["stored_bytes"] == sum(len(body) for body in sink.bodies)
    assert counted["insert_seconds"] > 0


def test_an_answer_of_partial_success_is_readable_by_the_protobuf_library() -> None:
    body = success(Signal.TRACES, Received(3, "why" * 1000), as_json=False)
    partial = ExportTraceServiceResponse.FromString(body).partial_success
    assert partial.rejected_spans == 3
    assert len(partial.error_message) == 600


@awaited
async def test_a_flood_of_slow_senders_does_not_delay_the_answer_to_a_quick_one() -> None:
    head = (
        b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 900\r\n\r\nx"
    )
    async with http_door(RecordingSink()) as running:
        writers = [(await asyncio.open_connection("127.0.0.1", running.port))[1] for _ in range(200)]
        for writer in writers:
            writer.write(head)
        async with httpx.AsyncClient() as client:
            began = time.perf_counter()
            answer = await client.post(f"http://127.0.0.1:{running.port}/v1/traces", content=b"", headers=PROTOBUF)
            assert answer.status_code == 200
            assert time.perf_counter() - began < 5
        for writer in writers:
            writer.close()
