"""The first loop: one OTLP request comes in, is stored, and is acknowledged."""

from collections.abc import Callable

from tocsin.ingest.budget import Budget
from tocsin.ingest.commit import GroupCommit, Sink
from tocsin.ingest.counters import Counters
from tocsin.ingest.settings import Settings
from tocsin.model.received import Received, Signal


class Receiver:
    """Stores what the doors are sent. The doors share its budget and its counters."""

    def __init__(self, sink: Sink, settings: Settings, *, now_ns: Callable[[], int]) -> None:
        self.budget = Budget(
            bytes_max=settings.queue_bytes_max,
            requests_max=settings.queue_requests_max,
            retry_after_s=settings.retry_after_s,
        )
        self.counters = Counters()
        self._commit = GroupCommit(sink, settings, budget=self.budget, counters=self.counters, now_ns=now_ns)

    @property
    def durable_up_to_ns(self) -> int:
        """Received stamp up to which everything is durable and nothing will come any more; see `GroupCommit`."""
        return self._commit.durable_up_to_ns

    @property
    def failing(self) -> bool:
        """Whether the last insert could not be done."""
        return self._commit.failing

    def start(self, *, stamp_floor_ns: int = 0) -> None:
        """Begin to store. Call it once, on the event loop that serves the doors.

        `stamp_floor_ns`: the greatest received stamp in the store; later ones are greater.
        """
        self._commit.start(stamp_floor_ns=stamp_floor_ns)

    async def put(self, signal: Signal, body: bytes, project: str) -> Received:
        """Store one OTLP protobuf body; return only after it is durable.

        Raises BadInput when these bytes will always fail, Busy when they are welcome later.
        """
        return await self._commit.put(signal, body, project)

    async def close(self) -> None:
        """Take nothing more and store what waits. Close the doors first."""
        await self._commit.close()
