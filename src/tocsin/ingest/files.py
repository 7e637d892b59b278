"""Payload files: what an exporter, a collector or a test wrote, as OTLP protobuf or OTLP JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import orjson
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tocsin.ingest.json import decode
from tocsin.model.problem import BadInput, TooLarge
from tocsin.model.received import Signal

# Bytes of one file.
FILE_BYTES_MAX = 256 * 1024 * 1024
# Levels of values inside values in JSON.
DEPTH_MAX = 64
SUFFIXES = (".pb", ".json", ".binpb", ".bin")

Request = TypeVar("Request", bound=Message)

_JSON_KEY = {
    "resourceSpans": Signal.TRACES,
    "resourceMetrics": Signal.METRICS,
    "resourceLogs": Signal.LOGS,
    "resource_spans": Signal.TRACES,
    "resource_metrics": Signal.METRICS,
    "resource_logs": Signal.LOGS,
}


@dataclass(frozen=True, slots=True)
class Payload:
    """One file's request."""

    path: Path
    signal: Signal
    # OTLP protobuf.
    body: bytes
    # Spans, data points' metrics or log records.
    items: int
    # When the newest of them was over, in ns since the epoch; 0 when none says.
    newest_ns: int
    # Items that could not be read, and why the first could not.
    rejected: int = 0
    reason: str = ""


def read(path: Path) -> Payload:
    """Read one file. Raises BadInput when it is no OTLP request, TooLarge when it is over the limit."""
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise TooLarge(f"{path}: {size} bytes; a file may have {FILE_BYTES_MAX}")
        body = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: can't be read ({error.strerror})") from None
    if not body:
        raise BadInput(f"{path}: the file is empty; write an OTLP Export…ServiceRequest")
    try:
        return _from_json(path, body) if body.lstrip()[:1] == b"{" else _from_protobuf(path, body)
    except BadInput as error:
        raise BadInput(f"{path}: {error.reason}") from None


def inside(folder: Path) -> tuple[list[Payload], list[str]]:
    """Read every payload file under a folder, by name; and say of each other file of that kind why it is none."""
    payloads: list[Payload] = []
    skipped: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in SUFFIXES:
            try:
                payloads.append(read(path))
            except BadInput as error:
                skipped.append(error.reason)
    return payloads, skipped


def _from_json(path: Path, body: bytes) -> Payload:
    try:
        keys = set(orjson.loads(body))
    except orjson.JSONDecodeError:
        keys = set[str]()
    signal = next((found for key, found in _JSON_KEY.items() if key in keys), None)
    if signal is None and keys:
        raise BadInput("no OTLP JSON: none of its members is resourceSpans, resourceMetrics or resourceLogs")
    decoded = decode(signal or Signal.TRACES, body, depth_max=DEPTH_MAX)
    items, newest_ns = _items(signal or Signal.TRACES, decoded.body)
    return Payload(path, signal or Signal.TRACES, decoded.body, items, newest_ns, decoded.rejected, decoded.reason)


def _from_protobuf(path: Path, body: bytes) -> Payload:
    """Find the signal by trying: each reads the others' bytes too, but finds nothing in them that makes sense."""
    named = [signal for signal in Signal if signal.value in path.name]
    for signal in (*named, *(other for other in Signal if other not in named)):
        try:
            items, newest_ns = _items(signal, body)
        except DecodeError:
            continue
        if items:
            return Payload(path, signal, body, items, newest_ns)
    raise BadInput("no OTLP protobuf: found no span, no metric and no log record in it; give one Export…ServiceRequest")


def _items(signal: Signal, body: bytes) -> tuple[int, int]:
    """Count the items that make sense, and return when the newest was over."""
    match signal:
        case Signal.TRACES:
            traces = _parsed(ExportTraceServiceRequest(), body)
            times = [
                span.end_time_unix_nano
                for resource in traces.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
                if span.name or len(span.trace_id) == 16
            ]
        case Signal.METRICS:
            metrics = _parsed(ExportMetricsServiceRequest(), body)
            times = [
                0
                for resource in metrics.resource_metrics
                for scope in resource.scope_metrics
                for metric in scope.metrics
                if metric.name and metric.WhichOneof("data")
            ]
        case Signal.LOGS:
            logs = _parsed(ExportLogsServiceRequest(), body)
            times = list(_log_times(logs))
    return len(times), max(times, default=0)


def _log_times(logs: ExportLogsServiceRequest) -> Iterator[int]:
    for resource in logs.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                if record.time_unix_nano or record.observed_time_unix_nano:
                    yield max(record.time_unix_nano, record.observed_time_unix_nano)


def _parsed(message: Request, body: bytes) -> Request:
    message.ParseFromString(body)
    return message
