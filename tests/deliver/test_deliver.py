import asyncio
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tocsin.deliver import deliver_due, deliver_until
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify import post
from tocsin.notify.channel import Target
from tocsin.notify.channels import inbox, slack_webhook, webhook
from tocsin.store.control import Control, Delivery
from tocsin.testing import FakeHttp, ManualClock
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

SECOND = timedelta(seconds=1)
TOKEN = "T0SECRET/B0SECRET/x9f8e7d6c5b4"


class Receiver(Protocol):
    """What conftest's receiving side offers."""

    answers: dict[str, list[tuple[int, dict[str, str]]]]
    took: threading.Event

    def url(self, path: str) -> str: ...

    def keys(self, path: str) -> list[str]: ...


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path)
    yield opened
    opened.close()


def hook(receiver: Receiver, path: str = "/hook", name: str = "hook") -> Target:
    return webhook.CHANNEL.target(name, webhook.Settings(Secret(receiver.url(path))))


def queue(control: Control, *notices: Notice, channels: list[str]) -> None:
    with control.transaction() as tx:
        tx.put_in_outbox(notices, channels)


def deliver(control: Control, *targets: Target, at: datetime = START, timeout_s: float = 0.3) -> list[Delivery]:
    async def step() -> list[Delivery]:
        async with post.client() as http:
            return await deliver_due(ManualClock(at), control, targets, http, send_timeout_s=timeout_s)

    return asyncio.run(step())


def raising(name: str, fault: Exception) -> Target:
    async def send(_notice: Notice, _http: httpx.AsyncClient, _at: datetime) -> Outcome:
        raise fault

    return Target(name, send, (Secret(f"https://hooks.slack.com/services/{TOKEN}"),))


def test_a_webhook_that_answers_429_gets_the_notice_when_it_said(control: Control, receiver: Receiver) -> None:
    receiver.answers["/hook"] = [(429, {"Retry-After": "20"})]
    queue(control, a_notice(), channels=["hook"])
    assert [d.outcome for d in deliver(control, hook(receiver))] == ["try again"]
    assert deliver(control, hook(receiver), at=START + 19 * SECOND) == []
    assert [d.outcome for d in deliver(control, hook(receiver), at=START + 20 * SECOND)] == ["delivered"]
    assert receiver.keys("/hook") == ["inc-1:0"]


def test_a_webhook_that_answers_500_gets_the_notice_when_it_is_well(control: Control, receiver: Receiver) -> None:
    receiver.answers["/hook"] = [(500, {}), (500, {})]
    queue(control, a_notice(), channels=["hook"])
    tried = [d for n in range(10) for d in deliver(control, hook(receiver), at=START + n * SECOND)]
    assert [(d.outcome, d.detail, d.at - START) for d in tried] == [
        ("try again", "answered 500", 0 * SECOND),
        ("try again", "answered 500", 2 * SECOND),
        ("delivered", "", 6 * SECOND),
    ]
    assert receiver.keys("/hook") == ["inc-1:0"]


def test_a_webhook_that_never_answers_is_tried_again(control: Control, receiver: Receiver) -> None:
    receiver.answers["/hook"] = [(0, {})]
    queue(control, a_notice(), channels=["hook"])
    assert [d.detail for d in deliver(control, hook(receiver))] == ["no answer within 0.3 s"]
    assert [d.outcome for d in deliver(control, hook(receiver), at=START + 2 * SECOND)] == ["delivered"]


def test_a_webhook_that_is_not_there_is_tried_again(control: Control) -> None:
    gone = webhook.CHANNEL.target("hook", webhook.Settings(Secret("http://127.0.0.1:9/T0SECRET")))
    queue(control, a_notice(), channels=["hook"])
    assert [(d.outcome, d.detail) for d in deliver(control, gone, timeout_s=5)] == [
        ("try again", "could not be reached: ConnectError")
    ]


def test_a_channel_that_hangs_or_breaks_does_not_stop_the_others(control: Control, receiver: Receiver) -> None:
    receiver.answers["/dead"] = [(0, {})]
    dead = hook(receiver, "/dead", "dead")
    broken = raising("broken", RuntimeError("no"))
    queue(control, a_notice(), channels=["dead", "broken", "hook"])
    tried = deliver(control, dead, broken, hook(receiver))
    assert [(d.channel, d.outcome) for d in tried] == [
        ("dead", "try again"),
        ("broken", "try again"),
        ("hook", "delivered"),
    ]


def test_what_a_channel_raises_is_recorded_without_its_secret(control: Control) -> None:
    """The address of a webhook is its password; it stands in many a library's error text."""
    fault = ValueError(f"bad reply from https://hooks.slack.com/services/{TOKEN} (path /services/{TOKEN})")
    queue(control, a_notice(), channels=["broken"])
    (tried,) = deliver(control, raising("broken", fault))
    assert tried.detail == "the channel failed: ValueError: bad reply from *** (path ***)"
    assert control.deliveries("inc-1") == [tried]


