"""Mail through a real SMTP server, with and without TLS."""

import asyncio
import email
import shutil
import socket
import ssl
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, Told, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify import post
from tocsin.notify.channels.email import CHANNEL, Security, Settings, mail
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

PASSWORD = "swordfish-and-chips"
RESOLVED = a_notice(sequence=2, state=NoticeState.RESOLVED, ended=START, headline="Over after 29 min: checkout-bot")


@dataclass
class Postbox:
    """What a mail server took; what it answers to an address, to the mail itself, and to a login."""

    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    sent_to: list[list[str]] = field(default_factory=list[list[str]])
    encrypted: list[bool] = field(default_factory=list[bool])
    logins: list[str] = field(default_factory=list[str])
    refuses: dict[str, str] = field(default_factory=dict[str, str])
    says: str = "250 OK"
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        if self.says.startswith("2"):
            content: Any = envelope.content
            self.mails.append(email.message_from_bytes(content, policy=default))
            self.sent_to.append(list(envelope.rcpt_tos))
            self.encrypted.append(session.ssl is not None)
        return self.says

    def login(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:  # noqa: ANN401
        assert isinstance(given, LoginPassword)
        self.logins.append(given.login.decode())
        return AuthResult(success=given.password.decode() == PASSWORD, handled=False)


@contextmanager
def listening(postbox: Postbox, **options: Any) -> Generator[Postbox]:  # noqa: ANN401 - aiosmtpd's own
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        postbox.port = controller.port
        yield postbox
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port nobody listens on: the controller wants to be told one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that only its own file vouches for, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def context_of(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def settings(postbox: Postbox, **changes: Any) -> Settings:  # noqa: ANN401 - any field
    plain = Settings(
        "127.0.0.1", "tocsin@example.com", ("oncall@example.com",), security=Security.NONE, port=postbox.port
    )
    return replace(plain, **changes)


def send(chosen: Settings, notice: Notice, told: Told | None = None) -> Outcome:
    target = CHANNEL.target("mail", chosen)

    async def once() -> Outcome:
        async with post.client() as http:
            if told is None:
                return await target.send(notice, http, START)
            assert target.follow is not None
            return await target.follow(notice, told, http, START)

    return asyncio.run(once())


def text_of(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_an_incident_is_one_thread() -> None:
    with listening(Postbox()) as postbox:
        chosen = settings(postbox)
        first, worse = a_notice(), a_notice(sequence=1, headline="checkout-bot: 60% of calls fail")
        taken = send(chosen, first)
        assert isinstance(taken, Delivered)
        send(chosen, worse, Told(taken.reference, first, first))
        send(chosen, RESOLVED, Told(taken.reference, first, worse))
    one, two, three = postbox.mails
    assert one["Message-ID"] == taken.reference == "<tocsin.inc-1.0@example.com>"
    assert one["In-Reply-To"] is None
    assert [two["In-Reply-To"], two["References"]] == [one["Message-ID"], one["Message-ID"]]
    assert three["In-Reply-To"] == two["Message-ID"]
    assert three["References"] == f"{one['Message-ID']} {two['Message-ID']}"
    assert [m["Subject"] for m in (two, three)] == [f"Re: {one['Subject']}"] * 2
    assert text_of(three, "plain").startswith("Over after 29 min")


def test_the_same_notice_is_the_same_mail_though_it_is_sent_twice() -> None:
    chosen = settings(Postbox(port=25))
    again = [mail(chosen, a_notice(), None, START + n * timedelta(minutes=1))["Message-ID"] for n in range(2)]
    assert again[0] == again[1]
    elsewhere = mail(chosen, a_notice(installation="another"), None, START)["Message-ID"]
    assert elsewhere != again[0]


def test_a_mail_says_the_same_as_text_and_as_html_and_loads_nothing() -> None:
    hostile = a_notice(headline='<img src="https://evil.example/x.png"> fails & burns')
    with listening(Postbox()) as postbox:
        assert isinstance(send(settings(postbox), hostile), Delivered)
    (sent,) = postbox.mails
    html = text_of(sent, "html")
    assert "<img" not in html
    assert "&lt;img" in html
    for line in (hostile.compared, hostile.why, hostile.changed):
        assert line in text_of(sent, "plain")
        assert line.replace("'", "&#x27;") in html
    assert hostile.link in text_of(sent, "plain")
    assert html.count("http") == 2, "the headline's own words, and the one link"


def test_a_headline_can_add_no_header() -> None:
    with listening(Postbox()) as postbox:
        send(settings(postbox), a_notice(headline="bad\r\nBcc: everybody@example.com"))
    (sent,) = postbox.mails
    assert sent["Bcc"] is None
    assert sent["Subject"] == "bad Bcc: everybody@example.com"


@pytest.mark.parametrize(
    ("notice", "importance"),
    [
        (a_notice(), "high"),
        (a_notice(severity=Severity.TICKET), None),
        (a_notice(drill=True), None),
        (a_notice(drill=True, loud=True), "high"),
    ],
)
def test_only_a_page_is_marked_as_important(notice: Notice, importance: str | None) -> None:
    sent = mail(settings(Postbox(port=25)), notice, None, START)
    assert sent["Importance"] == importance
    assert sent["Auto-Submitted"] == "auto-generated"


def test_starttls_with_a_login_reaches_a_server_whose_certificate_is_trusted(certificate: tuple[Path, Path]) -> None:
    postbox = Postbox()
    options = {"tls_context": context_of(certificate), "require_starttls": True, "authenticator": postbox.login}
    with listening(postbox, **options):
        chosen = settings(
            postbox,
            security=Security.STARTTLS,
            username="tocsin",
            password=Secret(PASSWORD),
            authorities=certificate[0],
        )
        assert isinstance(send(chosen, a_notice()), Delivered)
        wrong = send(replace(chosen, password=Secret("not the password")), a_notice())
    assert postbox.encrypted == [True]
    assert set(postbox.logins) == {"tocsin"}
    assert wrong == GaveUp(GaveUpReason.NOT_AUTHORISED, "answered 535: the login is not accepted")


def test_tls_from_the_first_byte(certificate: tuple[Path, Path]) -> None:
    with listening(Postbox(), ssl_context=context_of(certificate)) as postbox:
        chosen = settings(postbox, security=Security.TLS, authorities=certificate[0])
        assert isinstance(send(chosen, a_notice()), Delivered)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_that_nobody_vouches_for_gets_no_mail(certificate: tuple[Path, Path], security: Security) -> None:
    """Whoever stands in between would read every incident, and the login."""
    context = context_of(certificate)
    options = {"ssl_context": context} if security is Security.TLS else {"tls_context": context}
    with listening(Postbox(), **options) as postbox:
        outcome = send(settings(postbox, security=security), a_notice())
    assert outcome == TryAgain(timedelta(0), "its certificate is not trusted")
    assert postbox.mails == []


def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    with listening(Postbox()) as postbox:
        outcome = send(settings(postbox, security=Security.STARTTLS), a_notice())
    assert outcome == GaveUp(GaveUpReason.REJECTED, "the server offers no STARTTLS")
    assert postbox.mails == []


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        ("451 try later", TryAgain(timedelta(0), "answered 451")),
        ("554 we do not like this", GaveUp(GaveUpReason.REJECTED, "answered 554")),
    ],
)
def test_an_answer_below_500_is_for_now_and_the_others_are_for_good(says: str, outcome: Outcome) -> None:
    with listening(Postbox(says=says)) as postbox:
        assert send(settings(postbox), a_notice()) == outcome


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (["550 who", "550 who"], GaveUp(GaveUpReason.UNKNOWN_TARGET, "answered [550] to every address")),
        (["450 grey", "550 who"], TryAgain(timedelta(0), "answered [450, 550] to every address")),
        (
            ["450 grey"],
            TryAgain(
                timedelta(0),
                "refused for 1 of 2 addresses: answered [450]",
                ("b@example.com",),
                "<tocsin.inc-1.0@example.com>",
            ),
        ),
        (
            ["550 who"],
            Delivered("<tocsin.inc-1.0@example.com>", "refused for 1 of 2 addresses: answered [550]"),
        ),
    ],
)
def test_one_address_that_is_refused_keeps_the_mail_from_no_other(answers: list[str], outcome: Outcome) -> None:
    addresses = ("a@example.com", "b@example.com")
    with listening(Postbox(refuses=dict(zip(addresses, answers, strict=False)))) as postbox:
        assert send(settings(postbox, to=addresses), a_notice()) == outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("250 OK", Delivered("<tocsin.inc-1.0@example.com>")),
        (
            "450 still grey",
            TryAgain(
                timedelta(0),
                "refused for 1 of 3 addresses: answered [450]",
                ("b@example.com", "c@example.com"),
                "<tocsin.inc-1.0@example.com>",
            ),
        ),
        (
            "550 never",
            Delivered("<tocsin.inc-1.0@example.com>", "refused for 1 of 3 addresses: answered [550]"),
        ),
    ],
)
def test_who_has_the_mail_does_not_get_it_again_while_another_is_tried_again(answer: str, outcome: Outcome) -> None:
    """Greylisting answers 450 for some minutes: that address never got the mail."""
    addresses = ("a@example.com", "b@example.com", "c@example.com")
    again = a_notice(reached=addresses[1:])
    with listening(Postbox(refuses={} if answer.startswith("2") else {addresses[0]: answer})) as postbox:
        assert send(settings(postbox, to=addresses), again) == outcome
    assert postbox.sent_to == ([[addresses[0]]] if answer.startswith("2") else [])


def test_a_server_that_is_not_there_is_tried_again() -> None:
    outcome = send(settings(Postbox(port=free_port())), a_notice())
    assert outcome == TryAgain(timedelta(0), "could not be reached: ConnectionRefusedError")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"host": "smtp.example.com/x"}, "is no name of a server"),
        ({"to": ()}, "to must name 1 to 50 addresses; found 0"),
        ({"to": ("Ada <ada@example.com>",)}, "is no mail address"),
        ({"sender": "nobody"}, '"nobody" is no mail address; write it as in "oncall@example.com"'),
        ({"to": ("a@example.com\r\nBcc: b@example.com",)}, "is no mail address"),
        ({"port": 70_000}, "port must lie in"),
        ({"username": "tocsin"}, "username and password are given together"),
        ({"username": "tocsin", "password": Secret(PASSWORD)}, "would send the password in the clear"),
        ({"authorities": Path("/nowhere.pem")}, "holds no certificates that can be read"),
    ],
)
def test_a_setting_that_can_not_work_is_told_at_the_start(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as told:
        settings(Postbox(port=25), **changes)
    assert PASSWORD not in str(told.value)
