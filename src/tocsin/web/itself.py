"""What a running server knows of itself, for its pages: its channels, and its drills."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tocsin.drill import Drills
from tocsin.pulse import Pulse

# Name of what the doors count to its amount, unit and meaning.
Counts = Mapping[str, tuple[float, str, str]]


def _nothing() -> Counts:
    return {}


@dataclass(frozen=True, slots=True)
class Itself:
    """Handed in by `serve.py`; pages that are served without a server know nothing of it."""

    drills: Drills | None = None
    pulse: Pulse | None = None
    # The channels of the configuration: name to type.
    channels: Mapping[str, str] = field(default_factory=dict[str, str])
    # What the doors counted since the start.
    counts: Callable[[], Counts] = _nothing
    # How far settling is behind what is stored, in seconds.
    settle_lag: Callable[[], float] = float
