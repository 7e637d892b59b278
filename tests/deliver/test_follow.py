"""What a channel was told before comes back to it, from the disk."""

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from tocsin.deliver import deliver_due
from tocsin.model.notice import Delivered, Notice, NoticeState, Outcome, Told, TryAgain
from tocsin.notify.channel import Target
from tocsin.store.control import Control
from tocsin.store.control.migrate import migrate
from tocsin.testing import FakeHttp, ManualClock
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

MINUTE = timedelta(minutes=1)


class Pen:
    """A channel that remembers what it was called with, and names each message after its notice."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Told | None]] = []
        self.reached: list[tuple[str, ...]] = []
        self.outcomes: list[Outcome] = []

    async def send(self, notice: Notice, _http: httpx.AsyncClient, _at: datetime) -> Outcome:
        return self.took(notice, None)

    async def follow(self, notice: Notice, told: Told, _http: httpx.AsyncClient, _at: datetime) -> Outcome:
        return self.took(notice, told)

    def took(self, notice: Notice, told: Told | None) -> Outcome:
        self.calls.append((notice.key, told))
        self.reached.append(notice.reached)
        return self.outcomes.pop(0) if self.outcomes else Delivered(f"ref {notice.sequence}")

    @property
    def target(self) -> Target:
        return Target("pen", self.send, (), self.follow)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path)
    yield opened
    opened.close()


def tell(control: Control, pen: Pen, *notices: Notice) -> None:
    for notice in notices:
        with control.transaction() as tx:
            tx.put_in_outbox([notice], ["pen"])
        deliver(control, pen, notice.at)


def deliver(control: Control, pen: Pen, at: datetime) -> None:
    async def step() -> None:
        async with FakeHttp().client() as http:
            await deliver_due(ManualClock(at), control, [pen.target], http)

    asyncio.run(step())


def later(sequence: int, **changes: object) -> Notice:
    return replace(a_notice(sequence=sequence, at=START + sequence * MINUTE), **changes)


def test_the_first_message_is_sent_and_later_ones_follow_it(control: Control) -> None:
    pen = Pen()
    tell(control, pen, a_notice(), later(1), later(2, state=NoticeState.RESOLVED, ended=START))
    first, second = (replace(n, installation=control.install_id) for n in (a_notice(), later(1)))
    assert pen.calls == [
        ("inc-1:0", None),
        ("inc-1:1", Told("ref 0", first, first)),
        ("inc-1:2", Told("ref 1", first, second)),
    ]


def test_a_restart_forgets_no_message(tmp_path: Path, control: Control) -> None:
    pen = Pen()
    tell(control, pen, a_notice())
    control.close()
    again = Control(tmp_path)
    tell(again, pen, later(1))
    again.close()
    assert [told and told.reference for _, told in pen.calls] == [None, "ref 0"]


def test_what_another_incident_or_another_channel_was_told_is_not_followed(control: Control) -> None:
    pen, other = Pen(), Pen()
    tell(control, pen, a_notice(), a_notice(incident="inc-2"))
    with control.transaction() as tx:
        tx.put_in_outbox([a_notice()], ["other"])

    async def step() -> None:
        async with FakeHttp().client() as http:
            await deliver_due(ManualClock(), control, [replace(other.target, name="other")], http)

    asyncio.run(step())
    assert [told for _, told in (*pen.calls, *other.calls)] == [None, None, None]


def test_a_message_without_a_reference_is_followed_by_one_that_stands_alone(control: Control) -> None:
    pen = Pen()
    pen.outcomes = [Delivered(), TryAgain(timedelta(0), "answered 500")]
    tell(control, pen, a_notice(), later(1))
    deliver(control, pen, START + 2 * MINUTE)
    assert pen.calls == [("inc-1:0", None), ("inc-1:1", None), ("inc-1:1", None)]


def test_who_has_a_notice_already_comes_back_with_the_next_try_also_after_a_restart(
    tmp_path: Path, control: Control
) -> None:
    """Only the rest is sent it again; what part of a channel's people has is the message that later ones follow."""
    pen = Pen()
    pen.outcomes = [
        TryAgain(timedelta(0), "1 of 2", ("ada",), "ref 0"),
        TryAgain(timedelta(0), "no answer"),
        TryAgain(timedelta(0), "no answer"),
    ]
    tell(control, pen, a_notice())
    control.close()
    again = Control(tmp_path)
    deliver(again, pen, START + MINUTE)
    tell(again, pen, later(2))
    again.close()
    assert [told and told.reference for _, told in pen.calls] == [None, None, "ref 0"]
    assert pen.reached == [(), ("ada",), ()]


def test_what_somebody_has_is_not_given_up_when_it_is_too_old_for_the_rest(control: Control) -> None:
    """Else the end would not be told to whoever was told of the fire."""
    pen = Pen()
    pen.outcomes = [TryAgain(timedelta(0), "1 of 2", ("ada",), "ref 0")] * 2
    tell(control, pen, a_notice())
    deliver(control, pen, START + 25 * 60 * MINUTE)
    assert control.deliveries("inc-1")[-1].outcome == "delivered"
    tell(control, pen, later(26 * 60, state=NoticeState.RESOLVED, ended=START))
    assert pen.calls[-1][0] == "inc-1:1560"


def test_an_outbox_from_before_there_were_references_is_brought_up(tmp_path: Path, control: Control) -> None:
    """The rows of 0001 stay: what waits is delivered, what was delivered has no reference."""
    with control.transaction() as tx:
        tx.put_in_outbox([a_notice()], ["pen"])
    control.close()
    with sqlite3.connect(tmp_path / "control.db") as newest:
        newest.row_factory = sqlite3.Row
        (row,) = [dict(found) for found in newest.execute("SELECT * FROM outbox")]
    newest.close()
    before = tmp_path / "before"
    before.mkdir()
    engine = create_engine(f"sqlite:///{before / 'control.db'}")
    with engine.begin() as connection:
        migrate(connection, "0001")
        kept = {name: value for name, value in row.items() if name != "reference"}
        columns, values = ", ".join(kept), ", ".join(f":{name}" for name in kept)
        connection.execute(text(f"INSERT INTO outbox ({columns}) VALUES ({values})"), kept)  # noqa: S608 - our own columns
    engine.dispose()
    again, pen = Control(before), Pen()
    deliver(again, pen, START)
    again.close()
    assert pen.calls == [("inc-1:0", None)]
