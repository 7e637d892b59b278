"""Whatever the other side answers, no secret of a channel is in an outcome, in a log line, or on the disk.

Reports 20 and 21 of the collection behind the pack. The other side here is the worst there can be: it repeats all it
was sent, in every form.
"""

import asyncio
import base64
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.deliver import deliver_due
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, Outcome, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify import post
from tocsin.notify.channel import Channel, Target, load_channels
from tocsin.notify.channels import apprise, email, pagerduty, slack, slack_webhook, webhook
from tocsin.store.control import Control
from tocsin.testing import ManualClock, OtherSide, Reply, Sent
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

SECRETS = st.from_regex(r"[A-Za-z][A-Za-z0-9]{11,30}", fullmatch=True)
STATUSES = st.sampled_from([200, 202, 301, 400, 401, 403, 404, 410, 429, 500, 503])
FORMS = st.sampled_from(["as it is", "quoted", "as Slack's error", "as a page", "in a header", "long"])

# What reaches a server on the port, given a secret.
Made = Callable[[str, str], Target]
OVER_HTTP: dict[str, Made] = {
    "slack_webhook": lambda url, s: slack_webhook.CHANNEL.target("x", slack_webhook.Settings(Secret(f"{url}/{s}"))),
    "webhook": lambda url, s: webhook.CHANNEL.target(
        "x", webhook.Settings(Secret(f"{url}/{s}?token={s}"), Secret(f"signing{s}"))
    ),
    "pagerduty": lambda url, s: pagerduty.CHANNEL.target("x", pagerduty.Settings(Secret(s), f"{url}/v2/enqueue")),
    "slack": lambda url, s: slack.CHANNEL.target("x", slack.Settings(Secret(f"xoxb-{s}"), "C0123456789", url=url)),
    "apprise": lambda url, s: apprise.CHANNEL.target(
        "x", apprise.Settings(Secret(f"{url.replace('http://', 'json://')}/{s}"))
    ),
}


def test_every_channel_is_tried_here() -> None:
    assert OVER_HTTP.keys() | {"email", "inbox"} == load_channels().keys()


@dataclass
class Echo:
    """Answers with all it was sent."""

    status: int = 200
    form: str = "as it is"
    seen: int = 0

    def answer(self, sent: Sent) -> Reply:
        self.seen += 1
        whole = f"{sent.url} {sent.headers} {sent.content.decode('utf-8', 'replace')}"
        match self.form:
            case "quoted":
                return Reply(self.status, quote(whole, safe=""))
            case "as Slack's error":
                return Reply(self.status, json.dumps({"ok": False, "error": whole}))
            case "as a page":
                return Reply(self.status, f"<html>{whole}</html>")
            case "in a header":
                told = sent.url.encode("ascii", "replace").decode()
                return Reply(self.status, "", {"Location": f"http://127.0.0.1:9{told}", "Retry-After": told[1:60]})
            case "long":
                return Reply(self.status, whole * 40)
            case _:
                return Reply(self.status, whole)


@dataclass
class Tried:
    """One control state for all examples of a channel, each with an incident of its own."""

    folder: Path
    control: Control = field(init=False)
    numbers: "count[int]" = field(default_factory=count)
    secrets: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.control = Control(self.folder)

    def deliver(self, target: Target) -> str:
        """Deliver one notice and return all that was written down about it."""
        number = next(self.numbers)
        at = START + number * timedelta(hours=30)
        with self.control.transaction() as tx:
            tx.put_in_outbox([a_notice(f"inc-{number}", at=at)], ["x"])

        async def step() -> None:
            async with post.client() as http:
                await deliver_due(ManualClock(at), self.control, [target], http, send_timeout_s=5)

        asyncio.run(step())
        return repr((self.control.deliveries(f"inc-{number}"), self.control.broken_channels()))

    def on_disk(self) -> bytes:
        self.control.close()
        return b"".join(file.read_bytes() for file in self.folder.iterdir())