def test_no_address_is_logged_at_any_level(
    control: Control, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """The HTTP client writes each request's address at INFO, and an operator may turn everything on."""
    caplog.set_level(logging.DEBUG)
    for path in (f"/services/{TOKEN}", f"/refused/{TOKEN}"):
        receiver.answers[f"/refused/{TOKEN}"] = [(403, {})]
        target = hook(receiver, path, path)
        queue(control, a_notice(), channels=[path])
        deliver(control, target, timeout_s=5)
    assert receiver.keys(f"/services/{TOKEN}") == ["inc-1:0"]
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}
    assert "SECRET" not in logged


def test_a_fire_that_was_due_is_delivered_merged_with_its_end(control: Control, receiver: Receiver) -> None:
    receiver.answers["/hook"] = [(429, {"Retry-After": "30"})]
    queue(control, a_notice(), channels=["hook"])
    deliver(control, hook(receiver))
    queue(control, a_notice(sequence=1, state=NoticeState.RESOLVED, ended=START), channels=["hook"])
    assert deliver(control, hook(receiver), at=START + 29 * SECOND) == []
    deliver(control, hook(receiver), at=START + 30 * SECOND)
    assert receiver.keys("/hook") == ["inc-1:1"]


def test_a_refused_notice_is_given_up_and_the_next_incident_is_told(control: Control, receiver: Receiver) -> None:
    receiver.answers["/hook"] = [(400, {})]
    queue(control, a_notice(), a_notice(incident="inc-2"), channels=["hook"])
    assert [d.outcome for d in deliver(control, hook(receiver))] == ["gave up: rejected", "delivered"]
    assert receiver.keys("/hook") == ["inc-2:0"]


def test_a_step_sends_a_short_burst_and_the_next_step_goes_on(control: Control, receiver: Receiver) -> None:
    queue(control, *(a_notice(incident=f"inc-{n}") for n in range(7)), channels=["hook"])
    assert [len(deliver(control, hook(receiver), timeout_s=5)) for _ in range(3)] == [5, 2, 0]


def test_a_failing_channel_is_left_alone_for_the_rest_of_the_step(control: Control, receiver: Receiver) -> None:
    receiver.answers["/hook"] = [(500, {})] * 7
    queue(control, *(a_notice(incident=f"inc-{n}") for n in range(7)), channels=["hook"])
    assert len(deliver(control, hook(receiver))) == 1


def test_the_inbox_gets_the_message_once_though_it_was_delivered_twice(control: Control) -> None:
    target = inbox.CHANNEL.target("inbox", inbox.Settings(control.put_in_inbox))

    async def send_twice() -> list[Outcome]:
        async with FakeHttp().client() as http:
            return [await target.send(a_notice(), http, START) for _ in range(2)]

    assert asyncio.run(send_twice()) == [Delivered(), Delivered()]
    (row,) = control.inbox()
    assert row.notice == a_notice()
    assert row.payload["text"].startswith(":rotating_light: checkout-bot (production): 23% of calls fail")


def test_the_loops_deliver_side_by_side_and_stop_when_told(control: Control, receiver: Receiver) -> None:
    receiver.answers["/dead"] = [(0, {})]
    queue(control, a_notice(), channels=["dead", "hook"])
    clock = ManualClock()

    async def run() -> None:
        stop = asyncio.Event()
        async with post.client() as http, asyncio.TaskGroup() as tasks:
            loops = tasks.create_task(
                deliver_until(stop, control, [hook(receiver, "/dead", "dead"), hook(receiver)], http, clock)
            )
            assert await asyncio.to_thread(receiver.took.wait, 10)
            stop.set()
            # The channel that never answers is waited for by its own time-out only.
            await asyncio.sleep(0.1)
            assert not loops.done()
            loops.cancel()

    asyncio.run(asyncio.wait_for(run(), 20))
    assert [w.channel for w in control.waiting()] == ["dead"]


def test_a_loop_outlives_a_fault_of_the_control_state(control: Control, tmp_path: Path) -> None:
    """A full disk is told and survived; the loop must not end with the process still up."""
    control.close()
    for file in tmp_path.iterdir():
        file.unlink()
    tmp_path.joinpath("control.db").mkdir()

    async def run() -> None:
        stop = asyncio.Event()
        async with FakeHttp().client() as http, asyncio.TaskGroup() as tasks:
            tasks.create_task(deliver_until(stop, control, [raising("hook", RuntimeError())], http, ManualClock()))
            await anything(said)
            stop.set()

    with capture_logs() as said:
        asyncio.run(asyncio.wait_for(run(), 20))
    assert (said[0]["event"], said[0]["channel"]) == ("delivery stopped", "hook")
    assert said[0]["fault"].startswith("Foreign: control.db: ")


