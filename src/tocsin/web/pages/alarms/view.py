"""Every alarm instance: where it stands, and what it last found. Broken and firing ones come first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from tocsin.alarms.kind import Alarm
from tocsin.alarms.lint import Finding, Known, inert, of_data, of_settings
from tocsin.alarms.silence import MEASURE as SILENCE
from tocsin.model.alarm import Group, Judgement, Phase, Verdict
from tocsin.model.measure import Measure
from tocsin.model.parts import Parts
from tocsin.web import numbers
from tocsin.web.going import in_words, last_call, rests_on
from tocsin.web.state import PROJECT_DEFAULT
from tocsin.web.watched import Seat, Watch

NO_TITLES: Mapping[str, str] = {}
_ORDER = {Phase.FIRING: 1, Phase.CLEARING: 2, Phase.PENDING: 3, Phase.QUIET: 4}


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm instance in words."""

    alarm: str
    # Its own page.
    link: str
    service: str
    environment: str
    phase: str
    # None: it never moved.
    since: datetime | None
    judged: datetime | None
    verdict: str
    measure: str
    # In the measure's unit; of a silence in words, and when the last call was, by which the browser writes its time.
    value: str
    heard: datetime | None
    threshold: str
    usual: str
    samples: str
    learning: bool
    broken: bool
    # It can't fire, since what it watches never came.
    inert: bool
    note: str


@dataclass(frozen=True, slots=True)
class InertRow:
    """An alarm without anything to judge."""

    title: str
    why: str
    link: str


@dataclass(frozen=True, slots=True)
class AlarmsView:
    """What `alarms/page.html` may use."""

    rows: tuple[AlarmRow, ...]
    firing: int
    learning: int
    broken: int
    # What is wrong with how alarms are set up, and those that can't fire for want of data.
    findings: tuple[str, ...]
    inert: tuple[InertRow, ...]
    # On, and not judged yet.
    waiting: tuple[InertRow, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the alarms found: by name why an alarm is inert, and everything else that is wrong."""

    inert: Mapping[str, str]
    findings: Sequence[Finding]


NOTHING_FOUND = Looked({}, ())


def look(alarms: Sequence[Alarm], watch: Watch, parts: Mapping[Group, Parts]) -> Looked:
    """Look what is wrong with alarms, by what was last judged and the calls of each service in the last 28 days."""
    judgements = {(seat.alarm, seat.group): seat.judged.judgement for seat in watch.seats if seat.judged}
    known = Known(judgements, parts, {})
    why = {alarm.name: inert(alarm, known, watch.measures) for alarm in alarms} if parts else {}
    sound = [alarm for alarm in alarms if not why.get(alarm.name)]
    return Looked(
        {name: text for name, text in why.items() if text},
        [*of_settings(alarms), *of_data(sound, known, watch.measures)],
    )


def link_of(alarm: str, project: str) -> str:
    """Return the address of an alarm's own page."""
    return f"/alarms/{quote(alarm, safe='')}" + (
        "" if project == PROJECT_DEFAULT else f"?{urlencode({'project': project})}"
    )


def rows(watch: Watch, looked: Looked = NOTHING_FOUND, alarm: str = "") -> tuple[AlarmRow, ...]:
    """Return the instances of all alarms, or of one."""
    seats = [seat for seat in watch.seats if alarm in {"", seat.alarm}]
    ranked = sorted(seats, key=lambda seat: (_rank(seat), seat.group, seat.alarm))
    return tuple(_row(seat, watch.project, watch.measures, inert=seat.alarm in looked.inert) for seat in ranked)


def build(watch: Watch, looked: Looked = NOTHING_FOUND, titles: Mapping[str, str] = NO_TITLES) -> AlarmsView:
    """Build the list; `titles` has those of the alarms that are on."""
    shown = rows(watch, looked)
    return AlarmsView(
        rows=shown,
        firing=sum(row.phase in {Phase.FIRING, Phase.CLEARING} for row in shown),
        learning=sum(row.learning for row in shown),
        broken=sum(row.broken for row in shown),
        findings=tuple(f"{one.where}: {one.what}; {one.do}" for one in looked.findings),
        inert=tuple(
            InertRow(titles.get(name, name), why, link_of(name, watch.project)) for name, why in looked.inert.items()
        ),
        waiting=tuple(
            InertRow(title, "not judged yet", link_of(name, watch.project))
            for name, title in titles.items()
            if name not in looked.inert and not any(seat.alarm == name for seat in watch.seats)
        ),
    )


def _rank(seat: Seat) -> int:
    broken = seat.judged is not None and seat.judged.judgement.verdict is Verdict.FAILED
    return 0 if broken else _ORDER[seat.phase]


_NOT_JUDGED = Judgement(Verdict.NO_DATA, "", note="not judged yet")


def _row(seat: Seat, project: str, measures: Mapping[str, Measure], *, inert: bool) -> AlarmRow:
    judged = seat.judged.judgement if seat.judged else _NOT_JUDGED
    measure = measures.get(judged.measure)

    silence = seat.judged is not None and judged.measure == SILENCE

    def told(value: float | None) -> str:
        return numbers.NONE_TEXT if measure is None else numbers.measured(value, measure.unit)

    return AlarmRow(
        alarm=seat.alarm.replace("_", " "),
        link=link_of(seat.alarm, project),
        service=seat.group.service,
        environment=seat.group.environment,
        phase=seat.phase.value,
        since=seat.standing.since if seat.standing else None,
        judged=seat.judged.at if seat.judged else None,
        verdict={Verdict.NO_DATA: "no data", Verdict.OK: "well"}.get(judged.verdict, judged.verdict.value),
        measure=measure.title if measure else numbers.NONE_TEXT,
        value=in_words(seat.judged) if silence and seat.judged else told(judged.value),
        heard=last_call(seat.judged) if seat.judged else None,
        threshold=told(judged.threshold),
        usual=told(judged.usual),
        samples=numbers.NONE_TEXT if silence or not seat.judged else rests_on(judged).replace(" calls", ""),
        learning=judged.learning,
        broken=judged.verdict is Verdict.FAILED,
        inert=inert,
        note=judged.note,
    )
