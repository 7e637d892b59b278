"""A real server, real sockets: each channel is told as it is set up to be, and a revoked token reaches its backup."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as TakesMail
from tests.notify.mini_slack import CHANNEL, TOKEN, MiniSlack
from tests.serve.running import NS, Running, call, now_ns, request, until, up

from tocsin.testing import OtherSide, Reply

pytestmark = pytest.mark.slow
SERVICE = "checkout-bot"
CONFIG = """
[channels.team]
type = "slack"
token = {{ env = "TOKEN" }}
channel = "{channel}"
url = "{slack}"

[channels.revoked]
type = "slack"
token = {{ env = "OLD_TOKEN" }}
channel = "{channel}"
url = "{slack}"
backup = "pager"

[channels.pager]
type = "pagerduty"
routing_key = {{ env = "KEY" }}
url = "{pager}"
severities = []

[channels.mail]
type = "email"
host = "127.0.0.1"
port = {smtp}
security = "none"
sender = "tocsin@example.com"
to = ["oncall@example.com"]
severities = ["page"]

[channels.others]
type = "webhook"
url = {{ env = "OTHERS" }}
services = ["search-*"]
"""
ENV = {"TOKEN": TOKEN, "OLD_TOKEN": "xoxb-revoked-long-ago", "KEY": "0123456789abcdef0123456789abcdef"}


class Postbox(TakesMail):
    """Keeps the mails."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.mails.append(message)


@dataclass
class Outside:
    """Everybody who could be told."""

    server: Running
    slack: MiniSlack
    pager: OtherSide
    others: OtherSide
    postbox: Postbox
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """Run a server whose service fails, until its own inbox has the message."""
    folder = tmp_path_factory.mktemp("channels")
    slack, postbox = MiniSlack(), Postbox()
    with ExitStack() as stack:
        api = stack.enter_context(slack.server())
        pager = stack.enter_context(OtherSide(lambda _: Reply(202, '{"status":"success"}')))
        others = stack.enter_context(OtherSide(lambda _: Reply()))
        with OtherSide(lambda _: Reply()) as free:
            smtp = int(free.url().rstrip("/").rpartition(":")[2])
        mail = Controller(postbox, hostname="127.0.0.1", port=smtp)
        mail.start()
        stack.callback(mail.stop)
        text = CONFIG.format(channel=CHANNEL, slack=api.url("/api"), pager=pager.url("/v2/enqueue"), smtp=smtp)
        (folder / "tocsin.toml").write_text(text)
        server = stack.enter_context(up(folder, env={**ENV, "OTHERS": others.url("/others")}))
        now = now_ns()
        healthy = [call(ended_ns=now - (75 * NS + n * NS)) for n in range(100)]
        assert server.send(request(SERVICE, healthy)).status_code == 200
        failed = [call(ended_ns=now_ns() - n * NS // 10, failed="529") for n in range(60)]
        assert server.send(request(SERVICE, failed)).status_code == 200
        letters = until(lambda: server.get("/api/v1/inbox")["messages"], "a message")
        yield Outside(server, slack, pager, others, postbox, letters)


def test_the_bot_posts_one_message(outside: Outside) -> None:
    (message,) = until(lambda: outside.slack.in_channel, "the message in Slack")
    assert outside.told[0]["notice"]["headline"] in message["text"]


def test_a_page_whose_channel_has_a_revoked_token_reaches_its_backup(outside: Outside) -> None:
    (sent,) = until(lambda: outside.pager.sent, "the page")
    body = sent.json()
    assert body["event_action"] == "trigger"
    assert body["dedup_key"].endswith(outside.told[0]["notice"]["incident"])
    assert body["payload"]["custom_details"]["changed"].endswith("Told here because revoked did not take it.")
    assert "Slack said invalid_auth" in outside.server.said


def test_a_page_is_mailed(outside: Outside) -> None:
    (mail,) = until(lambda: outside.postbox.mails, "the mail")
    assert mail["Subject"] == outside.told[0]["notice"]["headline"]


def test_who_asked_for_another_service_is_told_nothing(outside: Outside) -> None:
    until(lambda: outside.postbox.mails, "the mail")
    assert outside.others.sent == []


def test_no_secret_is_in_the_log_or_on_the_disk(outside: Outside) -> None:
    until(lambda: outside.pager.sent, "the page")
    files = [file.read_bytes() for file in outside.server.data.glob("control.db*")]
    assert files
    for secret in ENV.values():
        assert secret not in outside.server.said
        assert not any(secret.encode() in content for content in files)
