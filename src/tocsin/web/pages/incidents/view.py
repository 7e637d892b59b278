"""Incidents: the list, and the page of one with its story."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.model.act import VOTES, Act, Deed
from tocsin.model.alarm import Phase, Transition
from tocsin.model.deploy import Deploy
from tocsin.model.incident import Incident, Member
from tocsin.model.measure import Measure
from tocsin.model.whole import is_whole
from tocsin.notify import words
from tocsin.store.control import Delivery
from tocsin.web import numbers
from tocsin.web.cards import Burning
from tocsin.web.going import rests_on, sentence
from tocsin.web.watched import Watch


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident in the list."""

    link: str
    sentence: str
    open: bool
    severity: str
    started: datetime
    lasted: str
    alarms: str
    drill: bool


@dataclass(frozen=True, slots=True)
class IncidentsView:
    """What `incidents/list.html` may use."""

    rows: tuple[IncidentRow, ...]


def listed(watch: Watch, at: datetime) -> IncidentsView:
    """Build the list, newest first."""
    return IncidentsView(
        tuple(
            IncidentRow(
                link=f"/incidents/{incident.id}",
                sentence=sentence(incident, watch, at),
                open=incident.closed is None,
                severity=incident.severity.value,
                started=incident.started,
                lasted=numbers.lasting((incident.closed or at) - incident.started),
                alarms=", ".join(sorted({member.alarm.replace("_", " ") for member in incident.members})),
                drill=incident.drill,
            )
            for incident in watch.incidents
        )
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline. `kind` gives the colour of its dot."""

    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One alarm's part in the incident."""

    alarm: str
    fired: datetime
    cleared: datetime | None
    value: str
    threshold: str
    usual: str
    samples: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What people answered, and what they still can."""

    # Sentences; empty when nobody has.
    taken: str
    held: str
    votes: str
    # Whether the page takes answers at all, and what of it is open.
    open: bool
    can_acknowledge: bool
    # Who the reader last said they are.
    name: str


@dataclass(frozen=True, slots=True)
class IncidentView:
    """What `incidents/page.html` may use."""

    title: str
    answers: Answers
    fire: Burning
    live: bool
    members: tuple[MemberRow, ...]
    timeline: tuple[Moment, ...]
    id: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: the name they gave before, or none, and whether they may answer."""

    name: str = ""
    may_answer: bool = False


@dataclass(frozen=True, slots=True)
class Log:
    """What happened about an incident: `transitions` may hold those of other alarms of its group, and other times.

    `deploys` may hold those of other services of its project.
    """

    transitions: Sequence[Transition] = ()
    deliveries: Sequence[Delivery] = ()
    acts: Sequence[Act] = ()
    deploys: Sequence[Deploy] = ()


def story(
    burning: Burning, incident: Incident, log: Log, measures: Mapping[str, Measure], reader: Reader
) -> IncidentView:
    """Build the page of one incident."""
    timeline = [
        Moment(incident.started, "began", "The first bad minute."),
        *(_moved(one, measures) for one in _own(incident, log.transitions)),
        *(_tried(one) for one in log.deliveries),
        *(_did(one) for one in log.acts),
        *(_deployed(one, incident.started) for one in log.deploys if _concerns(one, incident)),
    ]
    if incident.closed:
        timeline.append(Moment(incident.closed, "quiet", "The incident closed."))
    return IncidentView(
        title=burning.sentence,
        answers=_answers(incident, log.acts, reader),
        fire=burning,
        live=incident.closed is None,
        members=tuple(_member(member, measures) for member in incident.members),
        timeline=tuple(sorted(timeline, key=lambda moment: moment.at)),
        id=incident.id,
    )


def _own(incident: Incident, log: Sequence[Transition]) -> list[Transition]:
    """Return the moves of an incident's members, each from the one that led to its first firing on; oldest first."""
    found: list[Transition] = []
    for alarm in {member.alarm for member in incident.members}:
        moves = sorted((one for one in log if one.alarm == alarm), key=lambda one: one.at)
        if incident.closed is not None:
            moves = [one for one in moves if one.at <= incident.closed]
        fired = next((n for n, one in enumerate(moves) if one.now is Phase.FIRING), len(moves))
        before = fired - 1 if fired and moves[fired - 1].now is Phase.PENDING else fired
        found += moves[before:]
    return sorted(found, key=lambda one: (one.at, one.alarm))


def _moved(one: Transition, measures: Mapping[str, Measure]) -> Moment:
    judged, measure = one.judgement, measures.get(one.judgement.measure)
    value = "" if measure is None or judged.value is None else f" at {numbers.measured(judged.value, measure.unit)}"
    value += f" ({rests_on(judged)})" if value and judged.samples else ""
    late = " Judged late, because ticks were missed." if one.late else ""
    return Moment(one.at, one.now.value, f"{one.alarm.replace('_', ' ')}: {one.was} to {one.now}{value}.{late}")


def _tried(one: Delivery) -> Moment:
    kind = "delivered" if one.outcome == "delivered" else "tried"
    detail = f": {one.detail}" if one.detail else ""
    attempt = f", try {one.attempt}" if one.attempt > 1 else ""
    return Moment(one.at, kind, f"Message ({one.state}) to {one.channel}{attempt}: {one.outcome}{detail}.")


_DEEDS = {
    Deed.ACKNOWLEDGED: "acknowledged it",
    Deed.SILENCED: "silenced it",
    Deed.USEFUL: "found it worth telling",
    Deed.NOISE: "found it noise",
    Deed.KNOWN: "knew it already",
}


def _did(one: Act) -> Moment:
    detail = f", {one.detail}" if one.deed is Deed.SILENCED else ""
    return Moment(one.at, "act", f"{words.name(one.by)} {_DEEDS[one.deed]} ({one.via}){detail}.")


def _concerns(one: Deploy, incident: Incident) -> bool:
    """Say whether a deploy is of the incident's service; for an incident of a whole project, all of it are.

    One that is told without an environment counts for all of them.
    """
    group = incident.group
    same = one.group.service == group.service and one.group.environment in {"", group.environment}
    return same or is_whole(group)


def _deployed(one: Deploy, started: datetime) -> Moment:
    apart = abs(one.at - started)
    side = "before" if one.at <= started else "after"
    when = f"{words.length(apart)} {side} the start" if apart >= words.MINUTE else "just at the start"
    text = f": {words.name(one.text, characters_max=200)}" if one.text else ""
    version, service = words.name(one.version), words.name(one.group.service)
    return Moment(one.at, "deploy", f"{service} {version} was deployed, {when} ({one.source}){text}.")


def _answers(incident: Incident, acts: Sequence[Act], reader: Reader) -> Answers:
    taken = incident.acknowledged
    last = {one.by: one.deed for one in acts if one.deed in VOTES}
    votes = [f"{words.name(by)} {_DEEDS[deed]}" for by, deed in last.items()]
    held = incident.held
    return Answers(
        taken=f"Acknowledged by {words.name(taken.by)} at {numbers.moment(taken.at)} UTC." if taken else "",
        held=f"{held[0].upper()}{held[1:]}." if held and incident.closed is None else "",
        votes="; ".join(votes) + "." if votes else "",
        open=reader.may_answer,
        can_acknowledge=incident.closed is None and taken is None,
        name=reader.name,
    )


def _member(member: Member, measures: Mapping[str, Measure]) -> MemberRow:
    judged, measure = member.judgement, measures.get(member.judgement.measure)

    def told(value: float | None) -> str:
        return numbers.NONE_TEXT if measure is None else numbers.measured(value, measure.unit)

    return MemberRow(
        alarm=member.alarm.replace("_", " "),
        fired=member.fired,
        cleared=member.cleared,
        value=told(judged.value),
        threshold=told(judged.threshold),
        usual=told(judged.usual),
        samples=rests_on(judged).replace(" calls", ""),
    )
