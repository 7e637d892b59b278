"""What the door answers about one OTLP request."""

from dataclasses import dataclass
from enum import StrEnum


class Signal(StrEnum):
    """The three signals of OTLP; the value is the word in the URL path."""

    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Received:
    """One request is durable. `rejected` items were not stored, for `reason`; 0 and empty when all were."""

    rejected: int = 0
    reason: str = ""
    # The same bytes were stored before and were not stored again.
    repeated: bool = False
