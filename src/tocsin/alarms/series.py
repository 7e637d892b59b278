"""A source of evidence in memory: parts by step of time, for stories, replays and simulations.

Sums come from running totals and sketches from sliding counts, and nothing is added up before somebody asks for it, so
that 30 days of minutes replay in seconds.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from operator import add, sub
from typing import TypeVar, overload

from tocsin.alarms.evidence import HOUR, MINUTE
from tocsin.alarms.sliding import Showing, Sliding
from tocsin.alarms.usual import hour_of
from tocsin.model.added import AddedAsk, History, HistoryAsk
from tocsin.model.alarm import Group
from tocsin.model.asking import Filters
from tocsin.model.dimension import Dimension
from tocsin.model.fact import Ask
from tocsin.model.parts import ZERO_USD, Parts, PartsRow
from tocsin.model.rhythm import Rhythm
from tocsin.model.signs import Signs
from tocsin.model.sketch import Sketch
from tocsin.model.whole import whole
from tocsin.model.window import Window

WEEK = timedelta(days=7)
KNOWN = timedelta(days=29)
NO_PARTS = Parts()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Total:
    """Running totals up to a step; the difference of two is a window."""

    counts: tuple[int, ...]
    cost_usd: Decimal

    def plus(self, parts: Parts) -> "_Total":
        return _Total(tuple(map(add, self.counts, _counts(parts))), self.cost_usd + parts.cost_usd)

    def minus(self, before: "_Total", duration: Sketch, ttft: Sketch, signs: Signs) -> Parts:
        # In the order of the fields of `Parts`.
        counts = map(sub, self.counts, before.counts)
        cost = self.cost_usd - before.cost_usd
        return Parts(*counts, cost_usd=cost, duration=duration, ttft=ttft, signs=signs)


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


class Series:
    """The parts of one group by steps of equal length; a step without calls holds empty parts."""

    def __init__(self, start: datetime, step: timedelta = MINUTE) -> None:
        assert HOUR % step == timedelta(0), "whole steps fill an hour"
        self.start = start
        self.step = step
        self._rows: list[Parts] = []
        self._totals: list[_Total] = [_Total(_counts(NO_PARTS), ZERO_USD)]
        self._durations = Sliding()
        self._ttfts = Sliding()
        self._signs = Showing()
        # Positions of the steps with calls, rising.
        self._active: list[int] = []
        # For each of these, the number of its hour among `_active_hours`, which rise.
        self._hour_numbers: list[int] = []
        self._active_hours: list[datetime] = []
        # Whole hours that were asked for.
        self._hours: dict[datetime, Parts] = {}
        self._gaps = _Gaps(self._active)
        # Lengths in steps; 0 for what is no whole number of them.
        self._steps: dict[timedelta, int] = {}
        # For each length the window asked for last, by what it lies between.
        self._kept: dict[timedelta, tuple[_Total, _Total, Parts]] = {}

    def append(self, parts: Parts) -> None:
        """Add the next step."""
        if parts.calls:
            hour = hour_of(self.end)
            if not self._active_hours or self._active_hours[-1] != hour:
                self._active_hours.append(hour)
            self._hour_numbers.append(len(self._active_hours) - 1)
            self._active.append(len(self._rows))
        self._rows.append(parts)
        self._durations.append(parts.duration)
        self._ttfts.append(parts.ttft)
        self._signs.append(parts.signs)
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

    def window(self, until: datetime, length: timedelta) -> Parts | None:
        """Add up [until - length, until); None for a length that is no whole number of steps."""
        if length % self.step:
            return None
        return self.between(self._position(until - length), self._position(until), length)

    def windows(self, until: datetime, lengths: Sequence[timedelta]) -> "SeriesWindows":
        """Return the windows that end at `until`, each added up when it is first asked for."""
        ends = (until - self.start) // self.step
        return SeriesWindows(self, lengths, ends, min(max(ends, 0), len(self._rows)))

    def steps_of(self, length: timedelta) -> int:
        """Return a length in steps; 0 for what is no whole number of them."""
        if length not in self._steps:
            self._steps[length] = 0 if length % self.step else length // self.step
        return self._steps[length]

    def has_calls(self, first: int, end: int) -> bool:
        """Whether a call came in the steps [first, end)."""
        return self._totals[first] is not self._totals[end]

    def between(self, first: int, end: int, length: timedelta) -> Parts:
        """Add up the steps [first, end) of a window of this length; the same object while nothing came or went."""
        before, after = self._totals[first], self._totals[end]
        if before is after:
            return NO_PARTS
        kept = self._kept.get(length)
        if kept is not None and kept[0] is before and kept[1] is after:
            return kept[2]
        duration, ttft = self._durations.window(first, end, length), self._ttfts.window(first, end, length)
        parts = after.minus(before, duration, ttft, self._signs.window(first, end))
        self._kept[length] = (before, after, parts)
        return parts

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
        before, after = self._totals[self._position(until - WEEK)], self._totals[self._position(until)]
        return Rhythm(
            first_seen=self.start + self._active[known] * self.step,
            calls_week=after.counts[0] - before.counts[0],
            gap_p99=self._gaps.p99(week, end) * self.step,
            active_hours=tuple(self._active_hours[self._hour_numbers[known] : self._hour_numbers[end - 1] + 1]),
        )


class _Gaps:
    """The gaps between steps with calls in a window that moves forward."""

    def __init__(self, active: Sequence[int]) -> None:
        self._active = active
        self._first = 0
        self._end = 0
        self._counts: dict[int, int] = {}

    def p99(self, first: int, end: int) -> int:
        """Return the gap that 99 % of those among the `active[first:end]` are at most as long as; 0 without any."""
        if first < self._first or first > self._end or end < self._end:
            self._first, self._end, self._counts = first, first, {}
        # A gap belongs to the later of its two steps.
        for place in range(max(self._end, self._first + 1), end):
            self._add(place, 1)
        for place in range(self._first + 1, min(first, end - 1) + 1):
            self._add(place, -1)
        self._first, self._end = first, end
        rank = ceil(0.99 * max(0, end - first - 1))
        for gap in sorted(self._counts):
            rank -= self._counts[gap]
            if rank <= 0:
                return gap
        return 0

    def _add(self, place: int, sign: int) -> None:
        gap = self._active[place] - self._active[place - 1]
        left = self._counts.get(gap, 0) + sign
        if left:
            self._counts[gap] = left
        else:
            del self._counts[gap]


class SeriesWindows(Mapping[timedelta, Parts]):
    """Windows that end together, by length; those without calls are missing. Added up when asked for."""

    __slots__ = ("_end", "_ends", "_found", "_held", "_lengths", "_series")

    def __init__(self, series: Series, lengths: Sequence[timedelta], ends: int, end: int) -> None:
        self._series = series
        # Those that were asked for, rising.
        self._lengths = lengths
        # Where all end, in steps of the series, also before and after it; and inside of it.
        self._ends = ends
        self._end = end
        self._found: dict[timedelta, Parts] = {}
        # Those with calls, once they were asked for.
        self._held: tuple[timedelta, ...] | None = None

    def _first(self, length: timedelta) -> int:
        return min(max(self._ends - self._series.steps_of(length), 0), self._end)

    @property
    def any(self) -> bool:
        """Whether the longest window has a call."""
        whole = (length for length in reversed(self._lengths) if self._series.steps_of(length))
        longest = next(whole, None)
        return longest is not None and self._series.has_calls(self._first(longest), self._end)

    @property
    def _with_calls(self) -> tuple[timedelta, ...]:
        if self._held is None:
            self._held = tuple(
                length for length in self._lengths if self._series.has_calls(self._first(length), self._end)
            )
        return self._held

    @overload
    def get(self, key: timedelta, /) -> Parts | None: ...
    @overload
    def get(self, key: timedelta, default: Parts, /) -> Parts: ...
    @overload
    def get(self, key: timedelta, default: T, /) -> Parts | T: ...
    def get(self, key: timedelta, default: object = None, /) -> object:
        """Add up one window, or return `default` where there are no calls or the length was not asked for."""
        found = self._found.get(key)
        if found is None:
            if key not in self._lengths:
                return default
            found = self._found[key] = self._series.between(self._first(key), self._end, key)
        return found if found.calls else default

    def __getitem__(self, length: timedelta) -> Parts:
        """Add up one window. Raises KeyError where there are no calls or the length was not asked for."""
        found = self.get(length)
        if found is None:
            raise KeyError(length)
        return found

    def __contains__(self, length: object) -> bool:
        """Whether there are calls in the window of this length."""
        return length in self._with_calls

    def __iter__(self) -> Iterator[timedelta]:
        """Go through the lengths, in the order in which they were asked for."""
        return iter(self._with_calls)

    def __len__(self) -> int:
        """Count the windows with calls."""
        return len(self._with_calls)


NO_WHOLES: Mapping[str, Series] = {}


Facts = Callable[[Ask, datetime], Mapping[Group, object]]


def no_facts(_ask: Ask, _at: datetime) -> Mapping[Group, object]:
    """Answer nothing: a series knows calls only."""
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
        facts: Facts = no_facts,
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
        signed: bool = True,
    ) -> Mapping[Group, Mapping[timedelta, Parts]]:
        """Add up windows; those without calls are left out. Every one has its sketches."""
        del sketched, signed
        found = {
            group: self._series[group].windows(until, lengths) for group in (self._series if groups is None else groups)
        }
        return {group: windows for group, windows in found.items() if windows.any}

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
        projects: dict[Group, datetime] = {}
        for group, seen in found.items():
            project = whole(group.project)
            projects[project] = max(seen, projects.get(project, seen))
        for name, series in self._wholes.items():
            if seen := series.last_seen(until):
                projects[whole(name)] = seen
        return found | projects

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
                if (found := series.window(at + length, length)) is not None
            )
            if parts.calls:
                rows.append(PartsRow(at, (), parts))
        return rows

    def facts(self, ask: Ask, at: datetime) -> Mapping[Group, object]:
        """Add up all calls since a day or month began, or return what the source was given to tell: by default nothing.

        A series doesn't know of which model or tenant its calls are.
        """
        if isinstance(ask, HistoryAsk) and not ask.where:
            return {group: _history(series, ask, at) for group, series in self._series.items()}
        if not isinstance(ask, AddedAsk) or ask.where:
            return self._facts(ask, at)
        window = ask.window(at)
        found = {group: series.window(window.until, window.length) for group, series in self._series.items()}
        return {group: parts for group, parts in found.items() if parts is not None and parts.calls}

    def examples(self, project: str, window: Window, filters: Filters, order: str) -> Sequence[str]:
        """Return nothing: a series keeps no calls."""
        del project, window, filters, order
        return ()


def _history(series: Series, ask: HistoryAsk, at: datetime) -> History:
    window = ask.window(at)
    starts = (window.since + n * ask.step for n in range(window.length // ask.step))
    steps = ((start, series.window(start + ask.step, ask.step)) for start in starts)
    return History(tuple((start, parts) for start, parts in steps if parts is not None and parts.calls))


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
