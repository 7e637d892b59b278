"""The second loop: one tick is one control transaction, and time is an argument.

A tick judges every alarm on what the store holds, appends what moved, brings the incidents up to date, puts the
messages that are due into the outbox and moves the tick mark. All of it is committed, or nothing. A crash between any
two lines loses nothing: the next tick finds the mark where it was and judges again.

Ticks lie on a grid, so that the same moments are judged whoever is late. Missed ones are judged in order, stamped with
their own time: all of them up to a limit, beyond it one a minute, beyond an hour the gap itself is written down and
told. A tick mark far in the future was made by a clock that was ahead: it is not waited for.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol

from tocsin.alarms import amends
from tocsin.alarms.evidence import End, EvidenceSource
from tocsin.alarms.gather import LAG, Gathered, Gatherer, Past, past_of
from tocsin.alarms.incidents import KNOWN_WITHIN, Firing, follow, unusual
from tocsin.alarms.inquiry import Inquiry, is_due_again
from tocsin.alarms.judge import Said, judge
from tocsin.alarms.kind import Alarm
from tocsin.alarms.machine import NOTHING, Course, at_rest
from tocsin.alarms.maintenance import Maintenance, in_force
from tocsin.alarms.telling import Told
from tocsin.alarms.usual import hour_of
from tocsin.model.alarm import Group, Judgement, Phase, Standing, Transition, Verdict
from tocsin.model.drill import Drill, is_drill
from tocsin.model.hush import Silence
from tocsin.model.incident import Incident
from tocsin.model.measure import Measure
from tocsin.model.notice import Notice, NoticeState
from tocsin.model.window import Window

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# Missed ticks that are judged one by one; beyond these one a minute, and so many of those.
MISSED_TICKS_MAX = 60
# Alarm instances of one tick; groups beyond are left out and counted.
GROUPS_MAX = 2_000
# How far back incidents are kept out of the usual levels.
USUAL_PAST = timedelta(days=29)

# A tick mark further ahead than this was made by a clock that was wrong, and silences nothing.
MARK_AHEAD = timedelta(minutes=5)
COURSE_NOTE = "course"

Instance = tuple[str, Group]


class Transacting(Protocol):
    """What a tick reads and writes of the control state, inside one transaction."""

    @property
    def ticked(self) -> datetime | None:
        """The last tick that was committed; None before the first."""
        ...

    @ticked.setter
    def ticked(self, at: datetime) -> None: ...

    def standings(self) -> Mapping[Instance, tuple[Standing, Transition]]:
        """Return where each instance stands."""
        ...

    def append(self, transitions: Sequence[Transition]) -> None:
        """Add to the log."""
        ...

    def recent_incidents(self, since: datetime) -> Sequence[Incident]:
        """Return open incidents, and those closed at `since` or later."""
        ...

    def save_incident(self, incident: Incident) -> None:
        """Write an incident whole."""
        ...

    def silences(self, not_over: datetime) -> Sequence[Silence]:
        """Return the silences that are not over before a moment."""
        ...

    def put_in_outbox(self, notices: Sequence[Notice], channels: Sequence[str]) -> None:
        """Queue each notice for each channel."""
        ...

    def all_notes(self) -> Mapping[Instance, Mapping[str, Any]]:
        """Return the bookkeeping of every instance that has any."""
        ...

    def set_notes(self, name: str, values: Mapping[Instance, object]) -> None:
        """Keep one JSON value for each of some instances; None removes it."""
        ...

    def save_judgements(self, judgements: Mapping[Instance, Judgement], at: datetime) -> None:
        """Keep the newest judgement of each instance, for the pages."""
        ...


class ControlState(Protocol):
    """Where transactions come from."""

    def transaction(self) -> AbstractContextManager[Transacting]:
        """Hold the write lock for a block; committed at its end, or nothing when it raises."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """How often and how late to judge."""

    every: timedelta = timedelta(seconds=5)
    # Late spans have this long to come in before latency and cost are judged; errors and silence don't wait.
    lag: timedelta = LAG

    def __post_init__(self) -> None:
        if not timedelta(seconds=1) <= self.every <= MINUTE or MINUTE % self.every:
            raise ValueError(f"every must divide a minute, as 1s, 5s or 30s do; got {self.every}")
        if not NOTHING <= self.lag <= timedelta(minutes=5):
            raise ValueError(f"lag must lie between 0s and 5m; got {self.lag}")


@dataclass(frozen=True, slots=True)
class Due:
    """A tick to be judged. `elapsed` is the judged time since the one before: never more than one step of its grid."""

    at: datetime
    elapsed: timedelta
    late: bool


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one call of `Watch.tick` did; counters are per call."""

    # The last moment judged; None when no tick was due.
    at: datetime | None = None
    transitions: tuple[Transition, ...] = ()
    notices: tuple[Notice, ...] = ()
    judged: int = 0
    # Judges that broke, by alarm and fault; and what could not be found out for a message.
    faults: tuple[str, ...] = ()
    # Alarms that failed at the last moment judged, each with the class of a fault, which quotes nothing.
    failing: Mapping[str, str] = field(default_factory=dict[str, str])
    groups_left_out: int = 0
    # A stretch that nobody judged and nobody will.
    gap: Window | None = None
    # The tick mark, where it lay so far in the future that it was given up.
    mark_ahead: datetime | None = None


