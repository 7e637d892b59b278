"""The alarms' questions, answered from the rollups; satisfies the protocol that the alarms declare."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from tocsin.model.alarm import Group
from tocsin.model.dimension import Dimension
from tocsin.model.listing import Order
from tocsin.model.parts import Parts, PartsRow
from tocsin.model.rhythm import Rhythm
from tocsin.model.whole import ALL_SERVICES, whole
from tocsin.model.window import Window
from tocsin.store.read import Reader, parts_of
from tocsin.store.statements import epoch, micro, of_epoch, of_micros, question, second
from tocsin.store.views.traces import AHEAD_NS_MAX

EXAMPLES_MAX = 3
SEEN_BACK = timedelta(days=7)
# Arrivals that are read again for `last_seen`: a span whose clock is ahead keeps its own time, and is seen only once
# that has come; and an insert may have been under way for two minutes.
SEEN_AGAIN_NS = AHEAD_NS_MAX + 120 * 10**9
# Windows up to this long are exact to the second; longer ones begin at a whole minute.
EXACT_MAX_S = 300


class Evidence:
    """Answers the alarms of all projects."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        # The newest span of each service, kept as a copy of what the store said; see `last_seen`.
        self._seen: dict[Group, datetime] = {}
        self._seen_until: datetime | None = None
        self._seen_received = 0

    def windows(
        self,
        until: datetime,
        lengths: Sequence[timedelta],
        groups: Collection[Group] | None,
        *,
        sketched: Collection[timedelta],
    ) -> Mapping[Group, Mapping[timedelta, Parts]]:
        """Add up the calls of each group that ended in [until - length, until), for each length."""
        seconds = sorted({int(length.total_seconds()) for length in lengths})
        if not seconds:
            return {}
        inside = [epoch(until), *(epoch(until) - length for length in seconds if length <= EXACT_MAX_S)]
        whole_minutes = until.second == until.microsecond == 0 and all(length % 60 == 0 for length in seconds)
        rows = self._reader.ask(
            question("windows"),
            {
                "until": micro(until),
                "lengths": seconds,
                "longest": seconds[-1],
                "edges": [] if whole_minutes else sorted({at // 60 * 60 for at in inside}),
                "sketched": sorted({int(length.total_seconds()) for length in sketched}),
            },
        )
        found: dict[Group, dict[timedelta, Parts]] = {}
        for project, environment, service, length, *sums in rows:
            for group in (Group(project, environment, service), whole(project)):
                if groups is None or group in groups:
                    of_group = found.setdefault(group, {})
                    width, parts = timedelta(seconds=length), parts_of(sums)
                    of_group[width] = Parts.merged((of_group[width], parts)) if width in of_group else parts
        return found

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

        Going on from the last answer, only what arrived since, or shortly before it, is read: the newest of both is the
        newest of all. An earlier `until` than last time is answered from the whole week.
        """
        if self._seen_until is None or until < self._seen_until:
            self._seen, self._seen_received = {}, 0
        received = max(0, self._seen_received - SEEN_AGAIN_NS)
        lo = until - SEEN_BACK
        rows = self._reader.ask(question("last_seen"), {"lo": micro(lo), "until": micro(until), "since": received})
        for project, environment, service, at in rows:
            moment = of_micros(at)
            for group in (Group(project, environment, service), whole(project)):
                self._seen[group] = max(moment, self._seen.get(group, moment))
        self._seen_until, self._seen_received = until, int(until.timestamp()) * 10**9
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

    def examples(
        self, project: str, window: Window, filters: Mapping[Dimension, Sequence[str]], order: str
    ) -> Sequence[str]:
        """Return trace ids of up to three example calls; `order` is failed, slow or costly."""
        calls = self._reader.example_calls(project, window, filters, Order(order), EXAMPLES_MAX * 4)
        return tuple(dict.fromkeys(call.trace_id for call in calls))[:EXAMPLES_MAX]
