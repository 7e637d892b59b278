"""OTLP JSON to OTLP protobuf.

OTLP JSON is protobuf's JSON mapping with three changes: trace and span ids are hexadecimal, enums are numbers, unknown
fields are ignored. Spans, metrics and log records are read one by one, so that a malformed one does not fail its
neighbours: it is left out and counted.

Source: OTLP specification 1.x, "JSON Protobuf Encoding".
"""

import functools
import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tocsin.model.problem import BadInput
from tocsin.model.received import Signal

# A parsed JSON object: the one place where values of any type are let in.
_Object = dict[str, Any]

# Fields that hold ids, and how long these are.
_ID_BYTES = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
_KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
}
_HEX = re.compile("[0-9a-fA-F]*")
_POINTS = ("gauge", "sum", "histogram", "exponentialHistogram", "exponential_histogram", "summary")


@dataclass(frozen=True, slots=True)
class Decoded:
    """One JSON body as protobuf. `rejected` items are left out, the first for `reason`; `kept` items are in."""

    body: bytes
    kept: int
    rejected: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a signal's request is built: resources, in them scopes, in them items; names in JSON and in protobuf."""

    request: Callable[[], Message]
    resources: tuple[str, str]
    scopes: tuple[str, str]
    items: tuple[str, str]
    # What rejected items are counted in.
    weight: Callable[[object], int]


@dataclass(frozen=True, slots=True)
class _Field:
    """What has to be known about a field of a message."""

    # As JSON writes it.
    name: str
    repeated: bool
    # None: a scalar.
    shape: Descriptor | None
    # 0: no id.
    id_bytes: int


class _MalformedError(Exception):
    """Something that one item can't be read for; never leaves this file."""


def _one(_item: object) -> int:
    return 1


def _points_of(metric: object) -> int:
    """Count a metric's data points, as far as it can be made out; a metric counts at least one."""
    if not _is_object(metric):
        return 1
    kinds = [metric[name] for name in _POINTS if _is_object(metric.get(name))]
    points = [kind.get("dataPoints", kind.get("data_points")) for kind in kinds]
    return max(1, sum(len(some) for some in points if _is_list(some)))


_SHAPES: dict[Signal, _Shape] = {
    Signal.TRACES: _Shape(
        ExportTraceServiceRequest,
        ("resourceSpans", "resource_spans"),
        ("scopeSpans", "scope_spans"),
        ("spans", "spans"),
        _one,
    ),
    Signal.METRICS: _Shape(
        ExportMetricsServiceRequest,
        ("resourceMetrics", "resource_metrics"),
        ("scopeMetrics", "scope_metrics"),
        ("metrics", "metrics"),
        _points_of,
    ),
    Signal.LOGS: _Shape(
        ExportLogsServiceRequest,
        ("resourceLogs", "resource_logs"),
        ("scopeLogs", "scope_logs"),
        ("logRecords", "log_records"),
        _one,
    ),
}


def decode(signal: Signal, body: bytes, *, depth_max: int) -> Decoded:
    """Read an OTLP JSON request and write it as protobuf.

    Raises BadInput when nothing of it can be read: not UTF-8, not JSON, not a request of this signal.
    """
    document = _document(body)
    shape = _SHAPES[signal]
    for other, other_shape in _SHAPES.items():
        if other is not signal and shape.resources[0] not in document and other_shape.resources[0] in document:
            raise BadInput(
                f"the body is for another signal: found {other_shape.resources[0]}; post it to /v1/{other.value}"
            )
    if document and not any(name in document for name in shape.resources):
        # Unknown fields are to be ignored, but a request of nothing else was meant to be something else.
        found = ", ".join(_well_formed(name[:40]) for name in list(document)[:3])
        raise BadInput(f"the body has no {shape.resources[0]}, found {found}; put the {shape.items[0]} under that key")
    reader = _Reader(shape, depth_max)
    request = shape.request()
    reader.read_resources(request, document)
    return Decoded(request.SerializeToString(), reader.kept, reader.rejected, reader.reason)


def _document(body: bytes) -> _Object:
    try:
        document: object = json.loads(body.decode())
    except UnicodeDecodeError as error:
        raise BadInput(
            f"the body is not UTF-8: byte {error.start} is 0x{body[error.start]:02x} ({error.reason}); "
            "write JSON in UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        raise BadInput(
            f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}; send it whole"
        ) from None
    except RecursionError:
        raise BadInput("the body is nested too deep to be OTLP; flatten the attribute values") from None
    except ValueError as error:
        # A number with thousands of digits.
        raise BadInput(f"the body can't be read as JSON: {error}") from None
    if not _is_object(document):
        raise BadInput(f"the body is {_kind(document)}; send one object, an OTLP Export…ServiceRequest")
    return document


