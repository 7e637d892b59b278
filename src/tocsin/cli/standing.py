"""How the commands write alarms: what they are set to, where they stand, when they would have fired."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from tocsin.alarms.kind import Alarm, Scope, kinds
from tocsin.alarms.lint import Finding, Level
from tocsin.alarms.silence import MEASURE as SILENCE
from tocsin.model.alarm import Judgement, Phase, Standing, Transition
from tocsin.model.measure import Measure, Unit
from tocsin.notify import words
from tocsin.settings import toml
from tocsin.store.control import Instance, Judged
from tocsin.web import shapes
from tocsin.web.going import in_words
from tocsin.web.watched import Seat

Standings = Mapping[Instance, tuple[Standing, Transition]]
Judgements = Mapping[Instance, Judged]


def alarms_json(
    alarms: Sequence[Alarm], standings: Standings, judgements: Judgements, measures: Mapping[str, Measure]
) -> list[dict[str, object]]:
    """Return each alarm; its instances have the keys of /api/v1/alarms."""
    return [
        {
            "name": alarm.name,
            "title": alarm.title,
            "kind": _kind_name(alarm),
            "scope": alarm.kind.scope,
            "hold_s": alarm.patience.hold.total_seconds(),
            "keep_s": alarm.patience.keep.total_seconds(),
            "settings": {
                field.name: _plain(getattr(alarm.settings, field.name)) for field in fields(alarm.kind.settings)
            },
            "settings_in_words": settings_in_words(alarm),
            "instances": [shapes.seat(seat, measures) for seat in _seats(alarm, standings, judgements)],
        }
        for alarm in alarms
    ]


def _plain(value: object) -> object:
    return value.total_seconds() if isinstance(value, timedelta) else value


def settings_in_words(alarm: Alarm) -> str:
    """Write an alarm's settings as a list: "window 5 min, share min 5%"."""
    return ", ".join(
        f"{field.name.replace('_', ' ')} {_in_words(field.name, getattr(alarm.settings, field.name))}"
        for field in fields(alarm.kind.settings)
    )


def _in_words(name: str, value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, timedelta):
        return words.length(value) if value >= timedelta(seconds=1) else words.seconds(value.total_seconds())
    if isinstance(value, float):
        return words.share(value) if "share" in name.split("_") else f"{value:g}"
    return toml(value, name).strip('"')


def alarm_lines(
    alarms: Sequence[Alarm],
    standings: Standings,
    judgements: Judgements,
    measures: Mapping[str, Measure],
    at: datetime,
) -> Iterator[str]:
    """Write each alarm and, below it, each of its instances."""
    for n, alarm in enumerate(alarms):
        if n:
            yield ""
        watches = "the whole project" if alarm.kind.scope is Scope.PROJECT else "each service"
        kind = _kind_name(alarm)
        yield f"{alarm.name}: {alarm.title}, for {watches}" + (f"; kind {kind}" if kind != alarm.name else "")
        yield (
            f"  fires after {words.length(alarm.patience.hold)} of breach, "
            f"is over after {words.length(alarm.patience.keep)} of health"
        )
        yield f"  {settings_in_words(alarm)}"
        rows = [_row(seat, measures, at) for seat in _seats(alarm, standings, judgements)]
        yield from _table(rows) if rows else ["  nothing judged yet"]


def _seats(alarm: Alarm, standings: Standings, judgements: Judgements) -> list[Seat]:
    keys = sorted({key for key in (*standings, *judgements) if key[0] == alarm.name}, key=lambda key: key[1])
    return [Seat(*key, standings[key][0] if key in standings else None, judgements.get(key)) for key in keys]


