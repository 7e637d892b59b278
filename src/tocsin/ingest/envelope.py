"""Wrap a raw OTLP body so that the engine learns whose it is and when it came; by adding bytes, with no parsing.

    message Envelope { Export…ServiceRequest body = 1; string project = 2; fixed64 received_unix_nano = 3; }

Each envelope is preceded by its length, so that any number of them, one after the other, is one `FORMAT Protobuf`
input.
"""

import struct

_BODY_TAG = b"\x0a"
_PROJECT_TAG = b"\x12"
_RECEIVED = struct.Struct("<cQ")
_RECEIVED_TAG = b"\x19"


def varint(number: int) -> bytes:
    """Write a number that is not negative as protobuf does: seven bits a byte, the lowest first."""
    assert number >= 0, "lengths are not negative"
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def envelope(body: bytes, project: str, received_ns: int) -> bytes:
    """Wrap one body, length first. `received_ns`: nanoseconds since the Unix epoch."""
    name = project.encode()
    head = _BODY_TAG + varint(len(body))
    tail = _PROJECT_TAG + varint(len(name)) + name + _RECEIVED.pack(_RECEIVED_TAG, received_ns)
    return b"".join((varint(len(head) + len(body) + len(tail)), head, body, tail))
