"""Alarms judge alike live and in replay: the store and a series in memory answer the same questions the same way."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from tests.store.opened import START, Opened
from tests.store.told import OWN, Told, body_of

from tocsin.alarms.series import NO_PARTS, Series, SeriesSource
from tocsin.alarms.usual import hours_wanted
from tocsin.model.alarm import Group
from tocsin.model.dimension import Dimension
from tocsin.model.parts import COUNTS, Parts
from tocsin.model.signs import Sign, Signs
from tocsin.model.sketch import Sketch
from tocsin.model.whole import whole
from tocsin.model.window import Window
from tocsin.store.evidence import Evidence
from tocsin.store.settle import Reach
from tocsin.store.statements import second, step

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LENGTH = 31 * DAY


@dataclass(frozen=True)
class Past:
    """A month of minutes of two services, in the rollups and in memory."""

    project: str
    since: datetime
    minutes: Mapping[Group, Mapping[datetime, Parts]]
    source: SeriesSource

    @property
    def until(self) -> datetime:
        return self.since + LENGTH

    @property
    def groups(self) -> set[Group]:
        return {*self.minutes, whole(self.project)}


def some_parts(random: Random) -> Parts:
    """Draw the parts of one minute; they need not be possible, only to add up."""
    counts = {name: random.randrange(50) for name in COUNTS}
    return Parts(
        **{**counts, "calls": random.randrange(1, 9)},
        cost_usd=Decimal(random.randrange(10**18)).scaleb(-15),
        duration=Sketch.of(random.lognormvariate(7, 1) for _ in range(random.randrange(4))),
        ttft=Sketch.of(random.lognormvariate(5, 1) for _ in range(random.randrange(3))),
        signs=Signs.of({name: random.randrange(4) for name in (*Sign, "error_timeout") if random.random() < 0.2}),
    )


def bursts(random: Random, since: datetime, count: int) -> Iterator[datetime]:
    """Draw minutes with calls: bursts of every length, with gaps from a minute to days."""
    at = since + timedelta(minutes=random.randrange(4 * 24 * 60))
    for _ in range(count):
        yield at
        at += MINUTE * random.choice((1, 1, 1, 1, 2, 5, 40, 61, 60 * random.randrange(1, 30)))
        if at >= since + LENGTH:
            return


def put(store: Opened, project: str, group: Group, minutes: Mapping[datetime, Parts]) -> None:
    """Write minutes into the rollup as settling would, under two models, so that rows must be added up."""
    who = f"'{group.service}', '{group.environment}', '1', 'openai'"
    rows = ", ".join(
        f"('{project}', '{second(at)}', {who}, '{model}', 'chat', '', "
        f"{', '.join(str(getattr(part, name)) for name in COUNTS)}, {int(part.cost_usd.scaleb(15))}, "
        f"{(list(part.duration.buckets), list(part.duration.counts))}, "
        f"{(list(part.ttft.buckets), list(part.ttft.counts))}, {(list(part.signs.names), list(part.signs.counts))}, 1)"
        for at, parts in minutes.items()
        for model, part in zip(("a", "b"), halves(parts), strict=True)
    )
    store.writer.run(f"INSERT INTO rollup_minute VALUES {rows}")  # noqa: S608 ours
    store.writer.run(step("roll_services"), {"settled": 1, "lo": second(min(minutes)), "hi": second(max(minutes))})


def halves(parts: Parts) -> tuple[Parts, Parts]:
    """Split parts into two that add up to them."""
    first = {name: getattr(parts, name) // 2 for name in COUNTS}
    rest = {name: getattr(parts, name) - n for name, n in first.items()}
    shown = Signs.of({name: n // 2 for name, n in zip(parts.signs.names, parts.signs.counts, strict=True)})
    return (
        Parts(**first, duration=parts.duration, signs=shown),
        Parts(**rest, cost_usd=parts.cost_usd, ttft=parts.ttft, signs=parts.signs.minus(shown)),
    )


def series(since: datetime, minutes: Mapping[datetime, Parts]) -> Series:
    """Make a series of a month's minutes."""
    found = Series(since)
    for n in range(LENGTH // MINUTE):
        found.append(minutes.get(since + n * MINUTE, NO_PARTS))
    return found


@pytest.fixture(scope="module", params=range(3))
def past(store: Opened, request: pytest.FixtureRequest) -> Past:
    random, project = Random(request.param), store.project()
    since = START + timedelta(hours=5 * request.param)
    services = (Group(project, "production", "app"), Group(project, "", "worker"))
    minutes = {group: {at: some_parts(random) for at in bursts(random, since, 900)} for group in services}
    for group, of_group in minutes.items():
        put(store, project, group, of_group)
    hours = sorted({at.replace(minute=0) for of_group in minutes.values() for at in of_group})
    store.settler._roll_hours(hours)  # pyright: ignore[reportPrivateUsage]
    both = {at: Parts.merged(m[at] for m in minutes.values() if at in m) for m in minutes.values() for at in m}
    in_memory = {group: series(since, of_group) for group, of_group in minutes.items()}
    wholes = {project: series(since, both)}
    return Past(project, since, minutes, SeriesSource(in_memory, wholes))


def moments(past: Past, seed: int = 1) -> list[datetime]:
    """Return minutes to look from: on the hour, beside it, and anywhere."""
    random = Random(seed)
    last = past.until.replace(minute=0)
    anywhere = [past.since + timedelta(minutes=random.randrange(LENGTH // MINUTE)) for _ in range(12)]
    return [last, last - MINUTE, last - HOUR + MINUTE, past.since + 29 * DAY, past.since + 8 * DAY, *anywhere]


def promised(
    windows: Mapping[Group, Mapping[timedelta, Parts]], sketched: Collection[timedelta]
) -> dict[Group, dict[timedelta, Parts]]:
    """Leave out the sketches that were not asked for: a source may give them or not."""
    return {
        group: {
            length: parts if length in sketched else replace(parts, duration=Sketch(), ttft=Sketch())
            for length, parts in of_group.items()
        }
        for group, of_group in windows.items()
    }


def test_windows_hold_the_same_parts(store: Opened, past: Past) -> None:
    lengths = [MINUTE, 2 * MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR]
    sketched = lengths[2:4]
    for until in moments(past):
        evidence = Evidence(store.reader, lambda: Reach(0, version=1, newest_minute=past.until))
        live = evidence.windows(until, lengths, None, sketched=sketched)
        replayed = past.source.windows(until, lengths, None, sketched=sketched)
        mine = {group: live[group] for group in live if group in past.minutes}
        assert promised(mine, sketched) == promised(replayed, sketched)
        some = set(list(past.minutes)[:1])
        again = evidence.windows(until, lengths, some, sketched=sketched)
        replayed = past.source.windows(until, lengths, some, sketched=sketched)
        assert promised(again, sketched) == promised(replayed, sketched)


def test_hours_hold_the_same_parts(store: Opened, past: Past) -> None:
    for until in moments(past):
        starts = hours_wanted(until.replace(minute=0))
        live = store.evidence.hours(starts, None)
        replayed = past.source.hours(starts, None)
        assert {group: live.get(group, {}) for group in past.minutes} == replayed


def test_rhythms_are_the_same(store: Opened, past: Past) -> None:
    for until in moments(past):
        live = store.evidence.rhythms(until)
        assert {group: live[group] for group in live if group in past.groups} == past.source.rhythms(until), until


def test_the_graphs_rows_make_the_series_that_replay_reads(store: Opened, past: Past) -> None:
    """Replay is fed by the graphs' own question; its minutes must be those of the rollup."""
    for group, of_group in past.minutes.items():
        filters = {Dimension.SERVICE: [group.service], Dimension.ENVIRONMENT: [group.environment]}
        window = Window(past.since, past.until)
        rows = store.reader.parts(past.project, window, MINUTE, (), filters)
        assert {row.at: row.parts for row in rows} == of_group


def test_a_service_is_last_seen_in_the_same_minute(store: Opened) -> None:
    """The store knows the end of the newest span of any kind; a series knows the minute of the newest call."""
    random, project, day = Random(1), store.project(), store.later()
    ends = sorted(timedelta(seconds=random.randrange(7_200)) for _ in range(40))
    spans = [
        Told(trace=n, at=day - START + end, took=timedelta(), call=False, scope=OWN) for n, end in enumerate(ends, 1)
    ]
    store.insert(project, [body_of(spans)])
    store.settle()
    group = Group(project, "production", "app")
    minutes = {day + end // MINUTE * MINUTE: Parts(calls=1) for end in ends}
    replayed = SeriesSource({group: series(day, minutes)})
    for n in (0, 1, 7, 30, 59, 60, 61, 119, 120, 300):
        until = day + n * MINUTE
        live = store.evidence.last_seen(until)
        seen = {g: at.replace(second=0, microsecond=0) + MINUTE for g, at in live.items() if g.project == project}
        assert seen == replayed.last_seen(until)


def test_a_new_release_is_told_from_one_that_was_there(store: Opened) -> None:
    project, day = store.project(), store.later()
    at = day - START
    spans = [
        Told(trace=1, at=at - 3 * HOUR, release="1.0"),
        Told(trace=2, at=at - 26 * HOUR, release="0.9"),
        Told(trace=3, at=at + 5 * MINUTE, release="1.1"),
        Told(trace=4, at=at + 7 * MINUTE, release="1.1"),
        Told(trace=5, at=at + 6 * MINUTE, release="1.0"),
        Told(trace=6, at=at + 6 * MINUTE, release="1.0", service="brand new"),
        Told(trace=7, at=at - 3 * HOUR, release="1.0", service="unchanged"),
        Told(trace=8, at=at + 9 * MINUTE, release="1.0", service="unchanged"),
    ]
    store.insert(project, [body_of(spans)])
    store.settle(day + 20 * MINUTE)
    group = Group(project, "production", "app")

    def changes(since: datetime, until: datetime) -> dict[Group, datetime]:
        found = store.evidence.changes(since, until)
        return {who: when for who, when in found.items() if who.project == project}

    assert changes(day, day + 20 * MINUTE) == {group: day + 5 * MINUTE}
    assert changes(day, day + 5 * MINUTE) == {}
    assert changes(day + 6 * MINUTE, day + 20 * MINUTE) == {}
