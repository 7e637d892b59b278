"""The heartbeat outwards: it goes out while all is well, falls silent when something is not, and never names itself."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tocsin.model.secret import Secret
from tocsin.notify import post
from tocsin.notify.heartbeat import Settings
from tocsin.pulse import LATE_AFTER, Pulse
from tocsin.store.control import Control
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START, ManualClock

SECOND = timedelta(seconds=1)
PATH = "/ping/0b9c4f3e-secret-of-the-check"


@dataclass
class Check:
    """A dead man's switch on a real socket."""

    url: str = ""
    status: int = 200
    asked: list[str] = field(default_factory=list[str])


@pytest.fixture
def check() -> Iterator[Check]:
    found = Check()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            self.send_response(found.status)
            if found.status == 302:
                self.send_header("Location", found.url.replace("/ping", "/elsewhere"))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}{PATH}"
    yield found
    server.shutdown()
    server.server_close()


@dataclass
class World:
    """A server's control state, its clock, and whether its store can be written."""

    control: Control
    clock: ManualClock
    pulse: Pulse
    writes_fail: bool = False

    def tick(self) -> None:
        with self.control.transaction() as tx:
            tx.ticked = self.clock()

    def step(self) -> None:
        async def once() -> None:
            async with post.client() as http:
                await self.pulse.step(http)

        asyncio.run(once())


@pytest.fixture
def world(tmp_path: Path, check: Check) -> Iterator[World]:
    control, clock = Control(tmp_path / "control.db"), ManualClock(START)
    found = World(control, clock, Pulse(control, lambda: found.writes_fail, Settings(Secret(check.url)), clock))
    found.tick()
    yield found
    control.close()


def test_a_heartbeat_goes_out_while_all_is_well(world: World, check: Check) -> None:
    world.step()
    assert check.asked == [PATH]
    assert (world.pulse.ill, world.pulse.beaten, world.pulse.fault) == ((), START, "")


def test_no_heartbeat_goes_out_when_alarms_are_not_judged(world: World, check: Check) -> None:
    world.clock.advance(LATE_AFTER)
    world.step()
    assert len(check.asked) == 1
    world.clock.advance(SECOND)
    world.step()
    assert len(check.asked) == 1
    assert world.pulse.ill == (f"alarms were judged last at {START:%Y-%m-%d %H:%M:%S} UTC",)
    world.tick()
    world.step()
    assert len(check.asked) == 2


def test_no_heartbeat_goes_out_when_what_arrives_can_not_be_stored(world: World, check: Check) -> None:
    world.writes_fail = True
    world.step()
    assert check.asked == []
    assert world.pulse.ill == ("what arrived last could not be stored",)


def test_no_heartbeat_goes_out_when_messages_are_not_tried(world: World, check: Check) -> None:
    with world.control.transaction() as tx:
        tx.put_in_outbox([a_notice(at=START)], ["team"])
    world.clock.advance(LATE_AFTER + SECOND)
    world.tick()
    world.step()
    assert check.asked == []
    assert "was not tried" in world.pulse.ill[0]
    # A channel that fails is tried all the same: that is its trouble, and not the server's.
    assert world.control.take("team", world.clock()) is not None
    world.step()
    assert check.asked == [PATH]


def test_a_control_state_that_can_not_be_written_is_no_health(world: World, check: Check) -> None:
    world.control.close()
    file = Path(str(world.control._file))  # pyright: ignore[reportPrivateUsage]
    for piece in file.parent.glob("control.db*"):
        piece.unlink()
    file.mkdir()
    world.step()
    assert check.asked == []
    assert "can't be read or written" in world.pulse.ill[0]


def test_the_log_tells_once_when_it_falls_silent_and_when_it_is_well_again(world: World) -> None:
    with capture_logs() as told:
        for fails in (False, True, True, False, False):
            world.writes_fail = fails
            world.step()
    assert [line["event"] for line in told] == ["no heartbeat while something does not work", "all works again"]


@pytest.mark.parametrize(
    ("status", "fault"), [(302, "answered 302; redirects are not followed"), (404, "answered 404")]
)
def test_a_heartbeat_that_is_not_taken_is_told_and_goes_nowhere_else(
    world: World, check: Check, caplog: pytest.LogCaptureFixture, status: int, fault: str
) -> None:
    """The address is the only secret of a check: it stands in no log, at no level, and a redirect is not followed."""
    check.status = status
    with caplog.at_level(logging.DEBUG), capture_logs() as told:
        world.step()
    assert world.pulse.fault.startswith(fault)
    assert world.pulse.beaten is None
    assert check.asked == [PATH]
    said = caplog.text + str(told) + world.pulse.fault
    assert "secret-of-the-check" not in said


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="url is not a web address"):
        Settings(Secret("hc-ping.com/x"))