def ticks_due(ticked: datetime | None, at: datetime, every: timedelta) -> tuple[list[Due], Window | None]:
    """Return the ticks to judge at `at`, in order, and the stretch that is beyond catching up, if there is one.

    A clock that went back a little judges nothing until it has caught up; a mark far ahead counts as none.
    """
    newest = EPOCH + (at - EPOCH) // every * every
    if ticked is None or _far_ahead(ticked, at):
        return [Due(newest, NOTHING, late=False)], None
    missed = (newest - ticked) // every
    if missed <= MISSED_TICKS_MAX:
        moments = [newest - n * every for n in range(missed - 1, -1, -1)]
        return _dues(ticked, moments, every), None
    last_minute = newest.replace(second=0, microsecond=0)
    oldest = max(ticked, last_minute - MISSED_TICKS_MAX * MINUTE)
    moments = [last_minute - n * MINUTE for n in range(MISSED_TICKS_MAX) if last_minute - n * MINUTE > oldest][::-1]
    if moments[-1] < newest:
        moments.append(newest)
    gap = Window(ticked, moments[0]) if moments[0] - ticked > MINUTE else None
    return _dues(ticked, moments, MINUTE), gap


def _far_ahead(ticked: datetime, at: datetime) -> bool:
    return ticked - at > MARK_AHEAD


def _dues(ticked: datetime, moments: Sequence[datetime], step: timedelta) -> list[Due]:
    return [Due(now, min(now - before, step), late=now < moments[-1]) for before, now in pairwise([ticked, *moments])]


@dataclass(frozen=True, slots=True)
class Telling:
    """How and to whom to tell: the measures, the writer of messages, and the channels by name."""

    measures: Mapping[str, Measure]
    tell: Callable[[Incident, NoticeState, datetime], Notice]
    channels: Sequence[str]
    # Times that come again, in which messages are held back.
    windows: Sequence[Maintenance] = ()
    # Those of them that can change a message: better words for what was told come to them.
    changing: Sequence[str] = ()


# Does what it is given and returns what that returned; None where it took too long to wait for.
Within = Callable[[Callable[[], Incident]], Incident | None]


def at_leisure(look: Callable[[], Incident]) -> Incident | None:
    """Wait however long it takes."""
    return look()


