"""A real server with a channel that is gone: it says so itself, to all the others, and they go on."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.serve.running import NS, Running, call, now_ns, request, until, up

from tocsin.testing import OtherSide, Reply

pytestmark = pytest.mark.slow
CONFIG = """
[channels.gone]
type = "webhook"
url = { env = "GONE" }

[channels.well]
type = "webhook"
url = { env = "WELL" }
"""
SECRET = "path-that-nobody-may-read"


@dataclass
class Outside:
    """The server, and both sides that it tells."""

    server: Running
    gone: OtherSide
    well: OtherSide
    # When the first message was refused, by a clock that never steps.
    refused_s: float = 0.0

    def told_of(self, word: str) -> list[dict[str, Any]]:
        """Return the notices in the inbox whose headline has a word."""
        notices = [one["notice"] for one in self.server.get("/api/v1/inbox")["messages"]]
        return [one for one in notices if word in one["headline"]]


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """Run a server whose service fails, until the channel that is gone has refused the message of it."""
    folder = tmp_path_factory.mktemp("pipeline")
    with OtherSide(lambda _: Reply(404, "no such hook")) as gone, OtherSide(lambda _: Reply()) as well:
        (folder / "tocsin.toml").write_text(CONFIG)
        with up(folder, env={"GONE": gone.url(f"/{SECRET}"), "WELL": well.url("/well")}) as server:
            failed = [call(ended_ns=now_ns() - n * NS // 10, failed="529") for n in range(60)]
            assert server.send(request("checkout-bot", failed)).status_code == 200
            until(lambda: gone.sent, "the message that is refused")
            yield Outside(server, gone, well, time.monotonic())


def test_a_channel_that_is_gone_is_told_to_all_others_within_a_minute(outside: Outside) -> None:
    (told,) = until(lambda: outside.told_of("channel gone fails"), "the message about the channel", 60)
    assert time.monotonic() - outside.refused_s < 60
    assert told["alarm"] == "pipeline"
    assert told["severity"] == "page"
    assert "404" in told["headline"]
    bodies = until(lambda: [one for one in outside.well.sent if "channel gone fails" in str(one.json())], "the other")
    assert len(bodies) == 1


def test_the_alarm_of_the_service_went_on_and_is_an_incident_of_its_own(outside: Outside) -> None:
    (errors,) = until(lambda: outside.told_of("checkout-bot"), "the message about the service")
    (own,) = until(lambda: outside.told_of("channel gone fails"), "the message about the channel")
    assert errors["incident"] != own["incident"]
    until(
        lambda: [one for one in outside.well.sent if "checkout-bot" in str(one.json())], "the service's, at the other"
    )


def test_the_secret_of_the_channel_is_in_no_message(outside: Outside) -> None:
    until(lambda: outside.told_of("channel gone fails"), "the message about the channel")
    assert SECRET not in str(outside.server.get("/api/v1/inbox"))
    assert not any(SECRET in str(one.json()) for one in outside.well.sent)
    assert SECRET not in outside.server.said
