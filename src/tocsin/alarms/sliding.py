"""Sketches and signs of windows that move forward in time, each made only as far as somebody looks into it.

How many calls a window holds, and how many of them are slower than a mark, comes from running totals; quantiles come
from sliding counts of buckets.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from datetime import timedelta

from tocsin.model.signs import NO_SIGNS, Signs
from tocsin.model.sketch import Sketch, bucket_of

NO_SKETCH = Sketch()
# Marks of which running totals are kept; they change with the usual level, once an hour.
MARKS_MAX = 16


class Sliding:
    """The sketches of steps, in order, and the windows over them. Windows are half-open, in steps."""

    def __init__(self) -> None:
        self._steps: list[Sketch] = []
        # Observations before each step, and at the end of all.
        self._before: list[int] = [0]
        self._slides: dict[timedelta, _Slide] = {}
        self._above: dict[int, _Above] = {}

    def append(self, sketch: Sketch) -> None:
        """Add the next step."""
        self._steps.append(sketch)
        self._before.append(self._before[-1] + sketch.n)

    def window(self, first: int, end: int, length: timedelta) -> Sketch:
        """Return the sketch of [first, end); `length` is that of the window, also where it begins before all steps."""
        n = self._before[end] - self._before[first]
        return WindowSketch(self, first, end, length, n) if n else NO_SKETCH

    def made(self, first: int, end: int, length: timedelta) -> Sketch:
        """Add up [first, end)."""
        if length not in self._slides:
            self._slides[length] = _Slide(self._steps)
        return self._slides[length].to(first, end)

    def above(self, bucket: int, first: int, end: int) -> int:
        """Count the observations of [first, end) in buckets above one."""
        if bucket not in self._above:
            if len(self._above) >= MARKS_MAX:
                del self._above[next(iter(self._above))]
            self._above[bucket] = _Above(self._steps, bucket)
        return self._above[bucket].within(first, end)


class WindowSketch(Sketch):
    """The sketch of one window; its buckets are added up when they are first looked at."""

    __slots__ = ("_place", "_sliding")

    _place: tuple[int, int, timedelta]
    _sliding: Sliding

    def __init__(self, sliding: Sliding, first: int, end: int, length: timedelta, n: int) -> None:
        object.__setattr__(self, "_sliding", sliding)
        object.__setattr__(self, "_place", (first, end, length))
        object.__setattr__(self, "n", n)

    def __getattr__(self, name: str) -> tuple[int, ...]:
        """Add up what was not looked at yet."""
        if name not in {"buckets", "counts"}:
            raise AttributeError(name)
        made = self._sliding.made(*self._place)
        object.__setattr__(self, "buckets", made.buckets)
        object.__setattr__(self, "counts", made.counts)
        return made.buckets if name == "buckets" else made.counts

    def slower_than(self, ms: float) -> int:
        """Count the values in buckets above the one that holds `ms`."""
        first, end, _ = self._place
        return self._sliding.above(bucket_of(ms), first, end)

    def __eq__(self, other: object) -> bool:
        """Two sketches are equal that hold the same, however they were made."""
        return isinstance(other, Sketch) and (self.buckets, self.counts) == (other.buckets, other.counts)

    def __hash__(self) -> int:
        """Hash what it holds."""
        return hash((self.buckets, self.counts))


class _Above:
    """Running totals of the observations above one bucket, from the first step that was asked for."""

    def __init__(self, steps: Sequence[Sketch], bucket: int) -> None:
        self._steps = steps
        self._bucket = bucket
        self._first = 0
        self._totals = [0]

    def within(self, first: int, end: int) -> int:
        if not self._first <= first < self._first + len(self._totals):
            self._first, self._totals = first, [0]
        totals = self._totals
        for step in self._steps[self._first + len(totals) - 1 : end]:
            totals.append(totals[-1] + step.above(self._bucket) if step.n else totals[-1])
        return totals[end - self._first] - totals[first - self._first]


class _Slide:
    """The sketch of a window that moves forward: what comes in is added, what falls out is taken away."""

    def __init__(self, steps: Sequence[Sketch]) -> None:
        self._steps = steps
        self._first = 0
        self._end = 0
        self._counts: dict[int, int] = {}
        # The same buckets, rising.
        self._buckets: list[int] = []
        # What was made of them last; None: they changed since.
        self._made: Sketch | None = None

    def to(self, first: int, end: int) -> Sketch:
        if first < self._first or first > self._end or end < self._end:
            self._first, self._end, self._counts, self._buckets, self._made = first, first, {}, [], None
        for sketch in self._steps[self._end : end]:
            self._add(sketch, 1)
        for sketch in self._steps[self._first : first]:
            self._add(sketch, -1)
        self._first, self._end = first, end
        if self._made is None:
            self._made = Sketch(tuple(self._buckets), tuple(map(self._counts.__getitem__, self._buckets)))
        return self._made

    def _add(self, sketch: Sketch, sign: int) -> None:
        if not sketch.n:
            return
        self._made = None
        counts = self._counts
        for bucket, n in zip(sketch.buckets, sketch.counts, strict=True):
            had = counts.get(bucket, 0)
            left = had + sign * n
            if not had:
                insort(self._buckets, bucket)
            if left:
                counts[bucket] = left
            else:
                del counts[bucket]
                del self._buckets[bisect_left(self._buckets, bucket)]


class Showing:
    """How many calls showed what, by step, and the windows over them. Windows are half-open, in steps."""

    def __init__(self) -> None:
        # By name: the steps in which it was shown, rising, and how often before each and at the end of all.
        self._steps: dict[str, tuple[list[int], list[int]]] = {}
        self._end = 0

    def append(self, signs: Signs) -> None:
        """Add the next step."""
        for name, n in zip(signs.names, signs.counts, strict=True):
            places, before = self._steps.setdefault(name, ([], [0]))
            places.append(self._end)
            before.append(before[-1] + n)
        self._end += 1

    def window(self, first: int, end: int) -> Signs:
        """Return the signs of [first, end)."""
        return WindowSigns(self, first, end) if self._steps else NO_SIGNS

    def count(self, name: str, first: int, end: int) -> int:
        """Count one sign in [first, end)."""
        if name not in self._steps:
            return 0
        places, before = self._steps[name]
        return before[bisect_left(places, end)] - before[bisect_left(places, first)]

    def made(self, first: int, end: int) -> Signs:
        """Count every sign in [first, end)."""
        return Signs.of({name: self.count(name, first, end) for name in self._steps})


class WindowSigns(Signs):
    """The signs of one window; a single one is counted by itself, all of them when they are first looked at."""

    __slots__ = ("_place", "_showing")

    _place: tuple[int, int]
    _showing: Showing

    def __init__(self, showing: Showing, first: int, end: int) -> None:
        object.__setattr__(self, "_showing", showing)
        object.__setattr__(self, "_place", (first, end))

    def __getattr__(self, name: str) -> tuple[str, ...] | tuple[int, ...]:
        """Count what was not looked at yet."""
        if name not in {"names", "counts"}:
            raise AttributeError(name)
        made = self._showing.made(*self._place)
        object.__setattr__(self, "names", made.names)
        object.__setattr__(self, "counts", made.counts)
        return made.names if name == "names" else made.counts

    def count(self, name: str) -> int:
        """Return how many calls showed it."""
        return self._showing.count(name, *self._place)

    def __eq__(self, other: object) -> bool:
        """Two are equal that hold the same, however they were made."""
        return isinstance(other, Signs) and (self.names, self.counts) == (other.names, other.counts)

    def __hash__(self) -> int:
        """Hash what it holds."""
        return hash((self.names, self.counts))
