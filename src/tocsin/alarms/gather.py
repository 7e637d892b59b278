"""From the store's answers to evidence, for every group of a tick, with as few questions as there can be.

A tick asks for: the windows that end at it, wider ones for groups with few calls, and when each group was last seen.
Once a minute: the same for the windows that end at the watermark. Once an hour: the usual levels and the rhythms.
What is kept between ticks is only ever a copy of what the store said; a new process asks again and judges the same.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.alarms.beside import Beside
from tocsin.alarms.evidence import SLOW_STEP, Broken, End, Evidence, EvidenceSource, Needs
from tocsin.alarms.usual import Usual, hour_of, hours_wanted
from tocsin.model.alarm import Group
from tocsin.model.fact import Ask
from tocsin.model.measure import Measure
from tocsin.model.parts import Parts
from tocsin.model.rhythm import Rhythm
from tocsin.model.whole import whole
from tocsin.model.window import Window

# Late spans have this long to come in before latency and cost are judged.
LAG = timedelta(seconds=30)
# A release counts as just changed for so long.
CHANGED_WITHIN = timedelta(minutes=30)
# So many hours of usual levels are kept: this one, and those from before open incidents.
HOURS_KEPT_MAX = 8
FAULT_LETTERS_MAX = 200
HOUR = timedelta(hours=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = timedelta(0)

Windows = Mapping[Group, Mapping[timedelta, Parts]]
_NO_WINDOWS: Mapping[timedelta, Parts] = {}
_NO_FACTS: Mapping[Ask, object] = {}
Facts = Mapping[Ask, Mapping[Group, object] | Broken]


@dataclass(frozen=True, slots=True)
class Past:
    """What the incidents say about the usual level of groups.

    `began`: the start of a group's oldest open incident: the level is the one from before it. `excluded`: stretches of
    earlier incidents.
    """

    began: Mapping[Group, datetime]
    excluded: Mapping[Group, tuple[Window, ...]]


NO_PAST = Past({}, {})


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything one tick can know; evidence is made of it on demand."""

    at: datetime
    untils: Mapping[End, datetime]
    windows: Mapping[End, Windows]
    usuals: "_Usuals"
    past: Past
    rhythms: Mapping[Group, Rhythm]
    last_seen: Mapping[Group, datetime]
    changes: Mapping[Group, datetime]
    up_since: datetime
    measures: Mapping[str, Measure]
    facts: Facts

    @property
    def groups(self) -> set[Group]:
        """Every group with something to say, the subjects that facts name, and the whole of each project."""
        found = set(self.rhythms) | set(self.last_seen)
        for windows in self.windows.values():
            found.update(windows)
        for told in self.facts.values():
            if not isinstance(told, Broken):
                found.update(told)
        return found | {whole(group.project) for group in found}

    @property
    def faults(self) -> tuple[str, ...]:
        """What could not be asked for, one sentence each."""
        return tuple(told.fault for told in self.facts.values() if isinstance(told, Broken))

    def _facts_of(self, group: Group) -> Mapping[Ask, object]:
        if not self.facts:
            return _NO_FACTS
        found: dict[Ask, object] = {}
        for ask, told in self.facts.items():
            fact = told if isinstance(told, Broken) else told.get(group, told.get(group.unnamed))
            if fact is not None:
                found[ask] = fact
        return found

    def of(self, group: Group, ends: Iterable[End] = tuple(End)) -> Mapping[End, Evidence]:
        """Return the evidence about one group, by where its windows end; a subject has its service's windows."""
        home = group.unnamed
        rhythm = self.rhythms.get(home)
        usual = self.usuals.of(home, self.at, self.past, rhythm)
        seen = self.last_seen.get(home)
        project_seen = self.last_seen.get(whole(group.project))
        changed = self.changes.get(home)
        facts = self._facts_of(group)
        return {
            end: Evidence(
                group=group,
                at=self.at,
                until=self.untils[end],
                windows=self.windows[end].get(home, _NO_WINDOWS),
                usual=usual,
                rhythm=rhythm,
                last_seen=seen,
                project_seen=project_seen,
                up_since=self.up_since,
                changed=changed,
                measures=self.measures,
                facts=facts,
            )
            for end in ends
        }


