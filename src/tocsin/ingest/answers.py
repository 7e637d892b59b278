"""What the doors write back: OTLP's responses, and `google.rpc.Status` for everything else.

Source: OTLP specification 1.x, "OTLP/HTTP Response" and "OTLP/gRPC Throttling".
"""

from enum import IntEnum

from google.protobuf import json_format
from google.protobuf.any_pb2 import Any as PackedAny
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsPartialSuccess, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from tocsin.model.received import Received, Signal

# A reason is a sentence, not a copy of what was sent.
_REASON_CHARS_MAX = 600
_NS_PER_S = 1_000_000_000


class Code(IntEnum):
    """The codes of `google.rpc.Code` that the doors use."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


def failure(code: Code, reason: str, *, as_json: bool) -> bytes:
    """Write the body of an answer that is not a success."""
    status = Status(code=code, message=_cut(reason))
    return _json(status) if as_json else status.SerializeToString()


def retry_details(reason: str, after_s: float) -> bytes:
    """Write the `grpc-status-details-bin` of "come again after `after_s` seconds"."""
    whole = int(after_s)
    delay = Duration(seconds=whole, nanos=int((after_s - whole) * _NS_PER_S))
    packed = PackedAny()
    packed.Pack(RetryInfo(retry_delay=delay))
    return Status(code=Code.RESOURCE_EXHAUSTED, message=_cut(reason), details=[packed]).SerializeToString()


def success(signal: Signal, received: Received, *, as_json: bool) -> bytes:
    """Write the body of a success; with the partial success when something was left out."""
    if not received.rejected:
        return b"{}" if as_json else b""
    response = _partial(signal, received.rejected, _cut(received.reason))
    return _json(response) if as_json else response.SerializeToString()


def _partial(
    signal: Signal, rejected: int, reason: str
) -> ExportTraceServiceResponse | ExportMetricsServiceResponse | ExportLogsServiceResponse:
    match signal:
        case Signal.TRACES:
            return ExportTraceServiceResponse(
                partial_success=ExportTracePartialSuccess(rejected_spans=rejected, error_message=reason)
            )
        case Signal.METRICS:
            return ExportMetricsServiceResponse(
                partial_success=ExportMetricsPartialSuccess(rejected_data_points=rejected, error_message=reason)
            )
        case Signal.LOGS:
            return ExportLogsServiceResponse(
                partial_success=ExportLogsPartialSuccess(rejected_log_records=rejected, error_message=reason)
            )


def _json(
    message: Status | ExportTraceServiceResponse | ExportMetricsServiceResponse | ExportLogsServiceResponse,
) -> bytes:
    return json_format.MessageToJson(message, indent=None).encode()


def _cut(reason: str) -> str:
    """Bound a reason and make it text that any encoding takes."""
    clean = reason.encode(errors="replace").decode()
    return clean if len(clean) <= _REASON_CHARS_MAX else clean[: _REASON_CHARS_MAX - 1] + "…"
