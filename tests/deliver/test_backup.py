"""The loop hands over what a channel does not take, and begins the hours of a channel on time."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from tocsin.deliver import deliver_due, deliver_until
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, TryAgain
from tocsin.notify.channel import Target
from tocsin.notify.route import Route, routed_by
from tocsin.store.control import Control
from tocsin.testing import FakeHttp, ManualClock
from tocsin.testing.examples import a_notice, an_incident
from tocsin.testing.manual_clock import START

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
ROUTES = {"spare": Route(severities=()), "day": Route(hours="Mon 14:00-18:00")}


@dataclass
class Side:
    """A channel that answers as it is told."""

    name: str
    answer: Outcome = field(default_factory=Delivered)
    took: list[Notice] = field(default_factory=list[Notice])
    tried: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue[str])

    async def send(self, notice: Notice, _http: httpx.AsyncClient, _at: datetime) -> Outcome:
        self.tried.put_nowait(notice.key)
        if isinstance(self.answer, Delivered):
            self.took.append(notice)
        return self.answer

    @property
    def target(self) -> Target:
        return Target(self.name, self.send)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path, routed_by(ROUTES))
    yield opened
    opened.close()


def tell(control: Control, *notices: Notice) -> None:
    with control.transaction() as tx:
        tx.put_in_outbox(notices, ["pager", "spare", "day"])


def run(control: Control, targets: list[Target], seconds: range) -> None:
    """Take a step a second, from START."""

    async def steps() -> None:
        async with FakeHttp().client() as http:
            for second in seconds:
                await deliver_due(ManualClock(START + second * SECOND), control, targets, http)

    asyncio.run(steps())


def test_a_page_reaches_the_backup_soon_after_two_minutes_and_its_end_too(control: Control) -> None:
    pager, spare = Side("pager", TryAgain(timedelta(0), "answered 500")), Side("spare")
    targets = [replace(pager.target, backup="spare"), spare.target]
    tell(control, a_notice())
    run(control, targets, range(120))
    assert spare.took == []
    run(control, targets, range(120, 123))
    assert [n.key for n in spare.took] == ["inc-1:0"]
    pager.answer = Delivered()
    tell(control, a_notice(sequence=1, state=NoticeState.RESOLVED, at=START + 200 * SECOND, ended=START + 200 * SECOND))
    run(control, targets, range(200, 330))
    assert [n.key for n in spare.took] == ["inc-1:0", "inc-1:1"]
    assert [n.key for n in pager.took] == ["inc-1:1"]


def test_the_log_says_once_that_a_channel_fails_and_once_that_it_is_well(control: Control) -> None:
    pager, stop = Side("pager", TryAgain(timedelta(0), "answered 500")), asyncio.Event()
    clock = ManualClock()

    async def until_well() -> None:
        async with FakeHttp().client() as http, asyncio.TaskGroup() as tasks:
            tasks.create_task(deliver_until(stop, control, [pager.target], http, clock))
            await asyncio.wait_for(pager.tried.get(), 10)
            pager.answer = Delivered()
            clock.advance(HOUR)
            await asyncio.wait_for(pager.tried.get(), 10)
            stop.set()

    tell(control, a_notice())
    with capture_logs() as said:
        asyncio.run(until_well())
    assert [(line["event"], line["channel"], line.get("detail")) for line in said] == [
        ("a channel fails", "pager", "answered 500"),
        ("a channel is well again", "pager", None),
    ]


def test_a_page_that_is_refused_reaches_the_backup_in_the_next_step(control: Control) -> None:
    pager, spare = Side("pager", GaveUp(GaveUpReason.NOT_AUTHORISED, "answered 401")), Side("spare")
    tell(control, a_notice())
    run(control, [replace(pager.target, backup="spare"), spare.target], range(2))
    assert [n.changed.endswith("Told here because pager did not take it.") for n in spare.took] == [True]


def test_what_is_going_on_when_the_hours_begin_is_told_then_and_once(control: Control) -> None:
    day = Side("day")
    with control.transaction() as tx:
        tx.save_incident(an_incident())
    tell(control, a_notice())
    run(control, [replace(day.target, has_hours=True)], range(7_195, 7_210))
    assert [n.key for n in day.took] == ["inc-1:0"]
    assert control.deliveries("inc-1")[0].at == START + 2 * HOUR
