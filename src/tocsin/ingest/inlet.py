"""What a door is given to put requests into."""

from typing import Protocol

from tocsin.model.received import Received, Signal


class Inlet(Protocol):
    """Takes one request and answers when it is durable."""

    async def put(self, signal: Signal, body: bytes, project: str) -> Received:
        """Store one OTLP protobuf body; return only after it is durable.

        Raises BadInput when these bytes will always fail, Busy when they are welcome later.
        """
        ...
