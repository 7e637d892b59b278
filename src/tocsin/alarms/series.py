"""A source of evidence in memory: parts by step of time, for stories, replays and simulations.

Sums come from running totals and sketches from sliding counts, so that 30 days of minutes replay in seconds.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil

from tocsin.alarms.evidence import HOUR, MINUTE
from tocsin.alarms.usual import hour_of
from tocsin.model.alarm import Group
from tocsin.model.asking import Filters
from tocsin.model.dimension import Dimension
from tocsin.model.fact import Ask
from tocsin.model.parts import ZERO_USD, Parts, PartsRow
from tocsin.model.rhythm import Rhythm
from tocsin.model.sketch import Sketch
from tocsin.model.whole import whole
from tocsin.model.window import Window

WEEK = timedelta(days=7)
KNOWN = timedelta(days=29)
NO_PARTS = Parts()


@dataclass(frozen=True, slots=True)
class _Total:
    """Running totals up to a step; the difference of two is a window."""

    counts: tuple[int, ...]
    cost_usd: Decimal

    def plus(self, parts: Parts) -> "_Total":
        counts = tuple(a + b for a, b in zip(self.counts, _counts(parts), strict=True))
        return _Total(counts, self.cost_usd + parts.cost_usd)

    def minus(self, before: "_Total", duration: Sketch, ttft: Sketch) -> Parts:
        c = [a - b for a, b in zip(self.counts, before.counts, strict=True)]
        return Parts(
            c[0],
            c[1],
            c[2],
            c[3],
            c[4],
            c[5],
            c[6],
            c[7],
            c[8],
            c[9],
            c[10],
            self.cost_usd - before.cost_usd,
            duration,
            ttft,
        )


def _counts(parts: Parts) -> tuple[int, ...]:
    # In the order of the fields of `Parts`, calls first.
    return (
        parts.calls,
        parts.failed,
        parts.errors,
        parts.input_tokens,
        parts.cached_tokens,
        parts.cache_write_tokens,
        parts.output_tokens,
        parts.reasoning_tokens,
        parts.calls_with_usage,
        parts.priced,
        parts.unpriced,
    )


NO_SKETCH = Sketch()


class _Slide:
    """The sketch of a window that moves forward: what comes in is added, what falls out is taken away."""

    def __init__(self) -> None:
        self._first = 0
        self._end = 0
        self._counts: dict[int, int] = {}

    def to(self, sketches: Sequence[Sketch], first: int, end: int) -> Sketch:
        if first < self._first or first > self._end or end < self._end:
            self._first, self._end, self._counts = first, first, {}
        for sketch in sketches[self._end : end]:
            self._add(sketch, 1)
        for sketch in sketches[self._first : first]:
            self._add(sketch, -1)
        self._first, self._end = first, end
        buckets = tuple(sorted(self._counts))
        return Sketch(buckets, tuple(map(self._counts.__getitem__, buckets)))

    def _add(self, sketch: Sketch, sign: int) -> None:
        counts = self._counts
        for bucket, n in zip(sketch.buckets, sketch.counts, strict=True):
            left = counts.get(bucket, 0) + sign * n
            if left:
                counts[bucket] = left
            else:
                del counts[bucket]


class Series:
    """The parts of one group by steps of equal length; a step without calls holds empty parts."""

    def __init__(self, start: datetime, step: timedelta = MINUTE) -> None:
        assert HOUR % step == timedelta(0), "whole steps fill an hour"
        self.start = start
        self.step = step
        self._rows: list[Parts] = []
        self._totals: list[_Total] = [_Total(_counts(NO_PARTS), ZERO_USD)]
        self._durations: list[Sketch] = []
        self._ttfts: list[Sketch] = []
        # Positions of the steps with calls, rising.
        self._active: list[int] = []
        # Whole hours that were asked for.
        self._hours: dict[datetime, Parts] = {}
        self._slides: dict[tuple[timedelta, bool], _Slide] = {}

    def append(self, parts: Parts) -> None:
        """Add the next step."""
        if parts.calls:
            self._active.append(len(self._rows))
        self._rows.append(parts)
        self._durations.append(parts.duration)
        self._ttfts.append(parts.ttft)
        self._totals.append(self._totals[-1].plus(parts) if parts.calls else self._totals[-1])

    @property
    def end(self) -> datetime:
        """Where the last step ends."""
        return self.start + len(self._rows) * self.step

    @property
    def first(self) -> datetime | None:
        """Where the first step with calls begins; None when there is none."""
        return self.start + self._active[0] * self.step if self._active else None

    @property
    def rows(self) -> Sequence[Parts]:
        """The steps, in order."""
        return self._rows

    def window(self, until: datetime, length: timedelta, *, sketches: bool) -> Parts | None:
        """Add up [until - length, until); None for a length that is no whole number of steps."""
        if length % self.step:
            return None
        end = self._position(until)
        first = self._position(until - length)
        before, after = self._totals[first], self._totals[end]
        if before is after:
            return NO_PARTS
        if not sketches:
            return after.minus(before, NO_SKETCH, NO_SKETCH)
        duration, ttft = (
            self._slides.setdefault((length, is_ttft), _Slide()).to(rows, first, end)
            for is_ttft, rows in ((False, self._durations), (True, self._ttfts))
        )
        return after.minus(before, duration, ttft)

    def hour(self, start: datetime) -> Parts:
        """Add up one hour."""
        if start in self._hours:
            return self._hours[start]
        first, end = self._position(start), self._position(start + HOUR)
        found = Parts.merged(parts for parts in self._rows[first:end] if parts.calls)
        if start + HOUR <= self.end:
            self._hours[start] = found
        return found

    def _position(self, at: datetime) -> int:
        return min(max((at - self.start) // self.step, 0), len(self._rows))

    def last_seen(self, until: datetime) -> datetime | None:
        """Return the end of the last step with calls that is over by `until`."""
        found = bisect_left(self._active, self._position(until))
        return None if found == 0 else self.start + (self._active[found - 1] + 1) * self.step

    def rhythm(self, until: datetime) -> Rhythm | None:
        """Describe the gaps between steps with calls."""
        known, week, end = (
            bisect_left(self._active, self._position(at)) for at in (until - KNOWN, until - WEEK, until)
        )
        if known == end:
            return None
        gaps = sorted(b - a for a, b in pairwise(self._active[week:end]))
        gap = gaps[ceil(0.99 * len(gaps)) - 1] if gaps else 0
        before, after = self._totals[self._position(until - WEEK)], self._totals[self._position(until)]
        return Rhythm(
            first_seen=self.start + self._active[known] * self.step,
            calls_week=after.counts[0] - before.counts[0],
            gap_p99=gap * self.step,
            active_hours=self._active_hours(known, end),
        )

    def _active_hours(self, known: int, end: int) -> tuple[datetime, ...]:
        hours: list[datetime] = []
        position = known
        while position < end:
            hour = hour_of(self.start + self._active[position] * self.step)
            hours.append(hour)
            position = bisect_left(self._active, self._position(hour + HOUR), position)
        return tuple(hours)


NO_WHOLES: Mapping[str, Series] = {}


def _no_facts(_ask: Ask, _at: datetime) -> Mapping[Group, object]:
    return {}


class SeriesSource:
    """Answers the alarms' questions from series in memory.

    `wholes` has all calls of a project, for projects of which `series` holds only some groups. `facts` answers what
    calls don't tell.
    """

    def __init__(
        self,
        series: Mapping[Group, Series],
        wholes: Mapping[str, Series] = NO_WHOLES,
        facts: Callable[[Ask, datetime], Mapping[Group, object]] = _no_facts,
    ) -> None:
        self._series = series
        self._wholes = wholes
        self._facts = facts

    def windows(
        self,
        until: datetime,
        lengths: Sequence[timedelta],
        groups: Collection[Group] | None,
        *,
        sketched: Collection[timedelta],
    ) -> Mapping[Group, Mapping[timedelta, Parts]]:
        """Add up windows; those without calls are left out."""
        found: dict[Group, dict[timedelta, Parts]] = {}
        for group in self._series if groups is None else groups:
            series = self._series[group]
            windows = {length: series.window(until, length, sketches=length in sketched) for length in lengths}
            kept = {length: parts for length, parts in windows.items() if parts is not None and parts.calls}
            if kept:
                found[group] = kept
        return found

    def hours(
        self, starts: Sequence[datetime], groups: Collection[Group] | None
    ) -> Mapping[Group, Mapping[datetime, Parts]]:
        """Add up hours; those without calls are left out."""
        return {
            group: {start: parts for start in starts if (parts := self._series[group].hour(start)).calls}
            for group in (self._series if groups is None else groups)
        }

    def rhythms(self, until: datetime) -> Mapping[Group, Rhythm]:
        """Describe each group; the whole project is described by its only group, or by their union."""
        found = {group: rhythm for group, series in self._series.items() if (rhythm := series.rhythm(until))}
        for project in {group.project for group in found}:
            mine = [rhythm for group, rhythm in found.items() if group.project == project]
            found[whole(project)] = mine[0] if len(mine) == 1 else _union(mine)
        known = {whole(project): series.rhythm(until) for project, series in self._wholes.items()}
        return found | {group: rhythm for group, rhythm in known.items() if rhythm}

    def last_seen(self, until: datetime) -> Mapping[Group, datetime]:
        """Return the end of the last step with calls."""
        found = {group: seen for group, series in self._series.items() if (seen := series.last_seen(until))}
        for project in {group.project for group in found}:
            found[whole(project)] = max(seen for group, seen in found.items() if group.project == project)
        known = {whole(project): series.last_seen(until) for project, series in self._wholes.items()}
        return found | {group: seen for group, seen in known.items() if seen}

    def changes(self, since: datetime, until: datetime) -> Mapping[Group, datetime]:
        """Return nothing: a series does not know releases."""
        del since, until
        return {}

    def parts(
        self,
        project: str,
        window: Window,
        step: timedelta | None,
        group_by: Sequence[Dimension],
        filters: Filters,
    ) -> Sequence[PartsRow]:
        """Answer by time only: a series knows no dimension but its own group."""
        if group_by:
            return []
        rows: list[PartsRow] = []
        length = window.length if step is None else step
        for at in [window.since + n * length for n in range(ceil(window.length / length))] if window.length else []:
            parts = Parts.merged(
                found
                for group, series in self._series.items()
                if group.project == project and _matches(group, filters)
                if (found := series.window(at + length, length, sketches=True)) is not None
            )
            if parts.calls:
                rows.append(PartsRow(at, (), parts))
        return rows

    def facts(self, ask: Ask, at: datetime) -> Mapping[Group, object]:
        """Return what the source was given to tell; nothing by default: a series knows calls only."""
        return self._facts(ask, at)

    def examples(self, project: str, window: Window, filters: Filters, order: str) -> Sequence[str]:
        """Return nothing: a series keeps no calls."""
        del project, window, filters, order
        return ()


def _matches(group: Group, filters: Filters) -> bool:
    services = filters.get(Dimension.SERVICE, (group.service,))
    environments = filters.get(Dimension.ENVIRONMENT, (group.environment,))
    return group.service in services and group.environment in environments


def _union(rhythms: Sequence[Rhythm]) -> Rhythm:
    hours = sorted({hour for rhythm in rhythms for hour in rhythm.active_hours})
    return Rhythm(
        first_seen=min(rhythm.first_seen for rhythm in rhythms),
        calls_week=sum(rhythm.calls_week for rhythm in rhythms),
        # Together they are silent at most as long as the most talkative of them.
        gap_p99=min(rhythm.gap_p99 for rhythm in rhythms),
        active_hours=tuple(hours),
    )
