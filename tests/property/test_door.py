"""The door under any input: it never breaks, never stores what it refused, and never stores twice."""

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.ingest.doors import MALFORMED, REQUESTS, RecordingSink, request, unwrapped

from tocsin import clock
from tocsin.ingest.envelope import envelope
from tocsin.ingest.http import HttpDoor
from tocsin.ingest.inflate import gunzip
from tocsin.ingest.json import decode
from tocsin.ingest.settings import Settings
from tocsin.model.problem import BadInput, TooLarge
from tocsin.model.received import Received, Signal
from tocsin.receive import Receiver

SIGNALS = st.sampled_from(Signal)
JSON_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["ab" * 16, "ab" * 8])
)
# Names that mean something somewhere in OTLP, so that random documents get past the first look.
_NAMES = """
    resourceSpans scopeSpans spans resourceMetrics scopeMetrics metrics resourceLogs scopeLogs logRecords resource scope
    attributes key value stringValue intValue doubleValue boolValue bytesValue arrayValue kvlistValue values traceId
    spanId trace_id name kind status code links events startTimeUnixNano timeUnixNano gauge sum histogram dataPoints
    asInt count bucketCounts explicitBounds quantileValues summary exemplars severityNumber body flags
"""
# One that is no text at all: half a surrogate pair.
NAMES = st.sampled_from([*_NAMES.split(), "\ud800"])
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    JSON_SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
OUTER = {
    Signal.TRACES: ("resourceSpans", "scopeSpans", "spans"),
    Signal.METRICS: ("resourceMetrics", "scopeMetrics", "metrics"),
    Signal.LOGS: ("resourceLogs", "scopeLogs", "logRecords"),
}


PROJECTS = st.text(st.characters(codec="utf-8"), max_size=20)


def refusal(read: Callable[[], object]) -> str | None:
    """Return why input was refused, or None when it was taken; anything but BadInput fails the test."""
    try:
        read()
    except BadInput as problem:
        return problem.reason
    return None


@given(st.lists(st.tuples(st.binary(max_size=300), PROJECTS, st.integers(0, 2**64 - 1))))
def test_envelopes_of_any_bytes_are_read_back_by_the_protobuf_library(parts: list[tuple[bytes, str, int]]) -> None:
    stream = b"".join(envelope(body, project, stamp) for body, project, stamp in parts)
    assert [(one.body, one.project, one.stamp_ns) for one in unwrapped(Signal.TRACES, stream)] == parts


@given(SIGNALS, st.binary(max_size=200))
def test_the_json_decoder_takes_any_bytes_or_says_why_not(signal: Signal, body: bytes) -> None:
    assert refusal(lambda: decode(signal, body, depth_max=64)) != ""


@settings(max_examples=300)
@given(SIGNALS, JSON_VALUES)
def test_the_json_decoder_takes_any_document_or_says_why_not(signal: Signal, document: object) -> None:
    body = json.dumps(document).encode()
    assert refusal(lambda: decode(signal, body, depth_max=16)) != ""


@settings(max_examples=300)
@given(SIGNALS, st.lists(JSON_VALUES, max_size=5))
def test_what_the_json_decoder_gives_is_read_by_the_protobuf_library(signal: Signal, items: list[object]) -> None:
    resources, scopes, name = OUTER[signal]
    document = {resources: [{scopes: [{name: items}]}, *items]}
    decoded = decode(signal, json.dumps(document).encode(), depth_max=16)
    REQUESTS[signal].FromString(decoded.body)
    assert bool(decoded.rejected) == bool(decoded.reason)


@settings(max_examples=300)
@given(SIGNALS, st.lists(JSON_VALUES, max_size=5))
def test_every_item_of_a_json_document_is_kept_or_counted(signal: Signal, items: list[object]) -> None:
    resources, scopes, name = OUTER[signal]
    document = {resources: [{scopes: [{name: items}]}]}
    decoded = decode(signal, json.dumps(document).encode(), depth_max=16)
    assert decoded.kept + decoded.rejected >= len(items)
    if signal is not Signal.METRICS:
        assert decoded.kept + decoded.rejected == len(items)


@given(st.binary(max_size=2000), st.integers(1, 2000))
def test_gzip_gives_the_bytes_back_or_says_that_they_are_too_many(body: bytes, bytes_max: int) -> None:
    try:
        assert gunzip(gzip.compress(body), bytes_max=bytes_max) == body
        assert len(body) <= bytes_max
    except TooLarge:
        assert len(body) > bytes_max


@given(st.binary(max_size=100), st.binary(max_size=100), st.booleans())
def test_the_gzip_decoder_takes_any_bytes_or_says_why_not(head: bytes, tail: bytes, valid: bool) -> None:  # noqa: FBT001
    packed = (gzip.compress(head) if valid else head) + tail
    assert refusal(lambda: gunzip(packed, bytes_max=1000)) != ""


async def put_all(sink: RecordingSink, bodies: list[bytes]) -> list[Received | BaseException]:
    receiver = Receiver(sink, Settings(), now_ns=clock.now_ns)
    receiver.start()
    got = await asyncio.gather(*(receiver.put(Signal.TRACES, body, "p") for body in bodies), return_exceptions=True)
    await receiver.close()
    assert (receiver.budget.bytes_held, receiver.budget.requests_held) == (0, 0)
    return got


@settings(deadline=None)
@given(st.lists(st.one_of(st.integers(0, 9).map(lambda n: request(f"{n}")), st.just(MALFORMED), st.binary(max_size=8))))
def test_any_mix_of_good_bad_and_repeated_bodies_stores_each_good_one_once(bodies: list[bytes]) -> None:
    sink = RecordingSink()
    got = asyncio.run(put_all(sink, bodies))
    good = {body for body in bodies if readable(body)}
    assert Counter(sink.bodies) == Counter(good)
    for body, answer in zip(bodies, got, strict=True):
        assert isinstance(answer, Received if body in good else BadInput)
    fresh = [
        body for body, answer in zip(bodies, got, strict=True) if isinstance(answer, Received) and not answer.repeated
    ]
    assert Counter(fresh) == Counter(good)
    stamps = [one.stamp_ns for one in sink.stored]
    assert stamps == sorted(set(stamps))


def readable(body: bytes) -> bool:
    try:
        ExportTraceServiceRequest.FromString(body)
    except Exception:  # noqa: BLE001 whatever the library raises, it can't read it
        return False
    return True


async def post(path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> httpx.Response:
    receiver = Receiver(RecordingSink(), Settings(), now_ns=clock.now_ns)
    receiver.start()
    door = HttpDoor(receiver, Settings(), budget=receiver.budget, counters=receiver.counters)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://door") as client:  # pyright: ignore[reportArgumentType]
        answer = await client.post(path, content=body, headers=headers)
    await receiver.close()
    door.close()
    return answer


@settings(deadline=None)
@given(
    st.sampled_from(["/v1/traces", "/v1/logs", "/v1/x", "/"]),
    st.sampled_from([b"application/x-protobuf", b"application/json", b"application/json;charset", b";;=", b"\xff"]),
    st.sampled_from([b"", b"gzip", b"identity", b"GZIP ", b"x"]),
    st.binary(max_size=100),
)
def test_the_http_door_answers_anything_and_never_with_a_fault_of_its_own(
    path: str, kind: bytes, encoding: bytes, body: bytes
) -> None:
    answer = asyncio.run(post(path, [(b"content-type", kind), (b"content-encoding", encoding)], body))
    assert answer.status_code in (200, 400, 404, 415)
    assert answer.headers["content-type"] in ("application/json", "application/x-protobuf")