class _Reader:
    """Reads one document and counts what it keeps and what it leaves out."""

    def __init__(self, shape: _Shape, depth_max: int) -> None:
        self._shape = shape
        self._depth_max = depth_max
        self.kept = 0
        self.rejected = 0
        self.reason = ""

    def read_resources(self, request: Message, document: _Object) -> None:
        name = self._shape.resources
        found = _take(document, name)
        if found is not None and not _is_list(found):
            raise BadInput(f"{name[0]} is {_kind(found)}; write a list")
        for at, entry in enumerate(found or ()):
            where = f"{name[0]}[{at}]"
            scopes = _take(entry, self._shape.scopes) if _is_object(entry) else None
            resource = self._add(request, name[1], entry, where, weight=self._weight_of_scopes(scopes))
            if resource is not None:
                self._read_scopes(resource, scopes, where)

    def _read_scopes(self, resource: Message, scopes: object, where: str) -> None:
        name = self._shape.scopes
        for at, entry in enumerate(self._list(scopes, f"{where}.{name[0]}")):
            here = f"{where}.{name[0]}[{at}]"
            items = _take(entry, self._shape.items) if _is_object(entry) else None
            scope = self._add(resource, name[1], entry, here, weight=self._weight_of(items))
            if scope is not None:
                self._read_items(scope, items, here)

    def _read_items(self, scope: Message, items: object, where: str) -> None:
        name = self._shape.items
        for at, entry in enumerate(self._list(items, f"{where}.{name[0]}")):
            weight = self._shape.weight(entry)
            if self._add(scope, name[1], entry, f"{where}.{name[0]}[{at}]", weight=weight) is not None:
                self.kept += 1

    def _add(self, parent: Message, field: str, entry: object, where: str, *, weight: int) -> Message | None:
        """Append one parsed entry to a repeated field; None, and counted, when it can't be parsed."""
        repeated = getattr(parent, field)
        message: Message = repeated.add()
        try:
            _parse(entry, message, self._depth_max)
        except _MalformedError as fault:
            del repeated[-1]
            self._reject(weight, f"{where}: {fault}")
            return None
        return message

    def _list(self, found: object, where: str) -> list[object]:
        if found is None:
            return []
        if _is_list(found):
            return found
        self._reject(1, f"{where} is {_kind(found)}; write a list")
        return []

    def _reject(self, weight: int, reason: str) -> None:
        self.rejected += weight
        self.reason = self.reason or f"{reason} (left out; the rest of the request is stored)"

    def _weight_of(self, items: object) -> int:
        return max(1, sum(self._shape.weight(item) for item in items)) if _is_list(items) else 1

    def _weight_of_scopes(self, scopes: object) -> int:
        if not _is_list(scopes):
            return 1
        inner = [_look(scope, self._shape.items) if _is_object(scope) else None for scope in scopes]
        return max(1, sum(self._weight_of(items) for items in inner))


def _parse(entry: object, message: Message, depth_max: int) -> None:
    if not _is_object(entry):
        raise _MalformedError(f"found {_kind(entry)}; write an object")
    clean = _clean(entry, cast("Descriptor", message.DESCRIPTOR), depth_max)
    try:
        json_format.ParseDict(clean, message)
    except (json_format.ParseError, ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        raise _MalformedError(str(error) or type(error).__name__) from None


def _clean(entry: _Object, shape: Descriptor, depth: int) -> _Object:
    """Bring OTLP's JSON to protobuf's: ids to base64, nulls and unknown fields away, half characters replaced.

    Shapes are judged here, because protobuf's own reader takes a text or a list for an empty object.
    """
    if depth == 0:
        raise _MalformedError("the value is nested too deep; flatten it")
    clean: _Object = {}
    fields = _fields(shape)
    for name, value in entry.items():
        field = fields.get(name)
        if field is None or value is None:
            continue
        if not field.repeated:
            clean[name] = _clean_value(value, field, depth)
        elif _is_list(value):
            # An empty object is how a list of values says "none".
            clean[name] = [_clean_value({} if item is None else item, field, depth) for item in value]
        else:
            raise _MalformedError(f"{name} is {_kind(value)}; write a list")
    return clean


@functools.cache
def _fields(shape: Descriptor) -> dict[str, _Field]:
    """Return a message's fields by both their names; protobuf's own table breaks on names that are not UTF-8."""
    return {
        name: _Field(field.camelcase_name, field.is_repeated, field.message_type, _ID_BYTES.get(field.name, 0))
        for field in shape.fields
        for name in (field.camelcase_name, field.name)
    }


def _clean_value(value: object, field: _Field, depth: int) -> object:
    if field.shape is not None:
        if not _is_object(value):
            raise _MalformedError(f"{field.name} is {_kind(value)}; write an object")
        return _clean(value, field.shape, depth - 1)
    if field.id_bytes:
        return _id(field.name, value, field.id_bytes)
    return _well_formed(value) if isinstance(value, str) else value


def _id(name: str, value: object, size: int) -> str:
    """Turn a hexadecimal id of `size` bytes into base64; an empty one stays empty."""
    if not isinstance(value, str):
        raise _MalformedError(f"{name} is {_kind(value)}; write {2 * size} hexadecimal digits")
    if value and (len(value) != 2 * size or not _HEX.fullmatch(value)):
        raise _MalformedError(
            f"{name} is {_well_formed(value[:40])!r} ({len(value)} characters); write {2 * size} hexadecimal digits"
        )
    return b64encode(bytes.fromhex(value)).decode()


def _well_formed(text: str) -> str:
    """Replace halves of surrogate pairs: JavaScript sends them when it cuts a text inside an emoji."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _take(entry: _Object, names: tuple[str, str]) -> object:
    """Remove and return a field, by its JSON name or its protobuf name; None when it is not there."""
    found = [entry.pop(name, None) for name in names]
    return next((value for value in found if value is not None), None)


def _look(entry: _Object, names: tuple[str, str]) -> object:
    return entry.get(names[0], entry.get(names[1]))


def _is_object(value: object) -> TypeGuard[_Object]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _kind(value: object) -> str:
    """Name a JSON value's type as JSON does."""
    return _KINDS.get(type(value), "null")