class _Usuals:
    """Usual levels by group and hour; one question for an hour of all groups."""

    def __init__(self, source: EvidenceSource) -> None:
        self._source = source
        self._hours: dict[datetime, Mapping[Group, Mapping[datetime, Parts]]] = {}
        self._made: dict[tuple[Group, datetime, tuple[Window, ...]], Usual] = {}
        # What was said since the last change of hour, past or rhythms: asked at every tick, for every group.
        self._said: tuple[datetime, Past, dict[Group, Usual]] | None = None

    def of(self, group: Group, at: datetime, past: Past, rhythm: Rhythm | None) -> Usual:
        said = self._said
        if said is None or said[1] is not past or not said[0] <= at < said[0] + HOUR:
            said = self._said = (hour_of(at), past, {})
        if group not in said[2]:
            said[2][group] = self._of(group, at, past, rhythm)
        return said[2][group]

    def _of(self, group: Group, at: datetime, past: Past, rhythm: Rhythm | None) -> Usual:
        hour = hour_of(min(at, past.began.get(group, at)))
        excluded = past.excluded.get(group, ())
        key = (group, hour, excluded)
        if key not in self._made:
            hours = self._at(hour).get(group, {})
            self._made[key] = Usual(hour, hours, rhythm.first_seen if rhythm else None, excluded)
        return self._made[key]

    def _at(self, hour: datetime) -> Mapping[Group, Mapping[datetime, Parts]]:
        if hour not in self._hours:
            while len(self._hours) >= HOURS_KEPT_MAX:
                gone = min(self._hours)
                del self._hours[gone]
                self._made = {key: usual for key, usual in self._made.items() if key[1] != gone}
            self._hours[hour] = self._source.hours(hours_wanted(hour), None)
        return self._hours[hour]

    def forget_levels_made_without_history(self) -> None:
        """Make every level anew when rhythms were read again: a group may have become known since."""
        self._made = {}
        self._said = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What all kinds together want of the windows that end together."""

    # Rising.
    lengths: tuple[timedelta, ...]
    sketched: frozenset[timedelta]
    signed: bool
    # Those that may want wider windows: by the longest of theirs, which of the wider ones are not among `lengths`.
    widening: tuple[tuple[Needs, timedelta, frozenset[timedelta]], ...]

    @classmethod
    def by(cls, needs: Sequence[Needs]) -> "_Wanted":
        lengths = frozenset(length for need in needs for length in need.windows)
        sketched = frozenset(length for need in needs if need.sketches for length in need.windows)
        return cls(
            tuple(sorted(lengths)),
            sketched,
            any(need.signs for need in needs),
            tuple(
                (need, max(need.windows), frozenset(need.wider) - (sketched if need.sketches else lengths))
                for need in needs
                if need.wider and need.windows
            ),
        )


class Gatherer:
    """Asks the source, and keeps its answers for as long as they hold: a minute, or an hour."""

    def __init__(
        self,
        source: EvidenceSource,
        measures: Mapping[str, Measure],
        needs: Iterable[Needs],
        *,
        up_since: datetime,
        lag: timedelta = LAG,
    ) -> None:
        self._source = source
        self._measures = measures
        wanted = tuple(needs)
        self._wanted = {end: _Wanted.by([need for need in wanted if need.end is end]) for end in End}
        self._asks = tuple(dict.fromkeys(ask for need in wanted for ask in need.asks))
        self._up_since = up_since
        self._lag = lag
        self._usuals = _Usuals(source)
        self._rhythms: tuple[datetime, Mapping[Group, Rhythm]] | None = None
        self._settled: tuple[datetime, Windows, Mapping[Group, datetime]] | None = None
        self._slow: tuple[datetime, Windows] | None = None
        self._told: dict[Ask, tuple[datetime, Mapping[Group, object] | Broken]] = {}

    def forget_the_past(self) -> None:
        """Ask again for usual levels, rhythms, long windows and facts: history has come in, or was made anew."""
        self._rhythms = None
        self._slow = None
        self._told = {}
        self._usuals = _Usuals(self._source)

    def gather(self, at: datetime, past: Past = NO_PAST) -> Gathered:
        """Gather what one tick can know."""
        watermark = (at - self._lag).replace(second=0, microsecond=0)
        if self._settled is None or self._settled[0] != watermark:
            windows = self._windows(watermark, self._wanted[End.WATERMARK])
            self._settled = (watermark, windows, self._source.changes(at - CHANGED_WITHIN, at))
        slow = _floor(watermark, SLOW_STEP)
        if self._slow is None or self._slow[0] != slow:
            self._slow = (slow, self._windows(slow, self._wanted[End.SLOW]))
        hour = hour_of(at)
        if self._rhythms is None or self._rhythms[0] != hour:
            self._rhythms = (hour, self._source.rhythms(at))
            self._usuals.forget_levels_made_without_history()
        return Gathered(
            at=at,
            untils={End.TICK: at, End.WATERMARK: watermark, End.SLOW: slow},
            windows={
                End.TICK: self._windows(at, self._wanted[End.TICK]),
                End.WATERMARK: self._settled[1],
                End.SLOW: self._slow[1],
            },
            usuals=self._usuals,
            past=past,
            rhythms=self._rhythms[1],
            last_seen=self._source.last_seen(at),
            changes=self._settled[2],
            up_since=self._up_since,
            measures=self._measures,
            facts={ask: self._fact(ask, at) for ask in self._asks},
        )

    def _fact(self, ask: Ask, at: datetime) -> Mapping[Group, object] | Broken:
        """Answer from memory within one step of the ask's grid. What fails stops the alarms that need it, no others."""
        moment = _floor(at, ask.every)
        known = self._told.get(ask)
        if known is None or known[0] != moment or isinstance(known[1], Broken):
            try:
                told = self._source.facts(ask, moment)
            except Exception as fault:  # noqa: BLE001 - the border of the alarms that rest on this ask
                told = Broken(
                    f"{type(ask).__name__} could not be asked: {type(fault).__name__}: {fault}"[:FAULT_LETTERS_MAX]
                )
            known = self._told[ask] = (moment, told)
        return known[1]

    def _windows(self, until: datetime, wanted: _Wanted) -> Windows:
        if not wanted.lengths:
            return {}
        found = self._source.windows(until, wanted.lengths, None, sketched=wanted.sketched, signed=wanted.signed)
        sparse: set[Group] = set()
        wider: set[timedelta] = set()
        wider_sketched: set[timedelta] = set()
        for need, longest, others in wanted.widening:
            thin = {
                group
                for group, windows in found.items()
                if (parts := windows.get(longest)) is not None and need.widen(parts)
            }
            if thin:
                sparse |= thin
                wider |= others
                wider_sketched |= set(need.wider) if need.sketches else set()
        if not wider:
            return found
        more = self._source.windows(until, sorted(wider), sparse, sketched=wider_sketched, signed=wanted.signed)
        return {group: Beside(windows, more[group]) if group in more else windows for group, windows in found.items()}


def _floor(at: datetime, step: timedelta) -> datetime:
    return at - (at - _EPOCH) % step if step > _NOTHING else at


def past_of(open_or_recent: Collection[tuple[Group, datetime, datetime | None]]) -> Past:
    """Make a `Past` of incidents, each as group, start, and end or None while it is open."""
    began: dict[Group, datetime] = {}
    excluded: dict[Group, tuple[Window, ...]] = {}
    for group, start, end in sorted(open_or_recent, key=lambda incident: incident[1]):
        if end is None:
            began.setdefault(group, start)
        else:
            excluded[group] = (*excluded.get(group, ()), Window(start, max(start, end)))
    return Past(began, excluded)
