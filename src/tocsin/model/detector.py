"""A kind of secret: how to find it in any text, and what to put in its place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A text in which a detector must find something; `secret` is the part that must be gone afterwards."""

    text: str
    secret: str


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of secret. Each lives in a file of its name in `redact/detectors/`, written with underscores.

    Both patterns must mean the same to RE2, Vectorscan and Python's `re`: no look-around, no back-references, no `.`,
    ASCII classes. `first_look` decides, for Vectorscan, whether a text is worth replacing in: it finds something in
    every text in which `pattern` does, and in few others. A literal of at least three letters keeps it cheap, and
    counted repeats stay under 50, or the engine refuses it as too slow.
    """

    name: str
    # One sentence for the docs.
    what: str
    pattern: str
    first_look: str
    # May carry groups of the pattern (`\\1`); never matches any detector itself, so redacting twice changes nothing.
    replacement: str
    matches: tuple[Example, ...]
    # Texts that look alike and must stay as they are.
    misses: tuple[str, ...]
    # Where the shape is documented.
    source: str
    # Goes last: by the name beside the value, not by the value's own shape.
    by_name: bool = False
