"""The real apprise against a real socket, through its plainest service: JSON over HTTP."""

import asyncio
import logging
import subprocess
import sys

import pytest

from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, Notice, NoticeState, Outcome, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify import post
from tocsin.notify.channels.apprise import Settings, send
from tocsin.testing import OtherSide, Reply
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

TOKEN = "t0ken-of-a-service"


def told(notice: Notice, reply: Reply) -> tuple[Outcome, OtherSide]:
    async def once(settings: Settings) -> Outcome:
        async with post.client() as http:
            return await send(settings, notice, http, START)

    with OtherSide(lambda _: reply) as side:
        settings = Settings(Secret(side.url(f"/hook/{TOKEN}").replace("http://", "json://")))
        outcome = asyncio.run(once(settings))
    return outcome, side


@pytest.mark.parametrize(
    ("notice", "kind"),
    [
        (a_notice(), "failure"),
        (a_notice(severity=Severity.TICKET), "warning"),
        (a_notice(state=NoticeState.RESOLVED, ended=START), "success"),
    ],
)
def test_a_notice_reaches_the_service_with_the_headline_as_its_title(notice: Notice, kind: str) -> None:
    outcome, side = told(notice, Reply())
    (sent,) = side.sent
    body = sent.json()
    assert outcome == Delivered()
    assert (body["title"], body["type"]) == (notice.headline, kind)
    assert body["message"].startswith(notice.compared)
    assert body["message"].endswith(notice.link)


def test_what_the_service_refuses_is_tried_again() -> None:
    outcome, _ = told(a_notice(), Reply(500, f"no {TOKEN}"))
    assert isinstance(outcome, TryAgain)
    assert TOKEN not in outcome.reason


@pytest.mark.parametrize("status", [200, 500])
def test_no_address_is_logged_at_any_level(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told(a_notice(), Reply(status))
    assert TOKEN not in "\n".join(record.getMessage() for record in caplog.records)


def test_an_address_that_apprise_does_not_know_is_refused_at_the_start_and_not_quoted() -> None:
    with pytest.raises(ValueError, match="url is not an address that apprise knows") as refused:
        Settings(Secret(f"nosuchservice://{TOKEN}"))
    assert TOKEN not in str(refused.value)


def test_the_library_is_imported_only_where_such_a_channel_is_set_up_and_its_absence_is_told() -> None:
    program = """
import sys
from tocsin.config import parse
from tocsin.model.problem import BadSetting
from tocsin.notify.channel import load_channels
load_channels()
assert "apprise" not in sys.modules
sys.modules["apprise"] = None
try:
    parse('[channels.x]\\ntype = "apprise"\\nurl = { env = "A" }', "tocsin.toml", {"A": "json://localhost"})
except BadSetting as wrong:
    print(wrong.faults[0].reason)
"""
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert said == '[channels.x] apprise is not installed; install it with: pip install "tocsin[apprise]"\n'
