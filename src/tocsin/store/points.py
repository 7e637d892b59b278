"""From the points of a metric's series to one number: what rises in spite of resets, what is newest, quantiles. Pure.

A counter's rise is the sum of its steps. Where it began anew (a later start, or a lower value) the step is its whole
value; a series whose first point says that it began inside the window was born there, and counts whole: the first
error of all is an error. Of a series that was there before, but of which no earlier point is known, the first point
only says from where to count.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from tocsin.model.metric import Aggregate

DELTA = 1
CUMULATIVE = 2
QUANTILES = {Aggregate.P50: 0.5, Aggregate.P90: 0.9, Aggregate.P95: 0.95, Aggregate.P99: 0.99}


@dataclass(frozen=True, slots=True)
class Point:
    """One point. Times are in nanoseconds since the epoch; `value` is a histogram's sum."""

    at: int
    started: int
    value: float
    count: int = 0
    # Upper bounds of a histogram's buckets; the last bucket, one more than there are bounds, has none.
    bounds: tuple[float, ...] = ()
    buckets: tuple[int, ...] = ()
    # Of an exponential histogram.
    scale: int = 0
    offset: int = 0
    zero_count: int = 0


@dataclass(frozen=True, slots=True)
class PointSeries:
    """The points of one series, in order of time, of which some may be before the window."""

    # gauge, sum, histogram or exponential_histogram.
    shape: str
    temporality: int
    monotonic: bool
    points: Sequence[Point]

    @property
    def counts(self) -> bool:
        """Whether what matters is by how much it rises."""
        return self.shape in {"histogram", "exponential_histogram"} or (self.shape == "sum" and self.monotonic)

    def within(self, since_ns: int) -> Sequence[Point]:
        """Return the points of the window."""
        return [point for point in self.points if point.at >= since_ns]

    def rises(self, since_ns: int) -> Iterator[tuple[Point | None, Point]]:
        """Return the steps inside the window, each as the point to count from, None for nothing, and its end."""
        if self.temporality == DELTA:
            yield from ((None, point) for point in self.within(since_ns))
            return
        first = next(iter(self.points), None)
        if first is not None and first.at >= since_ns and first.started >= since_ns:
            yield None, first
        for before, point in pairwise(self.points):
            if point.at >= since_ns:
                anew = point.started > before.started or (self.counts and _size(point) < _size(before))
                yield (None if anew else before), point


def value_of(  # noqa: PLR0911 - one for each aggregate
    aggregate: Aggregate, series: Sequence[PointSeries], since_ns: int, until_ns: int
) -> tuple[float | None, int]:
    """Return the number and on how many points or observations it rests; None where nothing can be said."""
    points = [point for one in series for point in one.within(since_ns)]
    if not points:
        return None, 0
    histogram = any(one.shape not in {"gauge", "sum"} for one in series)
    match aggregate:
        case Aggregate.LAST | Aggregate.LAST_MEAN:
            newest = [last.value for one in series for last in one.within(since_ns)[-1:]]
            return (sum(newest) / (len(newest) if aggregate is Aggregate.LAST_MEAN else 1)), len(points)
        case Aggregate.SUM | Aggregate.RATE:
            rise = sum(_rise(before, point) for one in series for before, point in one.rises(since_ns))
            return (rise / ((until_ns - since_ns) / 1e9) if aggregate is Aggregate.RATE else rise), len(points)
        case Aggregate.AVG if histogram:
            return _mean(step for one in series for step in one.rises(since_ns))
        case Aggregate.AVG:
            return sum(point.value for point in points) / len(points), len(points)
        case Aggregate.MIN | Aggregate.MAX:
            pick = min if aggregate is Aggregate.MIN else max
            return pick(point.value for point in points), len(points)
        case _:
            return _quantile(QUANTILES[aggregate], series, since_ns)


def _size(point: Point) -> float:
    return point.count or point.value


def _rise(before: Point | None, point: Point) -> float:
    """Return what a counter rose by; of a histogram, by how many observations."""
    rise = _size(point)
    return rise if before is None else rise - _size(before)


def _mean(steps: Iterable[tuple[Point | None, Point]]) -> tuple[float | None, int]:
    total, n = 0.0, 0
    for before, point in steps:
        total += point.value - (before.value if before else 0.0)
        n += point.count - (before.count if before else 0)
    return (total / n if n > 0 else None), n


def _quantile(share: float, series: Sequence[PointSeries], since_ns: int) -> tuple[float | None, int]:
    """Return the upper bound of the bucket that holds the quantile; where that has none, its lower one."""
    counts: dict[float, int] = {}
    for one in series:
        for before, point in one.rises(since_ns):
            for sign, taken in ((1, point), (-1, before)):
                if taken is not None:
                    for bound, n in _buckets(taken, one.shape):
                        counts[bound] = counts.get(bound, 0) + sign * n
    n = sum(counts.values())
    if n <= 0:
        return None, 0
    left = ceil(share * n)
    highest = 0.0
    for bound in sorted(counts):
        left -= counts[bound]
        highest = bound if bound != float("inf") else highest
        if left <= 0:
            break
    return highest, n


def _buckets(point: Point, shape: str) -> Iterator[tuple[float, int]]:
    """Return the upper bound of each bucket, and what is in it."""
    if shape == "histogram":
        yield from zip((*point.bounds, float("inf")), point.buckets, strict=False)
        return
    base = 2.0 ** (2.0**-point.scale)
    yield 0.0, point.zero_count
    for place, n in enumerate(point.buckets):
        yield base ** (point.offset + place + 1), n
