"""How evidence is asked for: few questions, kept only as long as they hold, and the usual level frozen in trouble."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from tests.alarms.world import APP, DAY, HOUR, MEASURES, MINUTE, START, Traffic, series_of, worse

from tocsin.alarms.evidence import End
from tocsin.alarms.gather import Gatherer, past_of
from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.series import Series, SeriesSource
from tocsin.model.alarm import Group
from tocsin.model.parts import Parts
from tocsin.model.rhythm import Rhythm
from tocsin.model.whole import whole

NOW = START + 2 * DAY
SECOND = timedelta(seconds=1)


class Counting(SeriesSource):
    """Counts the questions."""

    def __init__(self, series: Mapping[Group, Series]) -> None:
        super().__init__(series)
        self.asked: Counter[str] = Counter()
        self.groups: list[Collection[Group] | None] = []

    def windows(
        self,
        until: datetime,
        lengths: Sequence[timedelta],
        groups: Collection[Group] | None,
        *,
        sketched: Collection[timedelta],
        signed: bool = True,
    ) -> Mapping[Group, Mapping[timedelta, Parts]]:
        self.asked["windows"] += 1
        self.groups.append(groups)
        return super().windows(until, lengths, groups, sketched=sketched, signed=signed)

    def hours(
        self, starts: Sequence[datetime], groups: Collection[Group] | None
    ) -> Mapping[Group, Mapping[datetime, Parts]]:
        self.asked["hours"] += 1
        return super().hours(starts, groups)

    def rhythms(self, until: datetime) -> Mapping[Group, Rhythm]:
        self.asked["rhythms"] += 1
        return super().rhythms(until)


def gatherer(source: SeriesSource, lag: timedelta = 30 * SECOND) -> Gatherer:
    return Gatherer(source, MEASURES, [alarm.needs for alarm in DEFAULT], up_since=START, lag=lag)


def test_a_busy_service_costs_one_question_for_windows_at_most_ticks() -> None:
    source = Counting({APP: series_of(Random(1), (Traffic(10), 2 * DAY))})
    asking = gatherer(source)
    for n in range(120):
        asking.gather(NOW + n * 5 * SECOND)
    assert source.asked["hours"] <= 1
    assert source.asked["rhythms"] == 1
    # One for each of 120 ticks, one for each of 11 watermarks, and few wider ones.
    assert source.asked["windows"] <= 120 + 11 + 20


def test_usual_levels_are_read_once_an_hour_for_all() -> None:
    series = {Group("default", "production", f"app{n}"): series_of(Random(n), (Traffic(1), 2 * DAY)) for n in range(3)}
    source = Counting(series)
    asking = gatherer(source)
    for n in range(4):
        gathered = asking.gather(NOW + n * 20 * MINUTE)
        for group in gathered.groups:
            gathered.of(group)
    assert source.asked["hours"] == 2
    assert source.asked["rhythms"] == 2


def test_wider_windows_are_asked_only_for_groups_with_few_calls() -> None:
    busy, rare = Group("default", "production", "busy"), Group("default", "production", "rare")
    source = Counting(
        {busy: series_of(Random(1), (Traffic(20), 2 * DAY)), rare: series_of(Random(2), (Traffic(0.3), 2 * DAY))}
    )
    gathered = gatherer(source).gather(NOW)
    assert {group for groups in source.groups if groups is not None for group in groups} == {rare}
    windows = gathered.of(rare)[End.WATERMARK].windows
    assert windows[6 * HOUR].duration.n == windows[6 * HOUR].calls - windows[6 * HOUR].failed > 60
    assert 6 * HOUR not in gathered.of(busy)[End.WATERMARK].windows


def test_latency_and_cost_wait_for_late_spans_and_errors_do_not() -> None:
    source = SeriesSource({APP: series_of(Random(1), (Traffic(10), 2 * DAY))})
    at = NOW - HOUR + 40 * SECOND
    evidence = gatherer(source).gather(at).of(APP)
    assert evidence[End.TICK].until == at
    assert evidence[End.WATERMARK].until == NOW - HOUR
    assert gatherer(source, lag=timedelta(minutes=2)).gather(at).of(APP)[End.WATERMARK].until == NOW - HOUR - 2 * MINUTE


def test_what_is_asked_for_is_every_group_and_the_whole() -> None:
    gathered = gatherer(SeriesSource({APP: series_of(Random(1), (Traffic(10), DAY))})).gather(START + DAY)
    assert gathered.groups == {APP, whole("default")}


def test_while_an_incident_is_open_the_usual_level_is_the_one_from_before_it() -> None:
    """Trouble must not become the usual."""
    healthy = Traffic(10)
    series = series_of(Random(1), (healthy, 2 * DAY), (worse(healthy, failing=0.5), DAY))
    asking = gatherer(SeriesSource({APP: series}))
    at = NOW + DAY
    measure = MEASURES["error_share"]
    frozen = asking.gather(at, past_of([(APP, NOW, None)])).of(APP)[End.TICK].usual.level(measure)
    assert frozen is not None
    assert frozen < 0.01
    drowned = asking.gather(at).of(APP)[End.TICK].usual.level(measure)
    assert drowned is not None
    assert drowned > 0.4


def test_an_incident_that_is_over_leaves_its_hours_out() -> None:
    healthy = Traffic(10)
    series = series_of(Random(1), (healthy, 2 * DAY), (worse(healthy, failing=0.5), 6 * HOUR), (healthy, 6 * HOUR))
    past = past_of([(APP, NOW, NOW + 6 * HOUR)])
    level = gatherer(SeriesSource({APP: series})).gather(NOW + 12 * HOUR, past).of(APP)[End.TICK].usual
    assert (level.level(MEASURES["error_share"]) or 1) < 0.01
