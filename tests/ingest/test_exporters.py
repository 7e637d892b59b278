"""The exporters that people really use, against the open doors."""

import asyncio
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.ingest.doors import RecordingSink, awaited, grpc_door, http_client, http_door, span_names

from tocsin.ingest.settings import Settings
from tocsin.model.problem import Busy
from tocsin.model.received import Signal

FIXTURES = Path(__file__).parent / "fixtures"


def finished_spans() -> tuple[ReadableSpan, ...]:
    """Make two real spans with the real SDK."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    with (
        provider.get_tracer("test").start_as_current_span("outer"),
        provider.get_tracer("test").start_as_current_span("inner"),
    ):
        pass
    return memory.get_finished_spans()


async def exported(exporter: SpanExporter) -> SpanExportResult:
    result = await asyncio.to_thread(exporter.export, finished_spans())
    await asyncio.to_thread(exporter.shutdown)
    return result


@awaited
@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
async def test_the_http_exporter_delivers(compression: Compression) -> None:
    sink = RecordingSink()
    settings = Settings(http_port=0, keys={"the-key": "shop"})
    async with http_door(sink, settings) as running:
        endpoint = f"http://127.0.0.1:{running.port}/v1/traces"
        exporter = HttpExporter(endpoint, headers={"authorization": "Bearer the-key"}, compression=compression)
        assert await exported(exporter) is SpanExportResult.SUCCESS
    assert span_names(sink.stored) == ["inner", "outer"]


@awaited
async def test_the_http_exporter_tries_again_when_the_disk_was_full() -> None:
    sink = RecordingSink(troubles=[Busy("no space left on the disk", 1)])
    async with http_door(sink) as running:
        exporter = HttpExporter(f"http://127.0.0.1:{running.port}/v1/traces")
        assert await exported(exporter) is SpanExportResult.SUCCESS
    assert span_names(sink.stored) == ["inner", "outer"]


@awaited
async def test_the_grpc_exporter_delivers() -> None:
    sink = RecordingSink()
    settings = Settings(grpc_port=0, keys={"the-key": "shop"})
    async with grpc_door(sink, settings) as running:
        exporter = GrpcExporter(
            f"http://127.0.0.1:{running.port}", insecure=True, headers=(("authorization", "Bearer the-key"),)
        )
        assert await exported(exporter) is SpanExportResult.SUCCESS
    assert span_names(sink.stored) == ["inner", "outer"]


@awaited
async def test_the_grpc_exporter_tries_again_when_the_disk_was_full() -> None:
    sink = RecordingSink(troubles=[Busy("no space left on the disk", 1)])
    async with grpc_door(sink) as running:
        exporter = GrpcExporter(f"http://127.0.0.1:{running.port}", insecure=True)
        assert await exported(exporter) is SpanExportResult.SUCCESS
    assert span_names(sink.stored) == ["inner", "outer"]


@awaited
async def test_many_exporters_at_once_are_stored_in_few_inserts() -> None:
    sink = RecordingSink()
    body = encode_spans(finished_spans()).SerializeToString()
    async with http_client(sink) as client:
        sink.gate.clear()
        headers = {"content-type": "application/x-protobuf"}
        posts = [
            asyncio.create_task(client.post("/v1/traces", content=body + b"\x9a\x06\x01" + bytes([n]), headers=headers))
            for n in range(40)
        ]
        assert await asyncio.to_thread(sink.begun.wait, 10)
        await asyncio.sleep(0.3)
        sink.gate.set()
        got = await asyncio.gather(*posts)
    assert {answer.status_code for answer in got} == {200}
    assert len(sink.groups) <= 4


@awaited
@pytest.mark.parametrize("signal", Signal)
async def test_recorded_json_becomes_the_very_bytes_of_the_recorded_protobuf(signal: Signal) -> None:
    sink = RecordingSink()
    recorded = FIXTURES / f"latest-event-content.{signal.value}.json"
    async with http_client(sink) as client:
        answer = await client.post(
            f"/v1/{signal.value}", content=recorded.read_bytes(), headers={"content-type": "application/json"}
        )
    assert (answer.status_code, answer.json()) == (200, {})
    assert sink.bodies == [recorded.with_suffix(".pb").read_bytes()]
