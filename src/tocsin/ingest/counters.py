"""What the doors count about themselves, each with its unit and meaning, in one place."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class _Meaning:
    name: str
    unit: str
    description: str


class Count(Enum):
    """One thing that is counted since the start; it only grows."""

    ACCEPTED = _Meaning("accepted", "requests", "stored and acknowledged")
    REPEATED = _Meaning("repeated", "requests", "acknowledged without storing, because the same bytes are stored")
    REJECTED = _Meaning(
        "rejected", "requests", "refused for good: malformed, too large, wrong type, path, method or key"
    )
    REJECTED_ITEMS = _Meaning(
        "rejected_items", "items", "spans, data points or log records left out of a stored request"
    )
    BUSY = _Meaning("busy", "requests", "asked to come again, because the queue is full or the store can't write")
    FAULTS = _Meaning("faults", "requests", "failed for a reason nobody foresaw; each is logged")
    STORED_BYTES = _Meaning("stored_bytes", "bytes", "uncompressed protobuf bodies that were stored")
    GROUPS = _Meaning("groups", "inserts", "inserts begun; requests that wait together are inserted together")
    INSERT_SECONDS = _Meaning("insert_seconds", "s", "time spent in inserts")

    @property
    def unit(self) -> str:
        """What one is."""
        return self.value.unit

    @property
    def description(self) -> str:
        """What is counted."""
        return self.value.description


class Counters:
    """The doors' counts since the start. Used from the event loop's thread only."""

    def __init__(self) -> None:
        self._counts: dict[Count, float] = dict.fromkeys(Count, 0)

    def add(self, count: Count, amount: float = 1) -> None:
        """Count `amount` more; a clock that steps back may not make a count shrink."""
        self._counts[count] += max(0, amount)

    def __getitem__(self, count: Count) -> float:
        return self._counts[count]

    def read(self) -> dict[str, float]:
        """Return every count by its name."""
        return {count.value.name: amount for count, amount in self._counts.items()}