def _row(seat: Seat, measures: Mapping[str, Measure], at: datetime) -> tuple[str, ...]:
    moved = seat.standing is not None and seat.phase is not Phase.QUIET
    since = f" since {words.clock_time(seat.standing.since, seen_at=at)}" if seat.standing and moved else ""
    where = _where(seat.group.project, seat.group.environment, seat.group.service)
    if seat.judged is None:
        return (where, f"{seat.phase}{since}", "not judged lately", "")
    found = seat.judged.judgement
    unit = measures[found.measure].unit if found.measure in measures else None
    numbers = in_words(seat.judged) if found.measure == SILENCE else _numbers(found, unit)
    return (where, f"{seat.phase}{since}", numbers, _remarks(found))


def _numbers(found: Judgement, unit: Unit | None) -> str:
    if unit is None or found.value is None:
        return "no value"
    limits = [
        f"{word} {words.measured(value, unit)}"
        for word, value in (("limit", found.threshold), ("usually", found.usual))
        if value is not None
    ]
    return f"{words.measured(found.value, unit)}" + (f" ({', '.join(limits)})" if limits else "")


def _remarks(found: Judgement) -> str:
    said = [
        str(found.verdict).replace("_", " "),
        f"{found.samples:,} samples in {words.length(found.window)}" if found.samples else "",
        "learning" if found.learning else "",
        words.name(found.note, characters_max=200),
    ]
    return ", ".join(text for text in said if text)


def replay_lines(result: Mapping[str, Any], at: datetime) -> Iterator[str]:
    """Write what a replay came to, as a server tells it."""
    rows = [_firing(firing, at) for firing in result["firings"]]
    yield from _table(rows, indent="")
    if rows:
        yield ""
    days = words.length(timedelta(days=result["days"]))
    name = result["name"] or "all alarms"
    if not result["days"]:
        yield f"No calls of project {words.name(result['project'])} are stored; nothing could be judged."
        return
    rate = result["pages_per_week"]
    yield (
        f"{name} over {days}: fired {_counted(len(rows), 'time')}, {_counted(result['messages'], 'message')}, "
        f"{_counted(result['pages'], 'page')} "
        f"({'too short for a weekly rate' if rate is None else f'{rate:.1f} a week'})"
    )


def _firing(firing: Mapping[str, Any], at: datetime) -> tuple[str, ...]:
    fired = datetime.fromisoformat(firing["fired"])
    lasted = words.length(timedelta(seconds=firing["duration_s"]))
    found = firing["judgement"]
    unit = None if found["unit"] is None else Unit(found["unit"])
    judgement = Judgement(
        verdict=found["verdict"],
        measure=found["measure"],
        value=found["value"],
        threshold=found["threshold"],
        usual=found["usual"],
    )
    where = _where(firing["project"], firing["environment"], firing["service"])
    lasting = lasted if firing["ended"] else f"{lasted}, still firing"
    return (words.clock_time(fired, seen_at=at), firing["alarm"], where, lasting, _numbers(judgement, unit))


def finding_lines(found: Sequence[Finding], folder: str) -> Iterator[str]:
    """Write what is wrong with alarms, errors first; `folder` is where their data were looked at, empty: nowhere."""
    for one in sorted(found, key=lambda one: one.level is not Level.ERROR):
        yield f"{one.level}: {words.name(one.where)}: {words.name(one.what, characters_max=400)}"
        yield f"  {words.name(one.do, characters_max=400)}"
    if found:
        yield ""
    errors = sum(one.level is Level.ERROR for one in found)
    of = f"settings and the data in {folder}" if folder else "settings; there is no data folder to look at"
    yield f"{_counted(errors, 'error')}, {_counted(len(found) - errors, 'warning')}, by {of}"


def _where(project: str, environment: str, service: str) -> str:
    named = words.name(service) + (f" ({words.name(environment)})" if environment else "")
    return named if project == "default" else f"{words.name(project)}: {named}"


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _table(rows: Iterable[tuple[str, ...]], indent: str = "  ") -> Iterator[str]:
    """Set rows in columns as wide as their widest cell."""
    all_rows = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*all_rows, strict=True)]
    for row in all_rows:
        yield indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _kind_name(alarm: Alarm) -> str:
    return next(name for name, kind in kinds().items() if kind is alarm.kind)
