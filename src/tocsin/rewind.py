"""Rewind: what the alarms would have told over the stored past, by the judges and the machine that run live.

One service after the other, so that memory holds the minutes of one: they don't know each other, but for when the
project as a whole was last heard of, and that is loaded once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.alarms.evidence import MINUTE
from tocsin.alarms.kind import Alarm, Scope
from tocsin.alarms.replay import Replayed, Tick, replayed, ticks
from tocsin.alarms.series import KNOWN, NO_PARTS, Series
from tocsin.alarms.sliding import NO_SKETCH
from tocsin.model.alarm import Group
from tocsin.model.asking import AddsUp, Filters
from tocsin.model.dimension import Dimension
from tocsin.model.measure import Measure
from tocsin.model.problem import BadInput
from tocsin.model.progress import Progress
from tocsin.model.window import Window
from tocsin.settings import duration_text, nearest

DAY = timedelta(days=1)
# How far back a replay may begin; a service's minutes are in memory all at once.
SINCE_MAX = timedelta(days=90)
SINCE_DEFAULT = timedelta(days=30)
# Minutes that are asked for at once, of one service.
LOADED_AT_ONCE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to replay: an alarm by name, empty for all that are on; over which project and how long until now."""

    name: str
    project: str
    since: timedelta
    # Only services of this name; empty: all.
    service: str = ""


def rewind(
    alarms: Sequence[Alarm], stored: AddsUp, measures: Mapping[str, Measure], asked: Asked, at: datetime
) -> Iterator[Progress | Replayed]:
    """Return the steps of a replay up to `at`: how far it is, again and again, and at last what it came to.

    Where calls were stored only later than `asked.since` ago, it begins with the first of them. Raises BadInput at
    once when no alarm has the name, or the stretch can't be replayed.
    """
    chosen = checked(alarms, asked)
    until = at.replace(second=0, microsecond=0)
    past = Window(until - asked.since, until)
    return _Rewind(stored, measures, asked.project, asked.service, past).steps(chosen)


def checked(alarms: Sequence[Alarm], asked: Asked) -> Sequence[Alarm]:
    """Return the alarms that are to be replayed. Raises BadInput where there are none, or the stretch can't be."""
    if not MINUTE <= asked.since <= SINCE_MAX:
        raise BadInput(
            f"since = {duration_text(asked.since)} must lie between 1m and {duration_text(SINCE_MAX)}; "
            "write it as in 30d or 12h"
        )
    found = [alarm for alarm in alarms if asked.name in {"", alarm.name}]
    if asked.name and not found:
        raise BadInput(f'no alarm "{asked.name}" is on; {nearest(asked.name, [alarm.name for alarm in alarms])}')
    return found


@dataclass(frozen=True, slots=True)
class _Rewind:
    stored: AddsUp
    measures: Mapping[str, Measure]
    project: str
    service: str
    asked: Window

    def steps(self, alarms: Sequence[Alarm]) -> Iterator[Progress | Replayed]:
        groups = self._groups() if any(alarm.kind.scope is Scope.SERVICE for alarm in alarms) or self.service else []
        # Where there is one service, its calls are the project's.
        alone = self._series(_filters(groups[0])) if len(groups) == 1 and not self.service else None
        project = alone or self._series({}, sketches=False)
        since = max(self.asked.since, project.first or self.asked.until)
        window = Window(since.replace(second=0, microsecond=0), self.asked.until)
        turns = groups or [None]
        days = max(1, -(-window.length // DAY))
        happened: list[Tick] = []
        for turn, group in enumerate(turns):
            yield Progress(turn * days, len(turns) * days)
            series = {} if group is None else {group: alone or self._series(_filters(group))}
            # What is about the whole project is judged once, beside the first of its services.
            scopes = {Scope.SERVICE} if turn else {Scope.SERVICE, Scope.PROJECT}
            judging = [alarm for alarm in alarms if alarm.kind.scope in scopes]
            if not judging:
                continue
            for tick in ticks(judging, series, self.measures, window, {self.project: project}):
                if tick.transitions or tick.told:
                    happened.append(tick)
                done = (tick.at - window.since) // DAY
                if done and tick.at - window.since == done * DAY:
                    yield Progress(turn * days + done, len(turns) * days)
        yield replayed(window, happened)

    def _groups(self) -> list[Group]:
        by = (Dimension.ENVIRONMENT, Dimension.SERVICE)
        filters: Filters = {Dimension.SERVICE: (self.service,)} if self.service else {}
        return sorted(
            Group(self.project, *row.group) for row in self.stored.parts(self.project, self._loaded, None, by, filters)
        )

    @property
    def _loaded(self) -> Window:
        """The window with the history before it that tells what is usual."""
        return Window(self.asked.since - KNOWN, self.asked.until)

    def _series(self, filters: Filters, *, sketches: bool = True) -> Series:
        series = Series(self._loaded.since)
        since = self._loaded.since
        while since < self._loaded.until:
            until = min(since + LOADED_AT_ONCE, self._loaded.until)
            found = {
                row.at: row.parts if sketches else replace(row.parts, duration=NO_SKETCH, ttft=NO_SKETCH)
                for row in self.stored.parts(self.project, Window(since, until), MINUTE, (), filters)
            }
            for n in range((until - since) // MINUTE):
                series.append(found.get(since + n * MINUTE, NO_PARTS))
            since = until
        return series


def _filters(group: Group) -> Filters:
    return {Dimension.SERVICE: (group.service,), Dimension.ENVIRONMENT: (group.environment,)}
