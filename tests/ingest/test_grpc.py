"""The OTLP/gRPC door, with real clients."""

import asyncio
import socket

import grpc
import grpc.aio
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from tests.ingest.doors import MALFORMED, RecordingSink, Running, awaited, grpc_door, request

from tocsin.ingest.counters import Count
from tocsin.ingest.grpc import SERVICES, GrpcDoor
from tocsin.ingest.settings import Settings
from tocsin.model.problem import BadSetting, Busy
from tocsin.model.received import Signal
from tocsin.receive import Receiver

Unary = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
Stream = grpc.aio.StreamUnaryMultiCallable[bytes, bytes]
SMALL = Settings(grpc_port=0, body_bytes_max=10_000, json_bytes_max=10_000, queue_bytes_max=20_000)


async def export(
    running: Running,
    body: bytes,
    *,
    signal: Signal = Signal.TRACES,
    metadata: tuple[tuple[str, str], ...] = (),
    compression: grpc.Compression = grpc.Compression.NoCompression,
) -> bytes:
    """Call Export as any generated client does: one message, one answer."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
        call: Unary = channel.unary_unary(f"/{SERVICES[signal]}/Export")
        return await call(body, metadata=metadata, timeout=20, compression=compression)


@awaited
@pytest.mark.parametrize("signal", Signal)
async def test_each_signal_has_its_service(signal: Signal) -> None:
    sink = RecordingSink()
    async with grpc_door(sink) as running:
        assert await export(running, b"", signal=signal) == b""
    assert [(one.signal, one.project) for one in sink.stored] == [(signal, "default")]


@awaited
@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
async def test_the_bytes_of_a_message_are_stored_as_they_came(compression: grpc.Compression) -> None:
    sink = RecordingSink()
    body = request(*(f"span {n}" for n in range(20_000)))
    async with grpc_door(sink) as running:
        await export(running, body, compression=compression)
    assert sink.bodies == [body]


@awaited
async def test_a_malformed_message_is_an_invalid_argument_with_a_reason() -> None:
    async with grpc_door(RecordingSink()) as running:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await export(running, MALFORMED)
        assert running.receiver.counters[Count.REJECTED] == 1
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "can't be read" in str(raised.value.details())


@awaited
async def test_a_message_over_the_limit_is_an_invalid_argument_that_names_the_limit() -> None:
    async with grpc_door(RecordingSink(), SMALL) as running:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await export(running, bytes(10_001))
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "10001 bytes long, the limit is 10000" in str(raised.value.details())


@awaited
@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
async def test_a_message_far_over_the_limit_is_refused_unread_and_not_to_be_retried(
    compression: grpc.Compression,
) -> None:
    """A small message that unpacks to a large one included."""
    async with grpc_door(RecordingSink(), SMALL) as running:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await export(running, bytes(30_000_000), compression=compression)
        assert await export(running, b"") == b""
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert dict(raised.value.trailing_metadata() or ()).get("grpc-status-details-bin") is None


@awaited
async def test_a_busy_store_says_when_to_come_again() -> None:
    sink = RecordingSink(troubles=[Busy("the store can't write now: no space left on the disk", 1.5)])
    async with grpc_door(sink) as running:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await export(running, request("a"))
        assert running.receiver.counters[Count.BUSY] == 1
        assert await export(running, request("a")) == b""
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    details = dict(raised.value.trailing_metadata() or ())["grpc-status-details-bin"]
    assert isinstance(details, bytes)
    status = Status.FromString(details)
    assert (status.code, status.message) == (8, raised.value.details())
    retry = RetryInfo()
    assert status.details[0].Unpack(retry)
    assert (retry.retry_delay.seconds, retry.retry_delay.nanos) == (1, 500_000_000)
    assert sink.bodies == [request("a")]


@awaited
async def test_without_a_known_key_nothing_is_taken_once_keys_are_set() -> None:
    sink = RecordingSink()
    settings = Settings(grpc_port=0, keys={"the-key": "shop"})
    async with grpc_door(sink, settings) as running:
        for metadata in ((), (("x-tocsin-key", "wrong"),), (("authorization", "Basic the-key"),)):
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await export(running, b"", metadata=metadata)
            assert raised.value.code() is grpc.StatusCode.UNAUTHENTICATED
        await export(running, b"", metadata=(("authorization", "Bearer the-key"),))
    assert [one.project for one in sink.stored] == ["shop"]


@awaited
async def test_a_call_without_a_message_is_an_invalid_argument() -> None:
    async with grpc_door(RecordingSink()) as running, grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
        method: Stream = channel.stream_unary(f"/{SERVICES[Signal.TRACES]}/Export")
        call = method()
        await call.done_writing()
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "no message" in str(raised.value.details())


@awaited
async def test_what_a_sender_gave_up_waiting_for_is_stored_all_the_same_and_its_second_try_is_a_repeat() -> None:
    sink = RecordingSink()
    async with grpc_door(sink) as running:
        sink.gate.clear()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
            call: Unary = channel.unary_unary(f"/{SERVICES[Signal.TRACES]}/Export")
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await call(request("a"), timeout=0.3)
        assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        sink.gate.set()
        assert await export(running, request("a")) == b""
        assert running.receiver.counters[Count.REPEATED] == 1
    assert sink.bodies == [request("a")]


@awaited
async def test_more_senders_than_messages_read_at_one_time_are_all_served() -> None:
    sink = RecordingSink()
    settings = Settings(grpc_port=0, grpc_reads_max=2)
    bodies = [request(f"{n}") for n in range(20)]
    async with grpc_door(sink, settings) as running:
        await asyncio.gather(*(export(running, body) for body in bodies))
    assert sorted(sink.bodies) == sorted(bodies)


@awaited
async def test_a_taken_port_is_a_bad_setting_that_names_it() -> None:
    """Two servers must not share the port and half of the spans each."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        settings = Settings(grpc_port=port)
        receiver = Receiver(RecordingSink(), settings, now_ns=lambda: 0)
        door = GrpcDoor(receiver, settings, budget=receiver.budget, counters=receiver.counters)
        with pytest.raises(BadSetting, match=f"ingest.grpc_port: can't listen on 127.0.0.1:{port}"):
            await door.start()


@awaited
async def test_two_of_our_own_doors_can_not_share_a_port() -> None:
    async with grpc_door(RecordingSink()) as running:
        settings = Settings(grpc_port=running.port)
        door = GrpcDoor(running.receiver, settings, budget=running.receiver.budget, counters=running.receiver.counters)
        with pytest.raises(BadSetting, match=str(running.port)):
            await door.start()
