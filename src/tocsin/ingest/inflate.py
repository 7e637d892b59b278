"""Decompress a gzip body without trusting it."""

import zlib

from tocsin.model.problem import BadInput, TooLarge

_GZIP = 31
# A gzip body may be several, one after the other; nobody sends many, and each costs a copy of the rest.
_MEMBERS_MAX = 16


def gunzip(packed: bytes, *, bytes_max: int) -> bytes:
    """Return the decompressed body, at most `bytes_max` long.

    Raises TooLarge as soon as it would be longer, BadInput when it is not whole gzip.
    """
    parts: list[bytes] = []
    room = bytes_max
    rest = packed
    for _ in range(_MEMBERS_MAX):
        member = zlib.decompressobj(wbits=_GZIP)
        try:
            # One byte more than allowed: enough to know, and the most that is ever made.
            part = member.decompress(rest, room + 1)
        except zlib.error as error:
            raise BadInput(f"the body is not gzip, which Content-Encoding says it is: {error}; send it whole") from None
        if len(part) > room:
            raise TooLarge(f"the body is longer than {bytes_max} bytes once decompressed; send smaller batches")
        if not member.eof:
            raise BadInput(f"the gzip body ends too early, after {len(packed)} bytes; send it whole")
        room -= len(part)
        parts.append(part)
        rest = member.unused_data
        if not rest:
            return b"".join(parts)
    raise BadInput(f"the gzip body has more than {_MEMBERS_MAX} members; compress it in one piece")