@pytest.mark.parametrize("name", OVER_HTTP)
def test_no_secret_is_told_whatever_is_answered(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo, tried = Echo(), Tried(tmp_path)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(SECRETS, STATUSES, FORMS)
    def whatever_is_answered(secret: str, status: int, form: str) -> None:
        echo.status, echo.form, echo.seen = status, form, 0
        tried.secrets.add(secret)
        told = tried.deliver(OVER_HTTP[name](side.url().rstrip("/"), secret))
        assert echo.seen, "it was really sent"
        assert secret not in told

    with OtherSide(echo.answer) as side:
        whatever_is_answered()
    disk, logged = tried.on_disk(), "\n".join(record.getMessage() for record in caplog.records)
    assert logged, "the libraries do write lines"
    assert [secret for secret in tried.secrets if secret.encode() in disk] == []
    assert [line for line in logged.splitlines() if any(secret in line for secret in tried.secrets)] == []


@dataclass(frozen=True, slots=True)
class AnyAddress:
    """The settings of a channel that has one secret."""

    url: Secret


# How an outcome may hold the secret: an exception's words too.
HOLDERS: dict[str, Callable[[str], Outcome]] = {
    "taken": lambda said: Delivered(said, said),
    "later": lambda said: TryAgain(timedelta(0), said, ("ada",), said),
    "never": lambda said: GaveUp(GaveUpReason.REJECTED, said),
}
ADDRESSES = ["tgram://{}/12345", "tgram://12345:{}/6", "discord://41742/{}", "json://{}@127.0.0.1:9/x", "https://h/{}"]
MORE_ADDRESSES = ["mailto://me:{}@example.com", "https://h/x?token={}", "{}"]


@given(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{7,30}", fullmatch=True),
    st.sampled_from(ADDRESSES + MORE_ADDRESSES),
    st.sampled_from([*HOLDERS, "raised"]),
    st.sampled_from([str.lower, str.upper, quote, str.strip]),
)
@settings(max_examples=60, deadline=None)
def test_no_part_of_an_address_is_told_whatever_a_library_says(
    secret: str, shape: str, held: str, written: Callable[[str], str]
) -> None:
    """The addresses of some services hold the token where others have the host."""
    address = shape.format(secret)

    async def send(chosen: AnyAddress, _notice: Notice, _http: httpx.AsyncClient, _at: datetime) -> Outcome:
        said = f"no answer from {written(chosen.url.reveal())}, I mean {written(secret)}"
        if held == "raised":
            raise OSError(said)
        return HOLDERS[held](said)

    target = Channel("any", AnyAddress, send, "For this test.").target("x", AnyAddress(Secret(address)))
    with TemporaryDirectory() as folder:
        tried = Tried(Path(folder))
        told = tried.deliver(target)
        assert secret.lower() not in told.lower()
        assert "I mean ***" in told
        assert secret.lower().encode() not in tried.on_disk().lower()


class Parrot:
    """A mail server that repeats the password in each of its answers."""

    def __init__(self, *, login: bool, code: int) -> None:
        self.login, self.code, self.password = login, code, "nothing yet"

    def authenticator(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:  # noqa: ANN401
        assert isinstance(given, LoginPassword)
        self.password = given.password.decode()
        again = base64.b64encode(given.password).decode()
        if self.login:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=f"{self.code} {self.password} {again}")

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - its name
        return f"{self.code} {self.password}"


@pytest.mark.parametrize(("login", "code"), [(False, 535), (False, 454), (True, 451), (True, 554)])
def test_no_password_of_a_mail_server_is_told(
    login: bool,  # noqa: FBT001 - a case of the list above
    code: int,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    password, parrot, tried = "swordfishAndChips", Parrot(login=login, code=code), Tried(tmp_path)
    with OtherSide(lambda _: Reply()) as free:
        port = int(free.url().rpartition(":")[2].rstrip("/"))
    controller = Controller(
        parrot, hostname="127.0.0.1", port=port, authenticator=parrot.authenticator, auth_require_tls=False
    )
    controller.start()
    try:
        # Without TLS such settings are refused; what is tried here is what becomes of the answers.
        chosen = email.Settings("127.0.0.1", "t@example.com", ("o@example.com",), email.Security.NONE, port)
        object.__setattr__(chosen, "username", "tocsin")
        object.__setattr__(chosen, "password", Secret(password))
        told = tried.deliver(email.CHANNEL.target("x", chosen))
    finally:
        controller.stop()
    assert parrot.password == password, "it was really sent"
    assert str(code) in told
    assert password not in told
    assert password.encode() not in tried.on_disk()
    assert password not in "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("mail"))
