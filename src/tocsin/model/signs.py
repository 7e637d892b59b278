"""Signs: how many calls showed what, beyond failing and being slow; counts by name that add up like any part.

Only what is worth a note has a name: where every call went well and said all there is to say, there are no signs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """What a call without an error can show; in the order of their names."""

    # Ended at the length limit.
    CUT_SHORT = "cut_short"
    # No output token and no tool call.
    EMPTY = "empty"
    # Does not say why it ended, which model answered or was asked for, how many tokens came out.
    ENDING_UNTOLD = "ending_untold"
    MODEL_UNTOLD = "model_untold"
    OUTPUT_UNTOLD = "output_untold"
    # Ended by a refusal or a filter.
    REFUSED = "refused"
    # Another family of models answered than was asked for.
    SWAPPED = "swapped"


def of_error(error: str) -> str:
    """Return the name under which calls that ended with an error of a class (`ErrorType`) are counted."""
    return f"error_{error}"


@dataclass(frozen=True, slots=True)
class Signs:
    """Counts by name. Both tuples have one length; names rise; counts are positive."""

    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.names) == len(self.counts), "one count for each name"

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "Signs":
        """Build from a mapping of name to count; zeros are left out."""
        rising = sorted((str(name), n) for name, n in counts.items() if n)
        return cls(tuple(name for name, _ in rising), tuple(n for _, n in rising))

    @classmethod
    def merged(cls, many: Iterable["Signs"]) -> "Signs":
        """Add counts up; exact, in any order."""
        held = [one for one in many if one.names]
        if not held:
            return NO_SIGNS
        if len(held) == 1:
            return held[0]
        counts: dict[str, int] = {}
        for one in held:
            for name, n in zip(one.names, one.counts, strict=True):
                counts[name] = counts.get(name, 0) + n
        return cls.of(counts)

    def minus(self, before: "Signs") -> "Signs":
        """Take away what was counted before."""
        if not before.names:
            return self
        counts = dict(zip(self.names, self.counts, strict=True))
        for name, n in zip(before.names, before.counts, strict=True):
            counts[name] -= n
        return Signs.of(counts)

    def count(self, name: str) -> int:
        """Return how many calls showed it."""
        return self.counts[self.names.index(name)] if name in self.names else 0


NO_SIGNS = Signs()
