"""Drills and the watch, on a simulated clock: judged as the real thing, seen by nothing else, over when they are."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from tests.alarms.test_watch import BEGIN, BUSY, STEP, TELLING
from tests.alarms.world import APP, HOUR, MINUTE, START, some_calls, worse

from tocsin.alarms.kind import kinds
from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.series import Series, SeriesSource
from tocsin.model.alarm import Phase
from tocsin.model.drill import PROJECT, Drill, group_of
from tocsin.model.notice import Notice, NoticeState
from tocsin.model.whole import whole
from tocsin.store.control import Control
from tocsin.watch import Settings, Watch

DRILL = Drill(group_of("20260101-010000"), BEGIN)
FAILING = worse(replace(BUSY, calls=20), failing=1.0)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "control.db")
    yield control
    control.close()


class World:
    """A healthy service, and a drill whose calls all fail."""

    def __init__(self, control: Control) -> None:
        self.random, self.control, self.at = Random(1), control, BEGIN
        self.app, self.drill = Series(START, STEP), Series(START, STEP)
        for _ in range(HOUR // STEP):
            self.app.append(some_calls(self.random, BUSY, STEP / MINUTE))
            self.drill.append(some_calls(self.random, replace(BUSY, calls=0), STEP / MINUTE))
        self.watch = self.watching()

    def watching(self) -> Watch:
        source = SeriesSource({APP: self.app, DRILL.group: self.drill})
        return Watch(DEFAULT, source, self.control, TELLING, up_since=START, settings=Settings(STEP, timedelta(0)))

    def go(self, length: timedelta) -> list[Notice]:
        told: list[Notice] = []
        for _ in range(length // STEP):
            self.app.append(some_calls(self.random, BUSY, STEP / MINUTE))
            self.drill.append(some_calls(self.random, FAILING, 1))
            self.at += STEP
            told += self.watch.tick(self.at).notices
        return told


def test_a_drill_is_told_as_a_drill_within_half_a_minute_and_ends_when_it_is_over(control: Control) -> None:
    world = World(control)
    world.watch.drilling = replace(DRILL, loud=True, channels=("team",))
    (fire,) = world.go(30 * timedelta(seconds=1))
    assert fire.headline.startswith("DRILL: tocsin-drill: 100% of calls fail")
    assert (fire.alarm, fire.drill, fire.loud, fire.channels) == ("errors_fast", True, True, ("team",))
    world.watch.drilling = None
    (end,) = world.go(STEP)
    assert (end.state, end.incident, end.channels) == (NoticeState.RESOLVED, fire.incident, ("team",))
    assert end.headline.startswith("DRILL: Over after")
    (incident,) = control.incidents()
    assert incident.closed == world.at


def test_calls_of_a_drill_that_is_over_are_judged_by_nobody(control: Control) -> None:
    """They are still in the windows of the next minutes."""
    world = World(control)
    assert world.go(2 * MINUTE) == []
    assert {group.project for _, group in control.last_judgements()} == {"default"}


def test_only_the_alarm_that_a_drill_is_for_judges_it(control: Control) -> None:
    world = World(control)
    world.watch.drilling = DRILL
    world.go(MINUTE)
    judged = {key for key in control.last_judgements() if key[1].project == PROJECT}
    assert judged == {("errors_fast", DRILL.group)}
    assert [name for name, kind in kinds().items() if kind.drilled] == ["errors_fast"]
    assert not any(alarm.covers(whole(PROJECT)) for alarm in DEFAULT)


def test_a_drill_that_its_process_did_not_live_to_end_is_ended_by_the_next_one(control: Control) -> None:
    world = World(control)
    world.watch.drilling = DRILL
    (fire,) = world.go(30 * timedelta(seconds=1))
    world.watch = world.watching()
    (end,) = world.go(STEP)
    assert (end.state, end.incident) == (NoticeState.RESOLVED, fire.incident)
    assert control.standings()["errors_fast", DRILL.group][0].phase is Phase.QUIET
    assert world.go(MINUTE) == []


def test_nobody_judged_is_told_to_no_drill(control: Control) -> None:
    world = World(control)
    world.watch.drilling = DRILL
    world.go(30 * timedelta(seconds=1))
    world.watch.drilling = None
    world.go(STEP)
    told = world.watch.tick(world.at + 5 * HOUR).notices
    assert {notice.group.project for notice in told} == {"default"}
