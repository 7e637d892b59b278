"""Replay: the same judges and the same machine over the past. "This would have fired three times"."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tocsin.alarms.evidence import MINUTE, End, Evidence
from tocsin.alarms.gather import Gatherer, past_of
from tocsin.alarms.incidents import KNOWN_WITHIN, Firing, follow, unusual
from tocsin.alarms.judge import Judged, Said, judge, nothing_stirs
from tocsin.alarms.kind import Alarm
from tocsin.alarms.machine import NOTHING, Course, at_rest
from tocsin.alarms.series import NO_WHOLES, Facts, Series, SeriesSource, no_facts
from tocsin.alarms.telling import Told
from tocsin.model.alarm import Group, Judgement, Phase, Severity, Transition, Verdict
from tocsin.model.measure import Measure
from tocsin.model.window import Window

if TYPE_CHECKING:
    from tocsin.model.incident import Incident

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Tick:
    """What one replayed tick did."""

    at: datetime
    transitions: tuple[Transition, ...]
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Firings:
    """One time that an alarm would have fired; `ended` is None when it still fired at the end."""

    alarm: str
    group: Group
    fired: datetime
    ended: datetime | None
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a stretch of the past would have told."""

    window: Window
    firings: tuple[Firings, ...]
    told: tuple[Told, ...]

    @property
    def pages(self) -> int:
        """Messages that would have woken somebody, ends not counted."""
        return sum(told.incident.severity is Severity.PAGE and told.incident.closed is None for told in self.told)

    @property
    def pages_per_week(self) -> float:
        """The same, as a rate; 0 for a window of no length."""
        return self.pages * (WEEK / self.window.length) if self.window.length else 0.0


def replay(
    alarms: Sequence[Alarm],
    series: Mapping[Group, Series],
    measures: Mapping[str, Measure],
    window: Window,
) -> Replayed:
    """Judge every minute of `window`; what the series hold before it is history."""
    return replayed(window, list(ticks(alarms, series, measures, window)))


def replayed(window: Window, done: Iterable[Tick]) -> Replayed:
    """Put together what the ticks of a window came to; they may be of several groups, each group's in order."""
    happened = [tick for tick in done if tick.transitions or tick.told]
    transitions = [moved for tick in happened for moved in tick.transitions]
    told = sorted(
        (told for tick in happened for told in tick.told), key=lambda one: (one.incident.opened, one.incident.id)
    )
    return Replayed(window, tuple(_firings(transitions)), tuple(told))


def ticks(  # noqa: PLR0913 - what is judged, and what answers the alarms' questions
    alarms: Sequence[Alarm],
    series: Mapping[Group, Series],
    measures: Mapping[str, Measure],
    window: Window,
    wholes: Mapping[str, Series] = NO_WHOLES,
    *,
    facts: Facts = no_facts,
) -> Iterator[Tick]:
    """Judge every minute from `window.since` to `window.until`, both included, and yield what came of each.

    All spans of the past are in, so nothing waits for late ones: every window ends at the tick. `wholes` has all calls
    of a project, where `series` holds only some of its groups. `facts` answers what calls don't tell.
    """
    source = SeriesSource(series, wholes, facts)
    needs = [alarm.needs for alarm in alarms]
    # The server is taken to have listened all along.
    up_since = min((one.start for one in (*series.values(), *wholes.values())), default=window.since)
    gatherer = Gatherer(source, measures, needs, up_since=up_since, lag=NOTHING)
    memory = _Memory(alarms)
    at = window.since
    while at <= window.until:
        yield memory.tick(gatherer, at)
        at += MINUTE


@dataclass(slots=True)
class _Seat:
    """What a group's alarms remember: which they are, where each stands, and what it said."""

    alarms: Sequence[tuple[Alarm, End]]
    ends: Collection[End]
    courses: dict[str, Course] = field(default_factory=dict[str, Course])
    said: dict[str, Said] = field(default_factory=dict[str, Said])

    @property
    def stirs(self) -> bool:
        """Whether any of them is not at rest."""
        return any(course.standing.phase is not Phase.QUIET for course in self.courses.values())

    def judged(self, alarm: Alarm, evidence: Evidence) -> Judged | None:
        """Judge, or return None where that would change nothing."""
        now = self.courses.get(alarm.name)
        if now is None:
            now = self.courses[alarm.name] = at_rest(evidence.at)
        if nothing_stirs(alarm, evidence, now):
            return None
        steady = alarm.kind.steady
        said = self.said.get(alarm.name) if steady else None
        judged = judge(alarm, evidence, now, elapsed=MINUTE, said=said)
        if steady and judged.judgement.verdict is not Verdict.FAILED:
            self.said[alarm.name] = Said.on(evidence, now.standing.phase, judged.judgement)
        self.courses[alarm.name] = judged.course
        return judged


class _Memory:
    """What a live tick reads from the control state, kept in memory."""

    def __init__(self, alarms: Sequence[Alarm]) -> None:
        self._alarms = [(alarm, alarm.end) for alarm in alarms]
        self._causes = {alarm.name: alarm.kind.cause for alarm in alarms}
        self._seats: dict[Group, _Seat] = {}
        self._incidents: dict[str, Incident] = {}
        self._past = past_of(())

    def tick(self, gatherer: Gatherer, at: datetime) -> Tick:
        gathered = gatherer.gather(at, self._past)
        moved: list[Transition] = []
        firing: list[Firing] = []
        # As live: a subject that no fact names any more is judged until it is at rest.
        known = {group for group, seat in self._seats.items() if group.subject and seat.stirs}
        for group in gathered.groups | known:
            seat = self._seat(group)
            evidence = gathered.of(group, seat.ends)
            for alarm, end in seat.alarms:
                judged = seat.judged(alarm, evidence[end])
                if judged is None:
                    continue
                if judged.transition is not None:
                    moved.append(judged.transition)
                if judged.course.active:
                    standing = judged.course.standing
                    clearing = standing.phase is Phase.CLEARING
                    firing.append(Firing(alarm.name, group, standing.since, judged.judgement, clearing=clearing))
        return Tick(at, tuple(moved), self._follow(firing, at))

    def _seat(self, group: Group) -> _Seat:
        if group not in self._seats:
            alarms = [(alarm, end) for alarm, end in self._alarms if alarm.covers(group)]
            self._seats[group] = _Seat(alarms, frozenset(end for _, end in alarms))
        return self._seats[group]

    def _follow(self, firing: Sequence[Firing], at: datetime) -> tuple[Told, ...]:
        recent = [one for one in self._incidents.values() if one.closed is None or at - one.closed <= KNOWN_WITHIN]
        if not firing and not recent:
            return ()
        followed = follow(firing, recent, self._causes, at)
        self._incidents |= {incident.id: incident for incident in followed.changed}
        if followed.due:
            self._past = past_of(
                [(one.group, one.started, one.closed) for one in self._incidents.values() if unusual(one, self._causes)]
            )
        # A reminder is a line under a message that was counted already.
        return tuple(told for told in followed.due if not told.is_aside)


def _firings(transitions: Sequence[Transition]) -> Iterator[Firings]:
    open_now: dict[tuple[str, Group], Firings] = {}
    done: list[Firings] = []
    for moved in transitions:
        key = (moved.alarm, moved.group)
        if moved.now is Phase.FIRING and key not in open_now:
            open_now[key] = Firings(moved.alarm, moved.group, moved.at, None, moved.judgement)
        elif moved.now is Phase.QUIET and key in open_now:
            done.append(replace(open_now.pop(key), ended=moved.at))
    yield from sorted([*done, *open_now.values()], key=lambda one: (one.fired, one.alarm, one.group))