@dataclass(slots=True)
class Watch:
    """Ticks. What it keeps between ticks are copies of what is committed; a new one behaves the same."""

    alarms: Sequence[Alarm]
    source: EvidenceSource
    control: ControlState
    telling: Telling
    # Since when spans could come in without interruption: mostly, when the server started.
    up_since: datetime
    settings: Settings = field(default_factory=Settings)
    # The drill that is under way, in this process; what is left of any other is over.
    drilling: Drill | None = None
    # How long looking into an incident may hold a tick up.
    within: Within = at_leisure
    _gatherer: Gatherer = field(init=False)
    _ends: Sequence[tuple[Alarm, End]] = field(init=False)
    _past: tuple[datetime, Past] | None = field(init=False, default=None)
    _said: dict[Instance, Said] = field(init=False, default_factory=dict[Instance, Said])

    def __post_init__(self) -> None:
        self._ends = [(alarm, alarm.end) for alarm in self.alarms]
        self._gatherer = self._gathering()

    def history_changed(self) -> None:
        """Learn usual levels anew at the next tick: minutes that were long over have changed."""
        self._gatherer.forget_the_past()

    def tick(self, at: datetime) -> Ticked:
        """Judge every tick that is due at `at`; one transaction.

        Raises what the store or the control state raise; then nothing was changed, and the next tick catches up.
        """
        with self.control.transaction() as tx:
            mark = tx.ticked
            due, gap = ticks_due(mark, at, self.settings.every)
            if not due:
                return Ticked()
            mark_ahead = mark if mark is not None and _far_ahead(mark, at) else None
            if mark_ahead is not None:
                self._forget_the_future(due[0].at)
            work = self._work(tx, due[0].at)
            for one in due:
                self._judge_all(work, one)
                self._follow(work, one.at)
                self._look_again(work, one)
            if gap is not None:
                self._tell_gap(work, gap, due[-1].at)
            self._write(tx, work, due[-1].at)
        if work.incidents_moved:
            self._past = None
        return Ticked(
            at=due[-1].at,
            transitions=tuple(work.transitions),
            notices=tuple(work.notices),
            judged=work.judged,
            faults=tuple(work.faults),
            failing=work.failing,
            groups_left_out=work.groups_left_out,
            gap=gap,
            mark_ahead=mark_ahead,
        )

    def _gathering(self) -> Gatherer:
        needs = [alarm.needs for alarm in self.alarms]
        return Gatherer(self.source, self.telling.measures, needs, up_since=self.up_since, lag=self.settings.lag)

    def _forget_the_future(self, at: datetime) -> None:
        """Drop what was learned by a clock that was ahead."""
        self.up_since = min(self.up_since, at)
        self._gatherer = self._gathering()
        self._past = None

    def _work(self, tx: Transacting, first: datetime) -> "_Work":
        notes = tx.all_notes()
        standings = tx.standings()
        noted = {instance: kept[COURSE_NOTE] for instance, kept in notes.items() if COURSE_NOTE in kept}
        courses = {instance: _course(standing, noted.get(instance)) for instance, (standing, _) in standings.items()}
        if self._past is None or self._past[0] != hour_of(first):
            causes = {alarm.name: alarm.kind.cause for alarm in self.alarms}
            told = [amends.begun_by(one, first) for one in tx.recent_incidents(first - USUAL_PAST)]
            self._said = {}
            self._past = (
                hour_of(first),
                past_of([(one.group, one.started, one.closed) for one in told if unusual(one, causes)]),
            )
        work = _Work(
            past=self._past[1],
            courses=courses,
            noted=noted,
            incidents={one.id: one for one in tx.recent_incidents(first - KNOWN_WITHIN)},
            silences=tx.silences(first),
            drilling=self.drilling,
        )
        self._put_right(work, first)
        return work

    def _put_right(self, work: "_Work", at: datetime) -> None:
        """Take up again what lies in the future, and bring to rest what nobody judges any more; nothing is told."""
        for moved in amends.taken_up(work.courses, at):
            work.move(moved)
        for moved in amends.drills_over(work.courses, work.drilling, at):
            work.move(moved)
        gone = amends.retired(work.courses, self.alarms, at)
        for moved in gone:
            work.move(moved)
        instances = {(moved.alarm, moved.group) for moved in gone}
        for one in tuple(work.incidents.values()):
            work.keep(amends.without(amends.begun_by(one, at), instances, at))

    def _tell_gap(self, work: "_Work", gap: Window, at: datetime) -> None:
        """Write a gap down and tell it to every project that is known: its beginning and its end, as one message."""
        projects = {group.project for _, group in (*work.courses, *work.judgements) if not is_drill(group)}
        work.transitions += amends.gap_log(gap, projects)
        for project in sorted(projects):
            incident = amends.gap_incident(gap, project)
            for state in (NoticeState.FIRING, NoticeState.RESOLVED):
                work.notices.append(self.telling.tell(incident, state, at))
                incident = replace(incident, notices=incident.notices + 1)
            work.keep(incident)

    def _judge_all(self, work: "_Work", due: Due) -> None:
        gathered = self._gatherer.gather(due.at, work.past)
        # Where something is going on comes first: what is beyond the limit must not be what fires.
        stirring = {group for (_, group), course in work.courses.items() if course.standing.phase is not Phase.QUIET}
        # A subject at rest that no fact names any more is over: a run that ended, a tenant without a budget.
        known = {
            group
            for (_, group), course in work.courses.items()
            if not group.subject or course.standing.phase is not Phase.QUIET
        }
        work.faults += gathered.faults
        watched = {group for group in gathered.groups | known if not amends.unwatched(group, work.drilling)}
        groups = sorted(watched, key=lambda group: (group not in stirring, group))
        work.groups_left_out = max(0, len(groups) - GROUPS_MAX)
        work.firing, work.failing = [], {}
        for group in groups[:GROUPS_MAX]:
            self._judge_group(work, gathered, group, due)

    def _judge_group(self, work: "_Work", gathered: Gathered, group: Group, due: Due) -> None:
        evidence = gathered.of(group)
        for alarm, end in self._ends:
            if not alarm.covers(group):
                continue
            instance = (alarm.name, group)
            now = work.courses.get(instance) or at_rest(due.at)
            about, phase, steady = evidence[end], now.standing.phase, alarm.kind.steady
            said = self._said.get(instance) if steady else None
            judged = judge(alarm, about, now, elapsed=due.elapsed, late=due.late, said=said)
            if steady and judged.judgement.verdict is not Verdict.FAILED:
                self._said[instance] = Said.on(about, phase, judged.judgement)
            work.judged += 1
            work.judgements[instance] = judged.judgement
            if judged.judgement.verdict is Verdict.FAILED:
                work.faults.append(f"{alarm.name}: {judged.judgement.note}")
                work.failing[alarm.name] = judged.judgement.note.partition(":")[0]
            if judged.course is not now:
                work.courses[instance] = judged.course
                work.stirred.add(instance)
            if judged.transition is not None:
                work.transitions.append(judged.transition)
            if judged.course.active:
                standing = judged.course.standing
                clearing = standing.phase is Phase.CLEARING
                work.firing.append(Firing(alarm.name, group, standing.since, judged.judgement, clearing=clearing))

    def _follow(self, work: "_Work", at: datetime) -> None:
        if not work.firing and not work.incidents:
            return
        recent = [one for one in work.incidents.values() if _matters(one, at)]
        hushes = in_force(work.silences, self.telling.windows, at)
        followed = follow(work.firing, recent, {alarm.name: alarm.kind.cause for alarm in self.alarms}, at, hushes)
        changed = {one.id: amends.told_as(one, work.drilling) for one in followed.changed}
        for told in followed.due:
            work.incidents_moved = True
            changed[told.incident.id] = self._tell(work, told, changed[told.incident.id], at)
        work.incidents |= changed
        work.changed_incidents |= changed.keys()

    def _tell(self, work: "_Work", told: Told, counted: Incident, at: datetime) -> Incident:
        """Look into an incident, write its message, and return it as it is to be kept."""
        found = self._looked_into(work, amends.told_as(told.incident, work.drilling), at)
        notice = self.telling.tell(found, told.state, at)
        said = {"aside": told.line} if told.is_aside else {"handled": f"{notice.handled} {told.line}".strip()}
        work.notices.append(replace(notice, **said))
        return replace(found, notices=counted.notices)

    def _looked_into(self, work: "_Work", incident: Incident, at: datetime) -> Incident:
        """Return the incident with what can be found out in time, and as it is where nothing can."""
        inquiry = Inquiry(self.source, {alarm.name: alarm for alarm in self.alarms})
        found = self.within(lambda: inquiry.into(incident, at))
        if found is None:
            work.faults.append(f"{incident.id}: looking into it takes too long; it is told without")
            return incident
        work.faults += inquiry.faults
        return found

    def _look_again(self, work: "_Work", due: Due) -> None:
        """Put better words to what was told, as calls come in; nothing is told a second time for it."""
        if due.late:
            return
        for incident in tuple(work.incidents.values()):
            if not is_due_again(incident, due.at - due.elapsed, due.at):
                continue
            found = self._looked_into(work, incident, due.at)
            if (found.why, found.changed) != (incident.why, incident.changed) and self.telling.changing:
                notice = self.telling.tell(found, NoticeState.FIRING, due.at)
                work.better_words.append(replace(notice, quiet=True))
                found = replace(found, notices=found.notices + 1)
            work.keep(found)

    def _write(self, tx: Transacting, work: "_Work", at: datetime) -> None:
        tx.append(work.transitions)
        for incident_id in sorted(work.changed_incidents):
            tx.save_incident(work.incidents[incident_id])
        tx.put_in_outbox(work.notices, self.telling.channels)
        tx.put_in_outbox(work.better_words, self.telling.changing)
        notes = {instance: _note_of(work.courses.get(instance)) for instance in work.stirred | work.noted.keys()}
        tx.set_notes(COURSE_NOTE, {key: note for key, note in notes.items() if note != work.noted.get(key)})
        tx.save_judgements(_worth_keeping(work, at), at)
        tx.ticked = at


