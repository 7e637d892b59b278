"""Bytes that no OTLP class would write."""

from google.protobuf.message import Message


class Raw(Message):
    """A request that is already bytes."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self._raw = raw

    def SerializeToString(self, **_: object) -> bytes:  # noqa: N802 as protobuf has it
        return self._raw
