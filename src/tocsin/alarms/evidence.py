"""What an alarm kind is given to judge, and what is asked of the store to make it.

A kind can't query. It says what it needs, and is handed an `Evidence`: windows of parts, the usual level, and when the
group was last seen. Evidence comes from SQL rows or from a series in memory; the judges can't tell which.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from tocsin.alarms.usual import Usual
from tocsin.model.alarm import Group
from tocsin.model.asking import AddsUp, Filters
from tocsin.model.fact import Ask
from tocsin.model.measure import Measure
from tocsin.model.parts import Parts
from tocsin.model.rhythm import Rhythm
from tocsin.model.window import Window

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The grid of windows that are too long to be added up every minute.
SLOW_STEP = timedelta(minutes=5)

T = TypeVar("T")


class End(StrEnum):
    """Where a kind's windows end."""

    # At the tick itself, the open minute included: for what more data can only confirm.
    TICK = "tick"
    # At the last whole minute before tick minus lag, so that late spans are in.
    WATERMARK = "watermark"
    # At the last whole five minutes before the watermark: for windows of hours and days.
    SLOW = "slow"


def _never(_: Parts) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Needs:
    """What a kind wants to be handed.

    `windows` are given for every group that has calls in them; `wider` only where `widen` says of the parts of the
    longest of `windows` that they are too few. Lengths of a minute and more are whole minutes.
    """

    end: End = End.WATERMARK
    windows: tuple[timedelta, ...] = ()
    wider: tuple[timedelta, ...] = ()
    widen: Callable[[Parts], bool] = _never
    # False: sums only, and the sketches of the parts stay empty, which is cheaper.
    sketches: bool = False
    # The same for the signs of the parts.
    signs: bool = False
    # Facts that windows can't tell; see `Evidence.fact`.
    ask: Ask | None = None
    # More of them: what is usual, mostly, which is asked far less often.
    also: tuple[Ask, ...] = ()

    @property
    def asks(self) -> tuple[Ask, ...]:
        """Everything it asks for."""
        return self.also if self.ask is None else (self.ask, *self.also)


@dataclass(frozen=True, slots=True)
class Broken:
    """Stands for the facts of an ask that failed."""

    fault: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about one group at one tick. What is not known is None or missing, never zero."""

    group: Group
    # The tick being judged, and where the windows end.
    at: datetime
    until: datetime
    # By length: the parts of [until - length, until). A length that could not be answered is missing.
    windows: Mapping[timedelta, Parts]
    usual: Usual
    # None: never seen in the last 28 days.
    rhythm: Rhythm | None
    # End of the newest span of any kind, and the same for the whole project.
    last_seen: datetime | None
    project_seen: datetime | None
    # Since when spans could come in without interruption.
    up_since: datetime
    # When a release that was not there before was first seen, if that was lately.
    changed: datetime | None
    measures: Mapping[str, Measure]
    # What was found out of each ask about this very group, subject included, or else about its service or project; a
    # `Broken` where asking failed.
    facts: Mapping[Ask, object] = field(default_factory=dict[Ask, object])

    def fact(self, ask: Ask, of: type[T]) -> T | None:
        """Return what was found out; None when there is nothing. Raises LookupError when asking failed."""
        found = self.facts.get(ask)
        if isinstance(found, Broken):
            raise LookupError(found.fault)  # noqa: TRY004 - the type stands for a failure, nothing is of a wrong one
        assert found is None or isinstance(found, of), f"{type(ask).__name__} is answered with {of.__name__}"
        return found

    @property
    def learning(self) -> bool:
        """True while there is no usual level: only static limits are armed."""
        return self.usual.learning

    def parts(self, length: timedelta) -> Parts:
        """Return the parts of a window; empty when nothing was in it or it could not be answered."""
        return self.windows.get(length, _NONE)

    def value(self, measure: str, length: timedelta) -> float | None:
        """Return a measure's value in a window, just as the graph shows it."""
        return self.measures[measure].value(self.parts(length), length)


_NONE = Parts()


class EvidenceSource(AddsUp, Protocol):
    """The questions the alarms ask of the store. Times are aware UTC, windows half-open.

    A `Group` here is a service; where it says "and whole projects", also `whole(project)` for each project.
    Groups without calls are left out of every answer.
    """

    def windows(
        self,
        until: datetime,
        lengths: Sequence[timedelta],
        groups: Collection[Group] | None,
        *,
        sketched: Collection[timedelta],
        signed: bool = True,
    ) -> Mapping[Group, Mapping[timedelta, Parts]]:
        """Add up the calls of each group that ended in [until - length, until), for each length, rising.

        One statement. `until` of a live tick lies inside a minute, and lengths may be under a minute: these windows,
        of at most 6 h and without sketches, are exact to the second where they are 5 minutes or less, and may begin at
        a whole minute where they are more. `groups` None: all. Lengths not in `sketched` may have empty sketches,
        and where it is not `signed` all may be without signs.
        """
        ...

    def hours(
        self, starts: Sequence[datetime], groups: Collection[Group] | None
    ) -> Mapping[Group, Mapping[datetime, Parts]]:
        """Return the parts of the UTC hours that begin at `starts`. Asked once an hour."""
        ...

    def rhythms(self, until: datetime) -> Mapping[Group, Rhythm]:
        """Describe each group that had calls in the 28 days before `until`, and whole projects. Asked once an hour."""
        ...

    def last_seen(self, until: datetime) -> Mapping[Group, datetime]:
        """Return when the newest span before `until` ended, and for whole projects; at most 7 days back."""
        ...

    def changes(self, since: datetime, until: datetime) -> Mapping[Group, datetime]:
        """Return when a release first appeared, for groups where that was in [since, until).

        New is what had no call in the 24 h before `since`, in a group that had others.
        """
        ...

    def facts(self, ask: Ask, at: datetime) -> Mapping[Group, object]:
        """Answer an ask as of `at`, a moment of its grid. Groups without a fact are left out."""
        ...

    def examples(self, project: str, window: Window, filters: Filters, order: str) -> Sequence[str]:
        """Return trace ids of up to three example calls; `order` is the value of an `Order`."""
        ...
