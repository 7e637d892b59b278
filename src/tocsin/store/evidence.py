"""The alarms' questions, answered from the rollups; satisfies the protocol that the alarms declare."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tocsin.model.alarm import Group
from tocsin.model.dimension import Dimension
from tocsin.model.fact import Ask
from tocsin.model.listing import Order
from tocsin.model.parts import Parts, PartsRow
from tocsin.model.rhythm import Rhythm
from tocsin.model.whole import ALL_SERVICES, is_whole, whole
from tocsin.model.window import Window
from tocsin.store.answer import answers
from tocsin.store.engine import Row
from tocsin.store.read import Reader, parts_of
from tocsin.store.settle import Reach
from tocsin.store.signs import CALLED_SIGNS, NO_SIGNS, ROLLED_SIGNS
from tocsin.store.statements import (
    CALLED_SKETCHES,
    NO_SKETCHES,
    ROLLED_SKETCHES,
    epoch,
    micro,
    of_epoch,
    of_micros,
    question,
    second,
)
from tocsin.store.windows import Gain, Nested

EXAMPLES_MAX = 3
# Answers kept while nothing more is settled: one tick asks four times.
ANSWERS_KEPT_MAX = 6
SEEN_BACK = timedelta(days=7)


class Evidence:
    """Answers the alarms of all projects."""

    def __init__(self, reader: Reader, reach: Callable[[], Reach]) -> None:
        """Read with `reader`; `reach` tells how far settling has come."""
        self._reader = reader
        self._reach = reach
        # The newest answers from whole minutes, by what was asked, while nothing more is settled.
        self._minutes: dict[str, list[Row]] = {}
        self._minutes_version = -1
        # The newest span of each service, kept as a copy of what the store said; see `last_seen`.
        self._seen: dict[Group, datetime] = {}
        self._seen_until: datetime | None = None
        self._seen_received = 0
        # How each class of asks is answered.
        self._answers: dict[type[Ask], Callable[[Any, datetime], Mapping[Group, object]]] = {
            asked: partial(one.answer, reader) for asked, one in answers().items()
        }

    def windows(
        self,
        until: datetime,
        lengths: Sequence[timedelta],
        groups: Collection[Group] | None,
        *,
        sketched: Collection[timedelta],
        signed: bool = True,
    ) -> Mapping[Group, Mapping[timedelta, Parts]]:
        """Add up the calls of each group that ended in [until - length, until), for each length.

        Whole minutes are read from the rollup, of long windows whole hours too, and minutes that a window begins or
        ends inside call by call.
        """
        if not lengths:
            return {}
        reach = self._reach()
        newest = reach.newest_minute
        asked = Nested(until, sorted(set(lengths)), sketched, signed=signed)
        if newest is None or newest < asked.first_minute:
            return {}
        rows = self._of_minutes(asked, reach.version)
        if asked.edges and asked.edges[0] <= newest:
            every = groups is None or any(map(is_whole, groups))
            services = [] if every else sorted({group.service for group in groups or ()})
            rows = rows + self._reader.ask(
                question("at_edges")
                .replace("@sketches@", CALLED_SKETCHES if sketched else NO_SKETCHES)
                .replace("@signs@", CALLED_SIGNS if signed else NO_SIGNS),
                {**asked.edges_asked, "services": services},
            )
        gains: dict[Group, dict[int, Gain]] = {}
        for project, environment, service, place, *sums in rows:
            for group in (Group(project, environment, service), whole(project)):
                if groups is None or group in groups:
                    gains.setdefault(group, {}).setdefault(place, Gain()).add(sums)
        return {group: asked.told(by_place) for group, by_place in gains.items()}

    def _of_minutes(self, asked: Nested, version: int) -> list[Row]:
        """Answer from whole minutes; from memory where the same was asked while nothing more is settled."""
        if self._minutes_version != version:
            self._minutes, self._minutes_version = {}, version
        sketches = ROLLED_SKETCHES if asked.sketched else NO_SKETCHES
        sql = question("windows_by_hour" if asked.by_hour else "windows").replace("@sketches@", sketches)
        sql = sql.replace("@signs@", ROLLED_SIGNS if asked.signed else NO_SIGNS)
        parameters = asked.minutes_asked
        key = repr((sql, parameters))
        if key not in self._minutes:
            while len(self._minutes) >= ANSWERS_KEPT_MAX:
                del self._minutes[next(iter(self._minutes))]
            self._minutes[key] = self._reader.ask(sql, parameters)
        return self._minutes[key]

    def hours(
        self, starts: Sequence[datetime], groups: Collection[Group] | None
    ) -> Mapping[Group, Mapping[datetime, Parts]]:
        """Return the parts of the UTC hours that begin at `starts`."""
        if not starts:
            return {}
        rows = self._reader.ask(
            question("calls_of_hours"),
            {"hours": [epoch(start) for start in starts], "lo": second(min(starts)), "hi": second(max(starts))},
        )
        found: dict[Group, dict[datetime, Parts]] = {}
        for project, environment, service, at, *sums in rows:
            group = Group(project, environment, service)
            if groups is None or group in groups:
                found.setdefault(group, {})[of_epoch(at)] = parts_of(sums)
        return found

    def rhythms(self, until: datetime) -> Mapping[Group, Rhythm]:
        """Describe each group that had calls in the 28 days before `until`, and whole projects."""
        rows = self._reader.ask(question("rhythms"), {"until": second(until), "all": ALL_SERVICES})
        return {
            Group(project, environment, service): Rhythm(
                first_seen=of_epoch(first_seen),
                calls_week=calls_week,
                gap_p99=timedelta(seconds=gap_p99),
                active_hours=tuple(of_epoch(hour) for hour in active_hours),
            )
            for project, environment, service, first_seen, calls_week, gap_p99, active_hours in rows
        }

    def last_seen(self, until: datetime) -> Mapping[Group, datetime]:
        """Return when the newest span before `until` ended, and for whole projects; at most 7 days back.

        Going on from the last answer, only what arrived since is read, and what was ahead of its time then: the newest
        of both is the newest of all. An earlier `until` than last time is answered from the whole week.
        """
        if self._seen_until is None or until < self._seen_until:
            self._seen, self._seen_received = {}, 0
        # Read first: what arrives while the question is asked is asked for again.
        arrived, lo = self._reach().received_ns, until - SEEN_BACK
        if arrived > self._seen_received:
            bounds = {"lo": micro(lo), "until": micro(until), "since": self._seen_received}
            for project, environment, service, at, ahead in self._reader.ask(question("last_seen"), bounds):
                if ahead:
                    arrived = min(arrived, ahead - 1)
                if at:
                    moment = of_micros(at)
                    for group in (Group(project, environment, service), whole(project)):
                        self._seen[group] = max(moment, self._seen.get(group, moment))
            self._seen_received = arrived
        self._seen_until = until
        return {group: at for group, at in self._seen.items() if at >= lo}

    def changes(self, since: datetime, until: datetime) -> Mapping[Group, datetime]:
        """Return when a release first appeared, for groups where that was in [since, until)."""
        rows = self._reader.ask(question("changes"), {"since": second(since), "until": second(until)})
        return {Group(project, environment, service): of_epoch(at) for project, environment, service, at in rows}

    def parts(
        self,
        project: str,
        window: Window,
        step: timedelta | None,
        group_by: Sequence[Dimension],
        filters: Mapping[Dimension, Sequence[str]],
    ) -> Sequence[PartsRow]:
        """Answer the graphs' question."""
        return self._reader.parts(project, window, step, group_by, filters)

    def also_tell(self, asked: type[Ask], answer: Callable[[Any, datetime], Mapping[Group, object]]) -> None:
        """Have a class of asks answered from elsewhere: what the running process knows of itself is in no table.

        It takes the place of what the store would answer, which is how things are where no server runs.
        """
        self._answers[asked] = answer

    def facts(self, ask: Ask, at: datetime) -> Mapping[Group, object]:
        """Answer an ask as of `at`, a moment of its grid."""
        assert type(ask) in self._answers, f"nothing answers {type(ask).__name__}"
        return self._answers[type(ask)](ask, at)

    def examples(
        self, project: str, window: Window, filters: Mapping[Dimension, Sequence[str]], order: str
    ) -> Sequence[str]:
        """Return trace ids of up to three example calls; `order` is failed, slow or costly."""
        calls = self._reader.example_calls(project, window, filters, Order(order), EXAMPLES_MAX * 4)
        return tuple(dict.fromkeys(call.trace_id for call in calls))[:EXAMPLES_MAX]
