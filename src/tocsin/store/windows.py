"""Windows that end together: the store tells what each has more than the next shorter one; here that is added up."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from tocsin.model.parts import NOTHING_TIMED, Parts
from tocsin.model.signs import Signs
from tocsin.model.sketch import Sketch
from tocsin.store.engine import Parameter, Row
from tocsin.store.read import signs_of, usd
from tocsin.store.statements import epoch, of_epoch, second

# Windows up to this long are exact to the second; longer ones begin at a whole minute.
EXACT_MAX = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
# With a window longer than this, whole hours are read as such.
BY_MINUTE_MAX = timedelta(hours=6)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = of_epoch(0)
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Nested:
    """Windows with one end and rising lengths, at least one."""

    until: datetime
    lengths: Sequence[timedelta]
    # The lengths whose sketches are wanted.
    sketched: Collection[timedelta]
    # False: signs are left out, which is cheaper.
    signed: bool = True

    @property
    def starts(self) -> list[datetime]:
        """Where each window begins."""
        begun = ((self.until - length, length) for length in self.lengths)
        return [start if length <= EXACT_MAX else _minute(start) for start, length in begun]

    @property
    def first_minute(self) -> datetime:
        """The minute that the longest begins in."""
        return _minute(self.starts[-1])

    @property
    def edges(self) -> list[datetime]:
        """The minutes that a window begins or ends inside, rising."""
        return sorted({_minute(at) for at in (self.until, *self.starts) if _minute(at) != at})

    @property
    def by_hour(self) -> bool:
        """Whether whole hours are read as such: days of minutes are many."""
        return self.lengths[-1] > BY_MINUTE_MAX

    @property
    def minutes_asked(self) -> dict[str, Parameter]:
        """What the question takes that answers from whole minutes."""
        starts = [epoch(_minute(start)) for start in self.starts]
        edges = [epoch(edge) for edge in self.edges]
        split = sorted({at - at % _HOUR_S for at in (*(start for start in starts if start % _HOUR_S), *edges)})
        return {
            "starts": starts,
            "lo": second(of_epoch(starts[-1])),
            "hi": second(_minute(self.until)),
            "edges": edges,
            **({"split": split} if self.by_hour else {}),
        }

    @property
    def edges_asked(self) -> dict[str, Parameter]:
        """What the question takes that answers from the calls of the other minutes, of which there must be one."""
        edges = self.edges
        return {
            "starts": [_nanos(start) for start in self.starts],
            "until": _nanos(self.until),
            "lo": second(edges[0]),
            "hi": second(edges[-1]),
            "edges": [epoch(edge) for edge in edges],
        }

    def told(self, gains: Mapping[int, "Gain"]) -> dict[timedelta, Parts]:
        """Return the parts of each window that holds calls; `gains` by place, from 1 for the shortest window."""
        counts: Iterator[list[int]] = accumulate(
            (gains[place].counts if place in gains else [] for place in range(1, len(self.lengths) + 1)), _sum
        )
        found: dict[timedelta, Parts] = {}
        for place, (length, sums) in enumerate(zip(self.lengths, counts, strict=True), start=1):
            if sums:
                inside = [gain for at, gain in gains.items() if at <= place]
                within = inside if length in self.sketched else []
                found[length] = Parts(
                    *sums[:-1],
                    cost_usd=usd(sums[-1]),
                    duration=_merged([gain.durations for gain in within]),
                    ttft=_merged([gain.ttfts for gain in within]),
                    signs=Signs.merged(signs for gain in inside for signs in gain.signs),
                )
        return found


@dataclass(slots=True)
class Gain:
    """What one window has more than the next shorter one."""

    # Empty, or the counts of the parts and, last, the cost in femto-USD.
    counts: list[int] = field(default_factory=list[int])
    durations: list[Sketch] = field(default_factory=list[Sketch])
    ttfts: list[Sketch] = field(default_factory=list[Sketch])
    signs: list[Signs] = field(default_factory=list[Signs])

    def add(self, row: Row) -> None:
        """Take a row of `calls … unpriced, cost, duration, ttft, signs`."""
        *sums, cost, duration, ttft, signs = row
        self.counts = _sum(self.counts, [*sums, int(cost)])
        for sketches, (buckets, counts) in ((self.durations, duration), (self.ttfts, ttft)):
            if buckets:
                sketches.append(Sketch(tuple(buckets), tuple(counts)))
        if signs[0]:
            self.signs.append(signs_of(signs))


def _sum(some: list[int], more: list[int]) -> list[int]:
    """Add counts up; none at all is an empty list."""
    return [a + b for a, b in zip(some, more, strict=True)] if some and more else some or more


def _merged(many: Sequence[Sequence[Sketch]]) -> Sketch:
    sketches = [sketch for some in many for sketch in some]
    return Sketch.merged(sketches) if sketches else NOTHING_TIMED


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _nanos(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND * 1_000
