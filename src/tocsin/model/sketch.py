"""A mergeable sketch of durations: counts in logarithmic buckets.

The same idea as DDSketch (Masson, Rim, Lee; VLDB 2019): bucket *i* holds values in (GAMMA**(i-1), GAMMA**i] ms, so any
quantile is off by at most 2 % and merging is adding counts: exact, in any order. Because it is a plain histogram, "how
many calls were slower than the usual p95" comes from the very data that the graph is drawn from.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil, log

GAMMA = 1.04
# Above this every duration counts as this long: 24 h in ms. Bounds the number of buckets to 466.
CAP_MS = 86_400_000.0
_LOG_GAMMA = log(GAMMA)


def bucket_of(ms: float) -> int:
    """Return the bucket of a duration in milliseconds; anything up to 1 ms is in bucket 0."""
    if ms <= 1:
        return 0
    return ceil(log(min(ms, CAP_MS)) / _LOG_GAMMA - 1e-9)


def middle_ms(bucket: int) -> float:
    """Return the value that stands for a bucket: off by at most 2 % from anything in it."""
    if bucket == 0:
        return 1.0
    upper: float = GAMMA**bucket
    return 2 * upper / (1 + GAMMA)


@dataclass(frozen=True, slots=True)
class Sketch:
    """Counts by bucket. Both tuples have one length; buckets rise strictly; counts are positive."""

    buckets: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    n: int = field(init=False)

    def __post_init__(self) -> None:
        assert len(self.buckets) == len(self.counts), "one count for each bucket"
        object.__setattr__(self, "n", sum(self.counts))

    @classmethod
    def of(cls, durations_ms: Iterable[float]) -> "Sketch":
        """Build a sketch from durations in milliseconds."""
        counts: dict[int, int] = {}
        for ms in durations_ms:
            bucket = bucket_of(ms)
            counts[bucket] = counts.get(bucket, 0) + 1
        return cls.from_counts(counts)

    @classmethod
    def from_counts(cls, counts: Mapping[int, int]) -> "Sketch":
        """Build a sketch from a mapping of bucket to count."""
        rising = sorted((bucket, n) for bucket, n in counts.items() if n)
        return cls(tuple(bucket for bucket, _ in rising), tuple(n for _, n in rising))

    @classmethod
    def merged(cls, sketches: Iterable["Sketch"]) -> "Sketch":
        """Add sketches up; exact, in any order."""
        counts: dict[int, int] = {}
        for sketch in sketches:
            for bucket, n in zip(sketch.buckets, sketch.counts, strict=True):
                counts[bucket] = counts.get(bucket, 0) + n
        return cls.from_counts(counts)

    @classmethod
    def together(cls, sketches: Iterable["Sketch"]) -> "Sketch":
        """Return what `merged` does, added up only when somebody looks into it; how many there are is known at once."""
        held = tuple(one for one in sketches if one.n)
        return MergedSketch(held) if len(held) > 1 else held[0] if held else cls()

    def quantile_ms(self, q: float) -> float | None:
        """Return the q-quantile in milliseconds, or None when nothing was counted.

        The smallest recorded value with at least a share q of all values at or below it (nearest rank).
        """
        assert 0 < q < 1, "a quantile lies between 0 and 1"
        if self.n == 0:
            return None
        rank = max(1, ceil(q * self.n - 1e-9))
        return middle_ms(self.buckets[bisect_left(tuple(accumulate(self.counts)), rank)])

    def slower_than(self, ms: float) -> int:
        """Count the values in buckets above the one that holds `ms`."""
        return self.above(bucket_of(ms))

    def above(self, bucket: int) -> int:
        """Count the values in buckets above one."""
        return sum(self.counts[bisect_right(self.buckets, bucket) :])


class MergedSketch(Sketch):
    """Several sketches as one, added up when its buckets are first looked at."""

    __slots__ = ("_held",)

    _held: tuple[Sketch, ...]

    def __init__(self, held: tuple[Sketch, ...]) -> None:
        object.__setattr__(self, "_held", held)
        object.__setattr__(self, "n", sum(one.n for one in held))

    def __getattr__(self, name: str) -> tuple[int, ...]:
        """Add up what was not looked at yet."""
        if name not in {"buckets", "counts"}:
            raise AttributeError(name)
        made = Sketch.merged(self._held)
        object.__setattr__(self, "buckets", made.buckets)
        object.__setattr__(self, "counts", made.counts)
        return made.buckets if name == "buckets" else made.counts

    def __eq__(self, other: object) -> bool:
        """Two sketches are equal that hold the same, however they were made."""
        return isinstance(other, Sketch) and (self.buckets, self.counts) == (other.buckets, other.counts)

    def __hash__(self) -> int:
        """Hash what it holds."""
        return hash((self.buckets, self.counts))