async def anything(said: list[EventDict]) -> None:
    while not said:  # noqa: ASYNC110 - a log line sets no event
        await asyncio.sleep(0.01)


class Unwritable:
    """A channel that takes what it is given, after which nothing can be written about it until `heal`."""

    def __init__(self, folder: Path) -> None:
        self.sent: list[str] = []
        self.target = Target("hook", self.send)
        self._file = folder / "control.db"

    async def send(self, notice: Notice, _http: httpx.AsyncClient, _at: datetime) -> Outcome:
        self.sent.append(notice.key)
        self._run("CREATE TRIGGER full BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        return Delivered()

    def heal(self) -> None:
        self._run("DROP TRIGGER full")

    def _run(self, sql: str) -> None:
        with closing(sqlite3.connect(self._file)) as connection:
            connection.execute(sql)


def test_what_was_sent_is_written_down_as_soon_as_it_can_be_and_not_sent_again(
    control: Control, tmp_path: Path
) -> None:
    """A control state that can't be written for a moment must not page people twice."""
    channel = Unwritable(tmp_path)
    queue(control, a_notice(), channels=["hook"])
    clock = ManualClock()

    async def run(said: list[EventDict]) -> list[Delivery]:
        async with FakeHttp().client() as http, asyncio.TaskGroup() as tasks:
            step = tasks.create_task(deliver_due(clock, control, [channel.target], http))
            await anything(said)
            clock.advance(timedelta(hours=1))
            channel.heal()
        return step.result()

    with capture_logs() as said:
        (tried,) = asyncio.run(asyncio.wait_for(run(said), 20))
    assert {line["event"] for line in said} == {"a delivery is not written down yet"}
    assert channel.sent == ["inc-1:0"]
    assert (tried.outcome, tried.at) == ("delivered", START)
    assert control.deliveries("inc-1") == [tried]
    assert control.waiting() == []


def test_a_loop_that_can_write_nothing_down_still_ends_when_told(control: Control, tmp_path: Path) -> None:
    channel = Unwritable(tmp_path)
    queue(control, a_notice(), channels=["hook"])

    async def run(said: list[EventDict]) -> None:
        stop = asyncio.Event()
        async with FakeHttp().client() as http, asyncio.TaskGroup() as tasks:
            tasks.create_task(deliver_until(stop, control, [channel.target], http, ManualClock()))
            await anything(said)
            stop.set()

    with capture_logs() as said:
        asyncio.run(asyncio.wait_for(run(said), 20))
    assert [line["event"] for line in said] == ["a delivery is not written down yet", "delivery stopped"]
    assert channel.sent == ["inc-1:0"]
    assert [waiting.notices for waiting in control.waiting()] == [1]


def test_what_the_other_side_asks_for_counts_from_its_answer(control: Control) -> None:
    """An answer may take seconds, and the burst before it may too."""
    clock = ManualClock()

    async def send(_notice: Notice, _http: httpx.AsyncClient, _at: datetime) -> Outcome:
        clock.advance(4 * SECOND)
        return TryAgain(20 * SECOND, "busy") if clock() == START + 8 * SECOND else Delivered()

    async def steps() -> list[Delivery]:
        tried: list[Delivery] = []
        async with FakeHttp().client() as http:
            for wait in (0, 19, 1):
                clock.advance(wait * SECOND)
                tried += await deliver_due(clock, control, [Target("hook", send)], http)
        return tried

    queue(control, a_notice(), a_notice(incident="inc-2"), channels=["hook"])
    assert [(d.notice_key, d.outcome, d.at - START) for d in asyncio.run(steps())] == [
        ("inc-1:0", "delivered", 4 * SECOND),
        ("inc-2:0", "try again", 8 * SECOND),
        ("inc-2:0", "delivered", 32 * SECOND),
    ]


@pytest.mark.parametrize("channel", [webhook.CHANNEL, slack_webhook.CHANNEL])
def test_an_outcome_never_holds_the_secret_of_its_target(control: Control, channel: Any) -> None:  # noqa: ANN401
    secret = Secret(f"https://hooks.slack.com/services/{TOKEN}")
    target: Target = channel.target("x", channel.settings(secret))
    assert target.secrets == (secret,)

    async def leaky(_notice: Notice, _http: httpx.AsyncClient, _at: datetime) -> Outcome:
        return GaveUp(GaveUpReason.REJECTED, f"{secret.reveal()} said no to {TOKEN.split('/')[2]}")

    queue(control, a_notice(), channels=["x"])
    (tried,) = deliver(control, Target("x", leaky, target.secrets))
    assert tried.detail == "*** said no to ***"
    assert "SECRET" not in repr(target)
