"""Every alarm instance: where it stands, and what it last found. Broken and firing ones come first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.alarms.silence import MEASURE as SILENCE
from tocsin.model.alarm import Judgement, Phase, Verdict
from tocsin.model.measure import Measure
from tocsin.web import numbers
from tocsin.web.going import in_words, last_call, rests_on
from tocsin.web.watched import Seat, Watch

_ORDER = {Phase.FIRING: 1, Phase.CLEARING: 2, Phase.PENDING: 3, Phase.QUIET: 4}


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm instance in words."""

    alarm: str
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
    note: str


@dataclass(frozen=True, slots=True)
class AlarmsView:
    """What `alarms/page.html` may use."""

    rows: tuple[AlarmRow, ...]
    firing: int
    learning: int
    broken: int


def build(watch: Watch) -> AlarmsView:
    """Build the list."""
    ranked = sorted(watch.seats, key=lambda seat: (_rank(seat), seat.group, seat.alarm))
    rows = tuple(_row(seat, watch.measures) for seat in ranked)
    return AlarmsView(
        rows=rows,
        firing=sum(row.phase in {Phase.FIRING, Phase.CLEARING} for row in rows),
        learning=sum(row.learning for row in rows),
        broken=sum(row.broken for row in rows),
    )


def _rank(seat: Seat) -> int:
    broken = seat.judged is not None and seat.judged.judgement.verdict is Verdict.FAILED
    return 0 if broken else _ORDER[seat.phase]


_NOT_JUDGED = Judgement(Verdict.NO_DATA, "", note="not judged yet")


def _row(seat: Seat, measures: Mapping[str, Measure]) -> AlarmRow:
    judged = seat.judged.judgement if seat.judged else _NOT_JUDGED
    measure = measures.get(judged.measure)

    silence = seat.judged is not None and judged.measure == SILENCE

    def told(value: float | None) -> str:
        return numbers.NONE_TEXT if measure is None else numbers.measured(value, measure.unit)

    return AlarmRow(
        alarm=seat.alarm.replace("_", " "),
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
        note=judged.note,
    )