@dataclass(slots=True)
class _Work:
    """One transaction's work: read at its start, written at its end."""

    past: Past
    courses: dict[Instance, Course]
    # What the store keeps of each course that its log can't say.
    noted: Mapping[Instance, Mapping[str, Any]]
    incidents: dict[str, Incident]
    silences: Sequence[Silence] = ()
    # As it was at the start of the transaction, whatever begins or ends meanwhile.
    drilling: Drill | None = None
    transitions: list[Transition] = field(default_factory=list[Transition])
    notices: list[Notice] = field(default_factory=list[Notice])
    better_words: list[Notice] = field(default_factory=list[Notice])
    firing: list[Firing] = field(default_factory=list[Firing])
    judgements: dict[Instance, Judgement] = field(default_factory=dict[Instance, Judgement])
    stirred: set[Instance] = field(default_factory=set[Instance])
    changed_incidents: set[str] = field(default_factory=set[str])
    faults: list[str] = field(default_factory=list[str])
    failing: dict[str, str] = field(default_factory=dict[str, str])
    incidents_moved: bool = False
    judged: int = 0
    groups_left_out: int = 0

    def move(self, moved: Transition) -> None:
        """Take a transition that no judge made."""
        instance = (moved.alarm, moved.group)
        before = self.courses[instance] if moved.was is moved.now else at_rest(moved.at)
        self.transitions.append(moved)
        self.courses[instance] = replace(before, standing=Standing(moved.now, since=moved.at))
        self.stirred.add(instance)

    def keep(self, incident: Incident) -> None:
        """Keep an incident that is new or was changed."""
        if self.incidents.get(incident.id) != incident:
            self.incidents[incident.id] = incident
            self.changed_incidents.add(incident.id)
            self.incidents_moved = True


def _matters(incident: Incident, at: datetime) -> bool:
    """Whether an incident is open, or may be opened again: not when a clock that was ahead closed it after `at`."""
    return incident.closed is None or NOTHING <= at - incident.closed <= KNOWN_WITHIN


def _course(standing: Standing, note: Mapping[str, Any] | None) -> Course:
    if note is None:
        return Course(standing)
    return Course(standing, waited=note["waited_us"] * MICROSECOND, moves=note["moves"])


def _note_of(course: Course | None) -> dict[str, int] | None:
    """Return what the log can't say of a course; None where there is nothing to say."""
    if course is None or (course.waited == NOTHING and course.moves == 0):
        return None
    return {"waited_us": course.waited // MICROSECOND, "moves": course.moves}


def _worth_keeping(work: _Work, at: datetime) -> dict[Instance, Judgement]:
    """Keep all judgements once a minute, and in between those of alarms that are not at rest, or broken."""
    if at.second == 0:
        return work.judgements
    return {
        instance: judgement
        for instance, judgement in work.judgements.items()
        if judgement.verdict is Verdict.FAILED
        or (instance in work.courses and work.courses[instance].standing.phase is not Phase.QUIET)
    }
