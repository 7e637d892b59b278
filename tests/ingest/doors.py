"""What the tests of the doors share: a sink that writes down what it is given, and doors on free ports."""

import asyncio
import functools
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec

import httpx
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tocsin import clock
from tocsin.ingest.grpc import GrpcDoor
from tocsin.ingest.http import HttpDoor
from tocsin.ingest.listen import http_server, http_socket
from tocsin.ingest.settings import Settings
from tocsin.model.problem import BadInput
from tocsin.model.received import Signal
from tocsin.receive import Receiver

P = ParamSpec("P")
REQUESTS = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
}
# A tag without its value: no protobuf reader takes it.
MALFORMED = b"\x0a\xff"


def awaited(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run an asynchronous test on an event loop of its own, for at most half a minute."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(30):
                await test(*args, **kwargs)

        asyncio.run(bounded())

    return run


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that gives no sign of its own; the test's time limit ends it."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0.005)


@dataclass(frozen=True, slots=True)
class Stored:
    """One envelope as the protobuf library reads it."""

    signal: Signal
    body: bytes
    project: str
    stamp_ns: int


def _envelope_class() -> type[Message]:
    kinds = descriptor_pb2.FieldDescriptorProto
    message = descriptor_pb2.DescriptorProto(name="Envelope")
    for number, (name, kind) in enumerate(
        (("body", kinds.TYPE_BYTES), ("project", kinds.TYPE_STRING), ("received_unix_nano", kinds.TYPE_FIXED64)), 1
    ):
        message.field.add(name=name, number=number, type=kind, label=kinds.LABEL_OPTIONAL)
    file = descriptor_pb2.FileDescriptorProto(name="envelope.proto", syntax="proto3", message_type=[message])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Envelope"))


_ENVELOPE = _envelope_class()


def _varint(stream: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while stream[at] & 0x80:
        number |= (stream[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | stream[at] << shift, at + 1


def unwrapped(signal: Signal, stream: bytes) -> list[Stored]:
    """Read length-delimited envelopes, one after the other, with the protobuf library."""
    found: list[Stored] = []
    at = 0
    while at < len(stream):
        size, at = _varint(stream, at)
        assert at + size <= len(stream), "an envelope is whole"
        read: Any = _ENVELOPE.FromString(stream[at : at + size])
        found.append(Stored(signal, read.body, read.project, read.received_unix_nano))
        at += size
    return found


@dataclass(slots=True)
class RecordingSink:
    """Takes what a protobuf library can read, and writes it down; refuses a group with anything else in it."""

    stored: list[Stored] = field(default_factory=list[Stored])
    # How many envelopes each insert had, refused ones included.
    groups: list[int] = field(default_factory=list[int])
    threads: set[str] = field(default_factory=set[str])
    # Raised by the next inserts, one each.
    troubles: list[Exception] = field(default_factory=list[Exception])
    # An insert waits until this is set.
    gate: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def insert(self, signal: Signal, envelopes: Sequence[bytes]) -> None:
        """Store all or nothing."""
        self.threads.add(threading.current_thread().name)
        self.groups.append(len(envelopes))
        self.begun.set()
        assert self.gate.wait(20), "the test opens the gate"
        if self.troubles:
            raise self.troubles.pop(0)
        read = unwrapped(signal, b"".join(envelopes))
        for one in read:
            try:
                REQUESTS[signal].FromString(one.body)
            except DecodeError as error:
                raise BadInput(f"can't be read: {error}") from None
        self.stored += read

    @property
    def bodies(self) -> list[bytes]:
        """What is stored, in order."""
        return [one.body for one in self.stored]


def request(*span_names: str) -> bytes:
    """Write a small traces request with spans of these names."""
    body = ExportTraceServiceRequest()
    scope = body.resource_spans.add().scope_spans.add()
    for name in span_names:
        scope.spans.add(name=name, trace_id=b"t" * 16, span_id=b"s" * 8)
    return body.SerializeToString()


def span_names(stored: Sequence[Stored]) -> list[str]:
    """Name every stored span, in order."""
    requests = [ExportTraceServiceRequest.FromString(one.body) for one in stored]
    return [
        span.name
        for body in requests
        for resource in body.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


@dataclass(frozen=True, slots=True)
class Running:
    """A door that is open, and what stands behind it."""

    receiver: Receiver
    settings: Settings
    port: int


@asynccontextmanager
async def receiving(
    sink: RecordingSink, settings: Settings | None = None, now_ns: Callable[[], int] = clock.now_ns
) -> AsyncGenerator[Receiver]:
    """Run the first loop over a sink, without a door."""
    receiver = Receiver(sink, settings or Settings(), now_ns=now_ns)
    receiver.start()
    try:
        yield receiver
    finally:
        sink.gate.set()
        await receiver.close()


@asynccontextmanager
async def http_door(sink: RecordingSink, settings: Settings | None = None) -> AsyncGenerator[Running]:
    """Serve the HTTP door with the real server on a free port."""
    settings = settings or Settings(http_port=0)
    async with receiving(sink, settings) as receiver:
        door = HttpDoor(receiver, settings, budget=receiver.budget, counters=receiver.counters)
        server = http_server(door)
        sock = http_socket(settings)
        task = asyncio.create_task(server.serve(sockets=[sock]))
        await until(lambda: server.started)
        try:
            yield Running(receiver, settings, sock.getsockname()[1])
        finally:
            sink.gate.set()
            server.should_exit = True
            await task
            sock.close()
            door.close()


@asynccontextmanager
async def http_client(sink: RecordingSink, settings: Settings | None = None) -> AsyncGenerator[httpx.AsyncClient]:
    """Serve the HTTP door, and give a client that is pointed at it."""
    async with (
        http_door(sink, settings) as running,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=20) as client,
    ):
        yield client


@asynccontextmanager
async def grpc_door(sink: RecordingSink, settings: Settings | None = None) -> AsyncGenerator[Running]:
    """Serve the gRPC door on a free port."""
    settings = settings or Settings(grpc_port=0)
    async with receiving(sink, settings) as receiver:
        door = GrpcDoor(receiver, settings, budget=receiver.budget, counters=receiver.counters)
        port = await door.start()
        try:
            yield Running(receiver, settings, port)
        finally:
            sink.gate.set()
            await door.stop(grace_s=1)
