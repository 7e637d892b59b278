"""Lists and maps in log records, written as JSON before the engine reads them.

Log records carry whole conversations as values inside values, and a type that is deep enough for them costs the engine
four times the rest of an insert. So each such value becomes a text here. What can't be written, because it is cut off
or nested beyond what protobuf's own reader takes, stays as it is: the engine keeps it as the bytes that came.
"""

import math
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

import orjson
from google.protobuf import proto
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from tocsin.store.views.values import OPAQUE

_BYTES = FieldDescriptorProto.TYPE_BYTES
# Of OTLP only what leads to a value: all else is carried through as fields that are not known. Texts are bytes, because
# some senders cut them inside a character. Field: its number, and a scalar's type or a message's name; `*`: repeated.
_SHAPES: Mapping[str, Mapping[str, tuple[int, int | str]]] = {
    "Envelope": {"body": (1, "Body")},
    "Body": {"resource_logs": (1, "*ResourceLogs")},
    "ResourceLogs": {"resource": (1, "Resource"), "scope_logs": (2, "*ScopeLogs")},
    "Resource": {"attributes": (1, "*Attribute")},
    "ScopeLogs": {"log_records": (2, "*LogRecord")},
    "LogRecord": {"body": (5, "Value"), "attributes": (6, "*Attribute")},
    "Attribute": {"value": (2, "Value")},
    # Lists and maps are bytes here, so that one that is broken breaks nothing else.
    "Value": {"text": (1, _BYTES), "list": (5, _BYTES), "map": (6, _BYTES)},
    "Any": {
        "text": (1, _BYTES),
        "flag": (2, FieldDescriptorProto.TYPE_BOOL),
        "whole": (3, FieldDescriptorProto.TYPE_INT64),
        "real": (4, FieldDescriptorProto.TYPE_DOUBLE),
        "list": (5, "List"),
        "map": (6, "Map"),
        "raw": (7, _BYTES),
    },
    "List": {"items": (1, "*Any")},
    "Map": {"items": (1, "*Member")},
    "Member": {"key": (1, _BYTES), "value": (2, "Any")},
}
# Of these at most one is set.
_CHOICES = ("Value", "Any")
# Whole numbers up to here are written without a point, as the engine writes them.
_EXACT_MAX = 2.0**53


def _messages() -> dict[str, type[Any]]:
    file = FileDescriptorProto(name="nested.proto", package="nested", syntax="proto3")
    for name, fields in _SHAPES.items():
        message = file.message_type.add(name=name)
        if name in _CHOICES:
            message.oneof_decl.add(name="value")
        for field, (number, kind) in fields.items():
            made = message.field.add(name=field, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
            if isinstance(kind, str):
                made.type, made.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".nested.{kind.lstrip('*')}"
                if kind.startswith("*"):
                    made.label = FieldDescriptorProto.LABEL_REPEATED
            else:
                made.type = FieldDescriptorProto.Type.ValueType(kind)
            if name in _CHOICES:
                made.oneof_index = 0
    pool = DescriptorPool()
    pool.Add(file)
    return {name: GetMessageClass(pool.FindMessageTypeByName(f"nested.{name}")) for name in _SHAPES}


# Messages made at run time have no types of their own: this file is their border.
_MADE = _messages()


def written(envelope: bytes) -> bytes:
    """Return an envelope of log records, length first, with every list and map in it as JSON.

    Bytes that are no log records come back as they are; the engine says what is wrong with them.
    """
    try:
        read = proto.parse_length_prefixed(_MADE["Envelope"], BytesIO(envelope))
    except (DecodeError, ValueError):
        return envelope
    changed = [_write(value) for value in _values(read)]
    if not any(changed):
        return envelope
    out = BytesIO()
    proto.serialize_length_prefixed(read, out)
    return out.getvalue()


def _values(envelope: Any) -> Iterator[Any]:  # noqa: ANN401 made at run time
    for resource_logs in envelope.body.resource_logs:
        for attribute in resource_logs.resource.attributes:
            yield attribute.value
        for scope_logs in resource_logs.scope_logs:
            for record in scope_logs.log_records:
                yield record.body
                for attribute in record.attributes:
                    yield attribute.value


def _write(value: Any) -> bool:  # noqa: ANN401 made at run time
    """Write one value's list or map as its text; return whether there was one that could be."""
    kind = value.WhichOneof("value")
    if kind not in _READ:
        return False
    sent = getattr(value, kind)
    try:
        # One that is empty is no value at all, as in spans.
        value.text = _AS_JSON[kind](_READ[kind].FromString(sent)) if sent else b""
    except DecodeError:
        return False
    return True


def _json(value: Any) -> bytes:  # noqa: ANN401 made at run time
    kind = value.WhichOneof("value")
    return _AS_JSON[kind](getattr(value, kind)) if kind else b"null"


def _list(value: Any) -> bytes:  # noqa: ANN401 made at run time
    return b"[" + b",".join([_json(item) for item in value.items]) + b"]"


def _map(value: Any) -> bytes:  # noqa: ANN401 made at run time
    # Not by way of a dictionary: a key may come twice.
    return b"{" + b",".join([_text(item.key) + b":" + _json(item.value) for item in value.items]) + b"}"


def _text(value: bytes) -> bytes:
    return orjson.dumps(value.decode(errors="replace"))


def _raw(value: bytes) -> bytes:
    return orjson.dumps(OPAQUE + b64encode(value).decode())


def _real(value: float) -> bytes:
    """Write a number as the engine would, and what JSON has no number for as protobuf's JSON does."""
    if math.isfinite(value):
        return orjson.dumps(int(value) if value.is_integer() and abs(value) <= _EXACT_MAX else value)
    return b'"NaN"' if math.isnan(value) else b'"Infinity"' if value > 0 else b'"-Infinity"'


_READ: Mapping[str, type[Any]] = {"list": _MADE["List"], "map": _MADE["Map"]}
_AS_JSON: Mapping[str, Callable[[Any], bytes]] = {
    "text": _text,
    "flag": orjson.dumps,
    "whole": orjson.dumps,
    "real": _real,
    "list": _list,
    "map": _map,
    "raw": _raw,
}
