"""What explains an incident is looked for again as calls come in; nobody is woken a second time for better words."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import sleep

import pytest
from tests.alarms.world import APP, DAY, HOUR, MEASURES, MINUTE, START, Traffic, some_calls, worse

from tocsin.alarms.explain import TOO_FEW
from tocsin.alarms.inquiry import is_due_again
from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.series import Series, SeriesSource
from tocsin.model.asking import Filters
from tocsin.model.dimension import Dimension
from tocsin.model.incident import Incident, Member
from tocsin.model.notice import Delivered, Notice, NoticeState
from tocsin.model.parts import Parts, PartsRow
from tocsin.model.window import Window
from tocsin.notify.render import notice_for
from tocsin.serve import InTime
from tocsin.store.control import Control
from tocsin.testing.examples import a_judgement, an_incident
from tocsin.watch import Settings, Telling, Watch, at_leisure

STEP = timedelta(seconds=5)
# A call in four seconds.
CALM = Traffic(15, plain=True)
CHANNELS = ("inbox", "hook", "slack")


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "control.db")
    yield control
    control.close()


def tell(incident: Incident, state: NoticeState, at: datetime) -> Notice:
    return notice_for(incident, at=at, base_url="http://127.0.0.1:4319", state=state, measures=MEASURES)


class OneBadModel(SeriesSource):
    """Of every three calls two are of the model big, and all that fails is of it."""

    def parts(
        self, project: str, window: Window, step: timedelta | None, group_by: Sequence[Dimension], filters: Filters
    ) -> Sequence[PartsRow]:
        rows = super().parts(project, window, step, (), filters)
        if not group_by:
            return rows
        if group_by[0] is not Dimension.MODEL:
            return []
        parts = [(row.at, row.parts) for row in rows]
        big = [
            PartsRow(at, ("big",), Parts(calls=max(one.calls * 2 // 3, one.failed), failed=one.failed))
            for at, one in parts
        ]
        small = [
            PartsRow(at, ("small",), Parts(calls=one.calls - max(one.calls * 2 // 3, one.failed))) for at, one in parts
        ]
        return [*big, *small]


class World:
    """A service of little traffic that is watched."""

    def __init__(self, control: Control, within: Callable[[Callable[[], Incident]], Incident | None]) -> None:
        self.random = Random(4)
        self.series = Series(START, STEP)
        self.control = control
        self.at = START
        self.within = within
        self.go(DAY, judge=False)
        self.watch = self.watching()

    def watching(self) -> Watch:
        telling = Telling(MEASURES, tell, CHANNELS, changing=["slack"])
        settings = Settings(STEP, timedelta(0))
        source = OneBadModel({APP: self.series})
        errors = [alarm for alarm in DEFAULT if alarm.name == "errors_fast"]
        return Watch(errors, source, self.control, telling, up_since=START, settings=settings, within=self.within)

    def go(self, length: timedelta, traffic: Traffic = CALM, *, judge: bool = True) -> list[Notice]:
        told: list[Notice] = []
        for _ in range(length // STEP):
            self.series.append(some_calls(self.random, traffic, STEP / MINUTE))
            self.at += STEP
            if judge:
                told += self.watch.tick(self.at).notices
        return told

    def given(self, channel: str) -> list[Notice]:
        found: list[Notice] = []
        while (due := self.control.take(channel, self.at)) is not None:
            self.control.record(due, Delivered("ref"), self.at)
            found.append(due.notice)
        return found


FAILING = worse(CALM, failing=0.5)


def test_what_explains_it_is_revised_in_the_message_that_can_be_changed_and_told_to_nobody_else(
    control: Control,
) -> None:
    world = World(control, at_leisure)
    fire = next(told for _ in range(60) for told in world.go(STEP, FAILING))
    assert fire.why.startswith(TOO_FEW)
    assert [world.given(channel)[0].key for channel in CHANNELS] == [fire.key] * 3
    assert world.go(20 * MINUTE, FAILING) == []
    assert [world.given(channel) for channel in ("inbox", "hook")] == [[], []]
    (better,) = world.given("slack")
    assert better.quiet
    assert better.why.startswith("100% of the failures are model big")
    (incident,) = control.incidents()
    assert incident.why == "100% of the failures are model big"
    (end,) = world.go(40 * MINUTE)
    assert (end.state, end.sequence) == (NoticeState.RESOLVED, incident.notices)


def test_a_message_goes_without_what_takes_too_long_and_gets_it_later(control: Control) -> None:
    patient: list[bool] = []

    def within(look: Callable[[], Incident]) -> Incident | None:
        patient.append(len(patient) > 0)
        return look() if patient[-1] else None

    world = World(control, within)
    fire = next(told for _ in range(60) for told in world.go(STEP, FAILING))
    assert fire.why == ""
    world.given("slack")
    world.go(6 * MINUTE, FAILING)
    assert world.given("slack")[-1].why


def test_looking_is_not_waited_for_longer_than_it_may_take() -> None:
    within, incident = InTime(0.05), an_incident()

    def slow() -> Incident:
        sleep(0.3)
        return incident

    assert within(lambda: incident) is incident
    assert within(slow) is None
    assert within(lambda: incident) is None, "the one before it is still under way"
    sleep(0.4)
    assert within(lambda: incident) is incident


def test_an_incident_is_looked_into_after_1_5_and_15_minutes_and_then_once_an_hour() -> None:
    member = Member("errors_fast", START, None, a_judgement())
    known = an_incident(members=(member,), notices=1)
    steps = [START + n * STEP for n in range(5 * HOUR // STEP)]
    due = [at - START for at in steps if is_due_again(known, at - STEP, at)]
    assert due == [n * MINUTE for n in (1, 5, 15, 60, 120, 180, 240)]
    over = an_incident(members=(member,), notices=1, closed=START + HOUR)
    assert not any(is_due_again(over, at - STEP, at) for at in steps)
