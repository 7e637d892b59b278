"""How an incident goes, in words: what its headline alarm finds now, what it found at its worst, and when it fired."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.alarms.silence import MEASURE as SILENCE
from tocsin.model.alarm import Group, Judgement, Verdict
from tocsin.model.incident import Incident, Member
from tocsin.model.measure import Measure, Unit
from tocsin.model.notice import NoticeState
from tocsin.notify import render, words
from tocsin.store.control import Judged
from tocsin.web import numbers
from tocsin.web.numbers import MINUTE
from tocsin.web.watched import Watch


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of the judgement, in words, and what it rests on."""

    label: str
    text: str
    rests: str = ""


def headline_member(incident: Incident) -> Member | None:
    """Return the member that gives an incident its headline; None for an incident without members."""
    return incident.lead


def now_of(incident: Incident, watch: Watch) -> Judged | None:
    """Return what the headline's alarm found last; None when the incident is closed, or it was not judged lately."""
    lead = incident.lead
    if incident.closed is not None or lead is None:
        return None
    instance = incident.instance(lead)
    mine = (seat for seat in watch.seats if (seat.alarm, seat.group) == instance)
    return next((seat.judged for seat in mine if seat.judged), None)


def last_call(judged: Judged) -> datetime | None:
    """Return when a group was last heard, as an alarm on silence found it; None: never, or too long ago."""
    found = judged.judgement
    return judged.at - found.window if found.measure == SILENCE and found.window else None


def in_words(judged: Judged) -> str:
    """Say when a group was last heard, and how long before it was judged where that is a minute or more."""
    heard = last_call(judged)
    if heard is None:
        return "no call yet"
    ago = judged.at - heard
    return f"last call {heard:%H:%M:%S} UTC" + (f", {numbers.lasting(ago - ago % MINUTE)} ago" if ago >= MINUTE else "")


def last_call_of(group: Group, watch: Watch) -> datetime | None:
    """Return when a group was last heard; None when that is not known."""
    heard = (last_call(seat.judged) for seat in watch.seats if seat.group == group and seat.judged)
    return max((at for at in heard if at), default=None)


def sentence(incident: Incident, watch: Watch, at: datetime) -> str:
    """Say in one sentence what is wrong, where and since when: as it is at `at`, and for a closed one as it was."""
    member = headline_member(incident)
    service = words.name(incident.group.service) or "unknown service"
    environment = words.name(incident.group.environment)
    plain = f"{service} ({environment})" if environment and not incident.drill else service
    where = render.place(incident, plain)
    since = words.clock_time(incident.started, seen_at=at)
    if member is None:
        return f"{where}: {incident.headline} since {since}"
    if incident.closed is not None:
        over = render.notice_for(
            incident, at=incident.closed, base_url="", state=NoticeState.RESOLVED, measures=watch.measures
        )
        return over.headline
    drill = render.DRILL if incident.drill else ""
    return f"{drill}{where}: {_going(incident, member, watch, at)} since {since}"


def _going(incident: Incident, member: Member, watch: Watch, at: datetime) -> str:
    measure, worst = watch.measures.get(member.judgement.measure), member.judgement
    judged = now_of(incident, watch)
    if worst.finding:
        return words.name((judged.judgement.finding if judged else "") or worst.finding, characters_max=160)
    if measure is None:
        return f"alarm {member.alarm.replace('_', ' ')}"
    now = judged.judgement if judged else worst
    if measure.name == SILENCE:
        return _silence(now, worst)
    if worst.value is None:
        return f"{measure.title} is in alarm"
    if now.value is None:
        heard = _unheard(incident, now, watch, at)
        return f"{heard}; still open, {_bad(measure, worst.value, 'was')} at worst,"
    text, most = _bad(measure, now.value, "is"), numbers.measured(worst.value, measure.unit)
    same = numbers.measured(now.value, measure.unit) == most or now.value > worst.value
    return text if same else f"{text}, {most} at worst,"


def _silence(now: Judgement, worst: Judgement) -> str:
    if now.verdict is Verdict.OK:
        return f"calls come again after no data for {numbers.lasting(worst.window)}"
    return f"no data for {numbers.lasting(now.window)}"


def _unheard(incident: Incident, now: Judgement, watch: Watch, at: datetime) -> str:
    """Say why there is no value: a broken judge, or nothing to judge."""
    if now.verdict is Verdict.FAILED:
        return "its alarm is broken and can't judge it"
    heard = last_call_of(incident.group, watch)
    # Spans that are no calls are heard too; then only the window that held no call is known.
    known = heard is not None and heard <= at - now.window
    since = f"since {words.clock_time(heard, seen_at=at)}" if heard and known else f"for {words.length(now.window)}"
    return f"no calls {since}, so it can't be judged"


def _bad(measure: Measure, value: float, verb: str) -> str:
    shown = numbers.measured(value, measure.unit)
    match measure.unit:
        case Unit.SHARE if measure.saying or measure.graph == "errors":
            fail = "fail" if verb == "is" else "failed"
            return f"{shown} {measure.saying or f'of calls {fail}'}"
        case Unit.USD_PER_HOUR:
            return f"{'spending' if verb == 'is' else 'spent'} {shown}"
        case _:
            return f"{measure.title} {verb} {shown}"


def facts(incident: Incident, fired: Judgement | None, watch: Watch, at: datetime) -> tuple[Fact, ...]:
    """Return the numbers beside an incident's graph, each with the calls and the window that it rests on.

    `fired` is the judgement that made its headline's alarm fire; None when the log no longer has it.
    """
    member = headline_member(incident)
    measure = watch.measures.get(member.judgement.measure) if member else None
    if member is None or measure is None:
        return ()
    worst, judged = member.judgement, now_of(incident, watch)
    found = [
        _number("worst" if judged or fired else measure.title, worst, measure),
        *([_number("when it fired", fired, measure)] if fired else []),
    ]
    if judged and judged.judgement.value is None and measure.name != SILENCE:
        found.insert(0, Fact("now", "not judged", f"{_unheard(incident, judged.judgement, watch, at)}; still open"))
    elif judged:
        found.insert(0, _number("now", judged.judgement, measure))
    latest = judged.judgement if judged and judged.judgement.threshold is not None else worst
    if latest.threshold is not None:
        over = f"over {words.length(latest.window)}"
        found.append(Fact("alarm above", numbers.measured(latest.threshold, measure.unit), over))
    usual = "not known yet" if latest.usual is None else numbers.measured(latest.usual, measure.unit)
    return (*found, Fact("usual", usual))


def _number(label: str, judged: Judgement, measure: Measure) -> Fact:
    if measure.name == SILENCE:
        return Fact(label, "calls come" if judged.verdict is Verdict.OK else f"none for {words.length(judged.window)}")
    return Fact(label, numbers.measured(judged.value, measure.unit), rests_on(judged))


def rests_on(judged: Judgement) -> str:
    """Say which calls a value rests on, and in which window: "41 of 178 calls in 5 min"."""
    counted = f"{judged.bad:,} of {judged.samples:,} calls" if judged.bad else f"{judged.samples:,} calls"
    return f"{counted} in {words.length(judged.window)}"
