"""Writes the message of an incident: plain code, no templates, and no line can stop the others.

The skeleton: line 1 what, how bad, where, since when; line 2 compared with what, on how many calls; line 3 what
explains it; line 4 what changed, and the first thing to do. Only the fields named here go out, so no prompt, no error
body and no secret can.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.model.alarm import Judgement
from tocsin.model.incident import Incident, Member
from tocsin.model.measure import Measure, Unit
from tocsin.model.notice import Notice, NoticeState
from tocsin.model.whole import is_whole
from tocsin.notify import words
from tocsin.notify.link import link_to

# The whole message, link included.
MESSAGE_CHARACTERS_MAX = 1_500
HEADLINE_CHARACTERS_MAX = 240
LINE_CHARACTERS_MAX = 280
# Of it, what a judge may add.
NOTE_CHARACTERS_MAX = 140
# The first thing to do, where it is not to read an error.
FIRST: Mapping[str, str] = {
    "auth_share": "see whether a key was revoked, changed or has run out of credit.",
    "rate_limit_share": "see which tenant or feature calls most, and whether retries make it worse.",
    "timeout_share": "see which model is slow and the provider's status page, then your own time limit.",
    "context_length_share": "open an example call and see which part of its prompt grew.",
    "invalid_request_share": "open an example call and read its error, then what the last release changed.",
    "empty_share": "open an example call and see its finish reason and model.",
    "cut_short_share": "see whether prompts or the limit on output tokens changed.",
    "refused_share": "open an example call and see whether the prompts or the filter changed.",
    "unpriced_share": "put the prices of these models into tocsin.toml; the calls page names them.",
    "swapped_share": "see whether the gateway falls back, and whether the model that was asked for fails.",
}
# Other alarms of the incident that are written out; the rest are counted.
OTHERS_MAX = 3
# What the message of a drill begins with.
DRILL = "DRILL: "


@dataclass(frozen=True, slots=True)
class _Told:
    """What every line is made from."""

    incident: Incident
    member: Member
    measure: Measure | None
    measures: Mapping[str, Measure]
    state: NoticeState
    at: datetime

    @property
    def judgement(self) -> Judgement:
        return self.member.judgement

    @property
    def over(self) -> bool:
        return self.state is NoticeState.RESOLVED

    @property
    def ended(self) -> datetime:
        return self.incident.closed or self.at


def notice_for(
    incident: Incident,
    *,
    at: datetime,
    base_url: str,
    state: NoticeState,
    measures: Mapping[str, Measure],
) -> Notice:
    """Write the next notice of an incident; its sequence is `incident.notices`, which the caller then raises by one.

    `measures` says each measure's unit and graph, by name; an unknown one costs words, never the message.
    Never raises for what an incident holds: a line that can't be written says so.
    """
    member = _headline_member(incident)
    told = _Told(incident, member, measures.get(member.judgement.measure), measures, state, at)
    where = words.name(incident.group.service) or "unknown service"
    return Notice(
        key=f"{incident.id}:{incident.notices}",
        incident=incident.id,
        sequence=incident.notices,
        state=state,
        severity=incident.severity,
        alarm=member.alarm,
        group=incident.instance(member)[1],
        started=incident.started,
        at=at,
        ended=told.ended if told.over else None,
        headline=_line(
            lambda: _headline(told), HEADLINE_CHARACTERS_MAX, f"{where}: alarm {member.alarm} {state}", told
        ),
        compared=_line(lambda: _compared(told), LINE_CHARACTERS_MAX, "", told),
        why=_line(lambda: _why(told), LINE_CHARACTERS_MAX, "", told),
        changed=_line(lambda: _changed(told), LINE_CHARACTERS_MAX, "", told),
        link=_line(lambda: _link(told, base_url), MESSAGE_CHARACTERS_MAX, base_url, told),
        drill=incident.drill,
        acknowledged_by=incident.acknowledged.by if incident.acknowledged and not told.over else "",
        handled=_line(lambda: _handled(told), LINE_CHARACTERS_MAX, "", told),
        loud=incident.loud,
        channels=incident.channels,
    )


def plain_text(notice: Notice) -> str:
    """Return the message as plain text: its lines, then the link; at most MESSAGE_CHARACTERS_MAX characters."""
    lines = [notice.headline, notice.compared, notice.why, notice.changed, notice.handled]
    text = "\n".join(line for line in lines if line)
    room = MESSAGE_CHARACTERS_MAX - len(notice.link) - 1
    return f"{words.clipped(text, room)}\n{notice.link}" if room > 0 else words.clipped(text, MESSAGE_CHARACTERS_MAX)


def _line(make: Callable[[], str], characters_max: int, instead: str, told: _Told) -> str:
    """Write one line; when that fails the others still go out, and the fault is in the message, not hidden."""
    try:
        return words.clipped(make(), characters_max)
    except Exception as fault:  # noqa: BLE001 - whatever is wrong with one line must not stop a page
        return instead or f"(this line of {told.member.alarm} could not be written: {type(fault).__name__})"


def _headline_member(incident: Incident) -> Member:
    assert incident.members, "an incident has at least one alarm"
    return incident.lead or incident.members[0]


def place(incident: Incident, service: str) -> str:
    """Say where: the service, and the subject inside it that the headline is about; one of a project stands alone."""
    subject = words.name(incident.headline_subject)
    if not subject:
        return service
    return subject if is_whole(incident.group) else f"{service}, {subject}"


def _headline(told: _Told) -> str:
    incident = told.incident
    service = words.name(incident.group.service) or "unknown service"
    environment = words.name(incident.group.environment)
    # The environment of a drill is only its name.
    plain = f"{service} ({environment})" if environment and not incident.drill else service
    where = place(incident, plain)
    drill = DRILL if incident.drill else ""
    since = words.clock_time(incident.started, seen_at=told.at)
    if not told.over:
        return f"{drill}{where}: {_how_bad(told)} since {since}"
    lasted = words.length(told.ended - incident.started)
    until = words.clock_time(told.ended, seen_at=told.at)
    return f"{drill}Over after {lasted}: {where}: {_how_bad(told)}, {since.removesuffix(' UTC')} to {until}"


def _how_bad(told: _Told) -> str:
    value, measure = told.judgement.value, told.measure
    if told.judgement.finding or measure is None:
        return words.name(told.judgement.finding, characters_max=160) or f"alarm {told.member.alarm}"
    if _silent(told):
        silence = told.ended - told.incident.started if told.over else told.judgement.window
        return f"no data for {words.length(_whole_minutes(silence))}"
    if value is None:
        return f"{measure.title} is in alarm"
    shown = words.measured(value, measure.unit)
    match measure.unit:
        case Unit.SHARE if measure.saying or measure.graph == "errors":
            fail = "failed" if told.over else "fail"
            return f"{shown} {measure.saying or f'of calls {fail}'}"
        case Unit.USD_PER_HOUR:
            return f"{'spent' if told.over else 'spending'} {shown}"
        case _:
            return f"{measure.title} {'was' if told.over else 'is'} {shown}"


def _silent(told: _Told) -> bool:
    """No calls at all: what the no-data alarm says, and what no other reading of the calls graph can."""
    return told.measure is not None and told.measure.unit is Unit.CALLS_PER_MINUTE and not told.judgement.value


def _whole_minutes(span: timedelta) -> timedelta:
    return span if span < words.MINUTE else span - span % words.MINUTE


def _compared(told: _Told) -> str:
    judgement, measure = told.judgement, told.measure
    parts: list[str] = []
    if measure is not None:
        if judgement.usual is not None:
            parts.append(f"usually {words.measured(judgement.usual, measure.unit)}")
        elif judgement.learning:
            parts.append("no usual level yet (learning)")
        if judgement.threshold is not None and not _silent(told):
            parts.append(f"limit {words.measured(judgement.threshold, measure.unit)}")
    sentences = [_sentence(", ".join(parts)), _sentence(_on_how_many(told)), _sentence(_per_day(told))]
    sentences += [_sentence(words.name(judgement.note, characters_max=NOTE_CHARACTERS_MAX)), _sentence(_others(told))]
    return " ".join(sentence for sentence in sentences if sentence)


def _on_how_many(told: _Told) -> str:
    judgement = told.judgement
    if judgement.samples == 0 or _silent(told):
        return ""
    window = words.length(judgement.window)
    if judgement.bad:
        slow = told.measure is not None and told.measure.unit is Unit.SECONDS
        than = "usual" if judgement.usual is not None else "the limit"
        return (
            f"{judgement.bad:,} of {judgement.samples:,} calls in {window}{f' were slower than {than}' if slow else ''}"
        )
    return f"on {judgement.samples:,} calls in {window}"


def _per_day(told: _Told) -> str:
    value, measure = told.judgement.value, told.measure
    if told.over or value is None or measure is None or measure.unit is not Unit.USD_PER_HOUR:
        return ""
    return f"at this rate {words.usd(value * 24)} a day"


def _others(told: _Told) -> str:
    """Every alarm of the incident is named, not only the loudest: those that fire, or all when it is over."""
    others = [m for m in told.incident.members if m is not told.member and (told.over or m.cleared is None)]
    if not others:
        return ""
    named = "; ".join(_briefly(member, told.measures) for member in others[:OTHERS_MAX])
    more = f" and {len(others) - OTHERS_MAX} more" if len(others) > OTHERS_MAX else ""
    return f"also {named}{more}"


def _briefly(member: Member, measures: Mapping[str, Measure]) -> str:
    measure, value = measures.get(member.judgement.measure), member.judgement.value
    about = f"{words.name(member.subject)}: " if member.subject else ""
    if member.judgement.finding:
        return about + words.name(member.judgement.finding, characters_max=100)
    if measure is None or value is None:
        return about + member.alarm
    return f"{measure.title} {words.measured(value, measure.unit)}"


def _why(told: _Told) -> str:
    if told.incident.drill:
        return "This is a drill: nothing is broken, the calls were made up to see that messages arrive here."
    return words.name(told.incident.why, characters_max=LINE_CHARACTERS_MAX)


def _changed(told: _Told) -> str:
    if told.incident.drill:
        return "" if told.over else "First: nothing; the drill ends by itself within a minute."
    changed = _sentence(words.name(told.incident.changed, characters_max=LINE_CHARACTERS_MAX))
    first = "" if told.over else f"First: {_first_action(told)}"
    return " ".join(text for text in (changed, first) if text)


def _first_action(told: _Told) -> str:
    unit = None if told.measure is None else told.measure.unit
    match unit:
        case Unit.CALLS_PER_MINUTE if _silent(told):
            return "see whether the app runs and whether it reaches the OTLP port."
        case Unit.SHARE if told.measure is not None and told.measure.name in FIRST:
            return FIRST[told.measure.name]
        case Unit.SHARE:
            return "open an example call and read its error, then the provider's status page."
        case Unit.SECONDS:
            return "see which model got slower, and whether its answers got longer."
        case Unit.USD_PER_HOUR:
            return "see which tenant and model spend it, and stop it at the client; Tocsin only watches."
        case _:
            own = unit is None and is_whole(told.incident.group) and not told.incident.headline_subject
            return "open the page Server, which tells what fails and what to do." if own else "open the graph."


def _handled(told: _Told) -> str:
    """Say who has taken it on, and what holds its messages back."""
    taken, held = told.incident.acknowledged, words.name(told.incident.held, characters_max=LINE_CHARACTERS_MAX)
    said: list[str] = []
    if taken is not None:
        said.append(f"Acknowledged by {words.name(taken.by)} at {words.clock_time(taken.at, seen_at=told.at)}.")
    if held:
        said.append(_sentence(f"it ended while {held}" if told.over else held))
    return " ".join(said)


def _link(told: _Told, base_url: str) -> str:
    graph = "errors" if told.measure is None else told.measure.graph
    return link_to(told.incident, told.judgement, at=told.at, base_url=base_url, graph=graph)


def _sentence(text: str) -> str:
    if not text:
        return ""
    begun = text[0].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?", "…")) else f"{begun}."
