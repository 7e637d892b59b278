"""What every measurement is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# A number by its key; None: it could not be measured.
Figures = Mapping[str, float | int | str | None]


@dataclass(frozen=True, slots=True)
class Ground:
    """Where and how a measurement works."""

    # A folder of its own, empty.
    scratch: Path
    # Outlives the run: what takes long to build is built once.
    kept: Path
    # Shorter and smaller, for a look; the figures are then no proof.
    quick: bool
    # What is being done now.
    say: Callable[[str], None]
    # How far that is: done, of all.
    hear: Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement."""

    name: str
    explanation: str
    measure: Callable[[Ground], Figures]
