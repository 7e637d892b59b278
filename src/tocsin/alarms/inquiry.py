"""What an incident's message adds: when it began, what explains it, what changed, and example calls.

Asked when a message is due, and not otherwise. Whatever of it can't be had, the message goes without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tocsin.alarms.evidence import EvidenceSource
from tocsin.alarms.explain import Newcomer, Question, Slice, Slices, explain, newcomers, what_changed
from tocsin.alarms.kind import Alarm, Cause
from tocsin.alarms.onset import onset
from tocsin.model.alarm import Group, Judgement
from tocsin.model.asking import Filters
from tocsin.model.dimension import ROLLED, Dimension
from tocsin.model.incident import Incident, Member
from tocsin.model.parts import Parts
from tocsin.model.whole import is_whole
from tocsin.model.window import Window

MINUTE = timedelta(minutes=1)
# How far back the start of a trouble is looked for.
ONSET_MAX = timedelta(hours=6)
# What an incident is compared with: so long before it. Dimensions outside of the rollups read single calls.
BEFORE_ROLLED = timedelta(hours=24)
BEFORE_CALLS = timedelta(hours=2)
# Values of a dimension that are looked at; the rest are too small to explain anything.
VALUES_MAX = 50
FAULT_LETTERS_MAX = 200

DIMENSIONS: tuple[Dimension, ...] = (
    Dimension.PROVIDER,
    Dimension.MODEL,
    Dimension.RELEASE,
    Dimension.OPERATION,
    Dimension.ERROR_TYPE,
    Dimension.FEATURE,
    Dimension.TENANT,
)
INSIDE: tuple[Dimension, ...] = (Dimension.MODEL, Dimension.RELEASE, Dimension.ERROR_TYPE, Dimension.FEATURE)
NEWCOMERS: tuple[Dimension, ...] = (Dimension.RELEASE, Dimension.MODEL)
# Subjects that are the values of a dimension.
_SUBJECTS: Mapping[str, Dimension] = {"tenant": Dimension.TENANT, "feature": Dimension.FEATURE}
# Which calls are examples: by what is wrong, or by the measure that says it.
ORDERS: Mapping[Cause, str] = {
    Cause.ERRORS: "failed",
    Cause.ERROR_CLASS: "failed",
    Cause.ERROR_BUDGET: "failed",
    Cause.LATENCY: "slow",
    Cause.COST: "costly",
}
ORDERS_BY_MEASURE: Mapping[str, str] = {
    "empty_share": "empty",
    "cut_short_share": "cut_short",
    "refused_share": "refused",
    "swapped_share": "swapped",
}


# So long after an alarm of an open incident fired it is looked into again, since there is more to go by; and after the
# last of them once an hour.
AGAIN_AFTER = (MINUTE, 5 * MINUTE, 15 * MINUTE)
AGAIN_EVERY = timedelta(hours=1)


def is_due_again(incident: Incident, after: datetime, at: datetime) -> bool:
    """Say whether an open incident that was told is to be looked into again at a moment in (after, at]."""
    if incident.closed is not None or not incident.notices:
        return False
    return any(_passed(one.fired, after) < _passed(one.fired, at) for one in incident.members if one.cleared is None)


def _passed(fired: datetime, at: datetime) -> int:
    """Count the moments of looking again that have passed."""
    return sum(at - fired >= moment for moment in AGAIN_AFTER) + max((at - fired) // AGAIN_EVERY, 0)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Looks into incidents. `faults` collects what could not be found out, for the log."""

    source: EvidenceSource
    alarms: Mapping[str, Alarm]
    faults: list[str] = field(default_factory=list[str])

    def into(self, incident: Incident, at: datetime) -> Incident:
        """Return the incident with start, explanation, what changed and examples filled in, as known at `at`."""
        member = incident.lead
        alarm = self.alarms.get(member.alarm) if member else None
        if member is None or alarm is None:
            return incident
        case = _Case(self.source, alarm, member, incident.instance(member)[1], at)
        try:
            if incident.notices == 0:
                incident = replace(incident, started=min(incident.started, case.began()))
            if alarm.kind.bad_of is None or (incident.closed is not None and incident.why):
                return incident
            until = max(incident.closed or at, incident.started + MINUTE)
            during = Window(incident.started, until)
            incident = replace(incident, why=case.why(during))
            incident = replace(incident, changed=case.changed(during))
            return replace(incident, examples=case.examples(during))
        except Exception as fault:  # noqa: BLE001 - the border of one alarm: its message goes out with less in it
            self.faults.append(f"{incident.id}: {type(fault).__name__}: {fault}"[:FAULT_LETTERS_MAX])
            return incident


