"""What the running server says of itself: of its channels, its judges, its doors and its drills."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tocsin.model.drill import PROJECT as DRILL_PROJECT
from tocsin.model.drill import Drilled, Stage, Step
from tocsin.model.notice import GaveUp, GaveUpReason
from tocsin.model.pipeline import AskPipeline, FailingChannel, FailingJudge, Pipeline
from tocsin.model.whole import whole
from tocsin.model.window import Window
from tocsin.pipeline import COUNTED, PROJECTS_KEPT, Doors, Watcher
from tocsin.store.control import Control
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@dataclass
class World:
    """A control state, and what the server would be asked for."""

    control: Control
    watcher: Watcher = field(init=False)
    projects: list[str] = field(default_factory=lambda: ["default", DRILL_PROJECT])
    asked: list[Window] = field(default_factory=list[Window])
    doors: Doors = field(default_factory=lambda: Doors(100, 10))
    lag: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self.watcher = Watcher(
            self.control, frozenset({"pipeline"}), self._projects, lambda: self.doors, lambda: self.lag
        )

    def _projects(self, window: Window) -> list[str]:
        self.asked.append(window)
        return self.projects

    def told(self, after: timedelta = timedelta(0)) -> Pipeline:
        found = self.watcher.answer(AskPipeline(), START + after)
        told = found[whole("default")]
        assert isinstance(told, Pipeline)
        return told


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    control = Control(tmp_path)
    control.keep_channels(["oncall", "other"], START)
    yield World(control)
    control.close()


def refuse(control: Control) -> None:
    with control.transaction() as tx:
        tx.put_in_outbox([a_notice(at=START)], ["oncall"])
    due = control.take("oncall", START)
    assert due is not None
    control.record(due, GaveUp(GaveUpReason.NOT_AUTHORISED, "Slack said token_revoked"), START)


def test_a_channel_that_refused_a_page_is_told_with_its_last_words(world: World) -> None:
    refuse(world.control)
    assert world.told(MINUTE).channels == (
        FailingChannel("oncall", START, 1, "Slack said token_revoked", 0, refused=True, paged=True),
    )


def test_it_can_be_asked_inside_a_tick_that_holds_the_write_lock(world: World) -> None:
    refuse(world.control)
    with world.control.transaction() as tx:
        tx.ticked = START
        assert world.told().channels


def test_every_project_is_told_but_that_of_drills_and_they_are_asked_for_now_and_then(world: World) -> None:
    world.projects.append("other")
    for n in range(4):
        found = world.watcher.answer(AskPipeline(), START + n * 15 * SECOND)
        assert set(found) == {whole("default"), whole("other")}
    assert len(world.asked) == 1
    world.watcher.answer(AskPipeline(), START + PROJECTS_KEPT)
    assert len(world.asked) == 2


def test_the_first_project_is_told_as_soon_as_it_is_there(world: World) -> None:
    projects, world.projects = world.projects, []
    assert world.watcher.answer(AskPipeline(), START) == {}
    world.projects = projects
    assert world.told(15 * SECOND)


def test_an_alarm_that_fails_is_told_since_it_began_whatever_it_stumbles_over(world: World) -> None:
    world.watcher.ticked(START, {"a": "KeyError"}, START)
    world.watcher.ticked(START + MINUTE, {"a": "ValueError", "b": "KeyError"}, START + MINUTE)
    assert world.told().judges == (
        FailingJudge("a", START, "ValueError"),
        FailingJudge("b", START + MINUTE, "KeyError"),
    )
    world.watcher.ticked(START + 2 * MINUTE, {"b": "KeyError"}, START + 2 * MINUTE)
    world.watcher.ticked(START + 3 * MINUTE, {"a": "KeyError"}, START + 3 * MINUTE)
    assert world.told().judges == (FailingJudge("a", START + 3 * MINUTE, "KeyError"),)


def test_it_does_not_tell_of_itself(world: World) -> None:
    world.watcher.ticked(START, {"pipeline": "KeyError"}, START)
    assert world.told().judges == ()


def test_the_longer_lag_of_judging_and_settling_is_told(world: World) -> None:
    world.watcher.ticked(START, {}, START + 3 * MINUTE)
    assert world.told().lag == 3 * MINUTE
    world.lag = 4 * MINUTE
    assert world.told().lag == 4 * MINUTE
    world.watcher.ticked(START + 5 * SECOND, {}, START)
    world.lag = timedelta(0)
    assert world.told().lag == timedelta(0), "a clock that was set back makes nothing early"


def test_only_the_requests_of_the_last_ten_minutes_count(world: World) -> None:
    assert (world.told().requests, world.told().refused) == (0, 0)
    world.doors = Doors(160, 30)
    told = world.told(5 * MINUTE)
    assert (told.requests, told.refused) == (60, 20)
    told = world.told(COUNTED + 5 * MINUTE - SECOND)
    assert (told.requests, told.refused) == (60, 20)
    told = world.told(COUNTED + 5 * MINUTE)
    assert (told.requests, told.refused) == (0, 0)


def test_a_message_that_nobody_tried_is_overdue_and_one_that_was_refused_is_not(world: World) -> None:
    refuse(world.control)
    assert world.told(5 * MINUTE).overdue == timedelta(0)
    with world.control.transaction() as tx:
        tx.put_in_outbox([a_notice("inc-2", at=START)], ["other"])
    assert world.told(5 * MINUTE).overdue == 5 * MINUTE


@pytest.mark.parametrize(
    ("by", "took", "missed"),
    [("schedule", None, START), ("command", None, None), ("schedule", SECOND, None)],
)
def test_a_drill_of_the_schedule_that_did_not_arrive_is_told(
    world: World, by: str, took: timedelta | None, missed: datetime | None
) -> None:
    steps = (Step(Stage.DELIVERED, "oncall", took),)
    world.control.keep_drilled(Drilled("d", START, START + MINUTE, by, loud=False, channels=(), steps=steps))
    assert world.told().drill_missed == missed