@dataclass(frozen=True, slots=True)
class _Case:
    source: EvidenceSource
    alarm: Alarm
    member: Member
    group: Group
    at: datetime

    @property
    def _judgement(self) -> Judgement:
        return self.member.judgement

    @property
    def _filters(self) -> Filters:
        word, _, name = self.group.subject.partition(" ")
        inside: Filters = {_SUBJECTS[word]: (name,)} if word in _SUBJECTS else {}
        if is_whole(self.group):
            return inside
        return inside | {Dimension.SERVICE: (self.group.service,), Dimension.ENVIRONMENT: (self.group.environment,)}

    def began(self) -> datetime:
        """When the headline's trouble began."""
        if self.alarm.kind.cause is Cause.NO_DATA:
            return self.at - self._judgement.window
        until = self.member.fired.replace(second=0, microsecond=0) + MINUTE
        rows = self.source.parts(self.group.project, Window(until - ONSET_MAX, until), MINUTE, (), self._filters)
        kind = self.alarm.kind
        first = onset(rows, lambda minute: kind.bad_minute(self.alarm.settings, self._judgement, minute))
        return self.member.fired if first is None else first

    def why(self, during: Window) -> str:
        """What explains it, as one sentence."""
        bad_of = self.alarm.kind.bad_of
        assert bad_of is not None, "asked only of kinds that can be explained"
        question = Question(
            cause=self.alarm.kind.cause,
            bad_of=lambda parts: bad_of(self.alarm.settings, self._judgement, parts),
            scale=during.length / BEFORE_ROLLED,
        )
        dimensions = (*DIMENSIONS, Dimension.RESPONSE_MODEL) if question.cause is Cause.ANSWERS else DIMENSIONS
        slices = self._slices(dimensions, during, self._filters)
        return explain(
            question,
            slices,
            lambda dimension, value: self._slices(
                [inner for inner in INSIDE if inner is not dimension], during, {**self._filters, dimension: (value,)}
            ),
        )

    def _slices(self, dimensions: Sequence[Dimension], during: Window, filters: Filters) -> Slices:
        return {dimension: self._slice(dimension, during, filters) for dimension in dimensions}

    def _slice(self, dimension: Dimension, during: Window, filters: Filters) -> list[Slice]:
        rolled = dimension in ROLLED and set(filters) <= ROLLED
        # Parts of a shorter time before are worth more, so that money compares: see `scale`.
        length = BEFORE_ROLLED if rolled else BEFORE_CALLS
        before = Window(during.since - length, during.since)
        now = self._by_value(dimension, during, filters)
        then = self._by_value(dimension, before, filters)
        if not rolled:
            then = {value: _times(parts, round(BEFORE_ROLLED / length)) for value, parts in then.items()}
        largest = sorted(now, key=lambda value: -now[value].calls)[:VALUES_MAX]
        slices = [Slice(value, now[value], then.get(value, Parts())) for value in largest]
        gone = Parts.merged(parts for value, parts in then.items() if value not in largest)
        rest = Parts.merged(parts for value, parts in now.items() if value not in largest)
        return [*slices, Slice("", rest, gone)]

    def _by_value(self, dimension: Dimension, window: Window, filters: Filters) -> dict[str, Parts]:
        rows = self.source.parts(self.group.project, window, None, (dimension,), filters)
        return {row.group[0]: row.parts for row in rows}

    def changed(self, during: Window) -> str:
        """What is new since shortly before it began, as one sentence."""
        near = Window(during.since - timedelta(minutes=30), during.until)
        long_before = Window(near.since - BEFORE_ROLLED, near.since)
        found: list[Newcomer] = []
        for dimension in NEWCOMERS:
            known = self._by_value(dimension, long_before, self._filters)
            rows = self.source.parts(self.group.project, near, MINUTE, (dimension,), self._filters)
            found += newcomers(dimension, sorted(rows, key=lambda row: row.at), known)
        return what_changed(found, during.since)

    def examples(self, during: Window) -> tuple[str, ...]:
        """Trace ids of up to three calls that show it."""
        cause, measure = self.alarm.kind.cause, self._judgement.measure
        order = ORDERS_BY_MEASURE.get(measure) or ORDERS.get(cause)
        if order is None:
            return ()
        only: Filters = {Dimension.ERROR_TYPE: (measure.removesuffix("_share"),)} if cause is Cause.ERROR_CLASS else {}
        return tuple(self.source.examples(self.group.project, during, {**self._filters, **only}, order))[:3]


def _times(parts: Parts, times: int) -> Parts:
    return Parts.merged([parts] * times)
