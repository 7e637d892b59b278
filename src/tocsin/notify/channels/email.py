"""Channel `email`: mail over SMTP, one thread for each incident.

The first mail gives the thread its subject; later ones are replies to it, so a mail program shows an incident as one
conversation. A mail is plain text and a little HTML, which loads nothing from anywhere.

Source: RFC 5321 (answers), RFC 5322 (Message-ID, In-Reply-To, References), RFC 3834 (Auto-Submitted).
"""

import hashlib
import re
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from html import escape
from pathlib import Path

import aiosmtplib
import httpx

from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, Outcome, Told, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify import words
from tocsin.notify.channel import Channel
from tocsin.notify.post import NOT_SAID, SEND_TIMEOUT_S
from tocsin.notify.render import plain_text

SUBJECT_CHARACTERS_MAX = 200
# Addresses one mail is sent to; for more, there are mailing lists.
ADDRESSES_MAX = 50
PORT_MAX = 65_535
# SMTP answers from here on are for good, those below for now.
FINAL = 500

_NAMED_SAFELY = re.compile(r"[A-Za-z0-9.-]{1,120}")
_HOST = re.compile(r"[A-Za-z0-9.:_-]+")


class Security(StrEnum):
    """How the way to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class Settings:
    """Which mail server, from whom, to whom."""

    # The mail server's name.
    host: str
    # The address mails come from.
    sender: str
    # The addresses they go to.
    to: tuple[str, ...]
    # starttls, tls (from the first byte), or none.
    security: Security = Security.STARTTLS
    # Left out: 587 for starttls, 465 for tls, 25 for none.
    port: int | None = None
    # Logs in where given.
    username: str = ""
    # Needed with a username.
    password: Secret | None = None
    # A PEM file of the authorities to trust instead of the system's, for a server with a certificate of its own.
    authorities: Path | None = None

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host):
            raise ValueError(f'host = "{self.host}" is no name of a server; write it as in "smtp.example.com"')
        for address in (self.sender, *self.to):
            assert_mail_address(address)
        if not 1 <= len(self.to) <= ADDRESSES_MAX:
            raise ValueError(f"to must name 1 to {ADDRESSES_MAX} addresses; found {len(self.to)}")
        if self.port is not None and not 1 <= self.port <= PORT_MAX:
            raise ValueError(f"port must lie in 1..{PORT_MAX}; found {self.port}")
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password are given together, or neither")
        if self.password and self.security is Security.NONE:
            raise ValueError('security = "none" would send the password in the clear; write "starttls" or "tls"')
        if self.authorities is not None:
            self.trust()

    def trust(self) -> ssl.SSLContext:
        """Return whose certificates are believed; raises ValueError when the file can't be read."""
        try:
            return ssl.create_default_context(cafile=None if self.authorities is None else str(self.authorities))
        except (OSError, ssl.SSLError) as wrong:
            raise ValueError(f'authorities = "{self.authorities}" holds no certificates that can be read') from wrong

    @property
    def domain(self) -> str:
        """What the sender's address ends in."""
        return self.sender.rpartition("@")[2]


def assert_mail_address(address: str) -> None:
    """Raise ValueError when it is not one plain mail address, without a name before it."""
    try:
        parsed = Address(addr_spec=address)
        good = bool(parsed.username) and bool(parsed.domain) and address.isascii() and address.isprintable()
    except (ValueError, IndexError):
        good = False
    if not good:
        raise ValueError(f'"{address}" is no mail address; write it as in "oncall@example.com"')


async def send(settings: Settings, notice: Notice, _: httpx.AsyncClient, at: datetime) -> Outcome:
    """Send the first mail of an incident."""
    return await _hand_over(settings, mail(settings, notice, None, at), notice.reached)


async def follow(settings: Settings, notice: Notice, told: Told, _: httpx.AsyncClient, at: datetime) -> Outcome:
    """Send a later mail of an incident, as a reply."""
    return await _hand_over(settings, mail(settings, notice, told, at), notice.reached)


def mail(settings: Settings, notice: Notice, told: Told | None, at: datetime) -> EmailMessage:
    """Write the mail; the same notice always has the same Message-ID, so a mail server can drop a second copy."""
    message = EmailMessage()
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Date"] = format_datetime(at.astimezone(UTC))
    message["Message-ID"] = _message_id(notice, settings.domain)
    subject = words.name((told.first if told else notice).headline, characters_max=SUBJECT_CHARACTERS_MAX)
    message["Subject"] = f"Re: {subject}" if told else subject
    if told:
        first, last = (_message_id(one, settings.domain) for one in (told.first, told.last))
        message["In-Reply-To"] = last
        message["References"] = " ".join(dict.fromkeys((first, last)))
    # No holiday note shall answer.
    message["Auto-Submitted"] = "auto-generated"
    if notice.severity is Severity.PAGE and not notice.hushed:
        message["Importance"] = "high"
    message.set_content(plain_text(notice))
    message.add_alternative(_html(notice), subtype="html")
    return message


def _message_id(notice: Notice, domain: str) -> str:
    name = ".".join(part for part in ("tocsin", notice.installation, notice.incident, str(notice.sequence)) if part)
    if not _NAMED_SAFELY.fullmatch(name):
        name = f"tocsin.{hashlib.sha256(name.encode('utf-8')).hexdigest()}"
    return f"<{name}@{domain}>"


def _html(notice: Notice) -> str:
    lines = [f"<p><strong>{escape(notice.headline)}</strong></p>"]
    lines += [f"<p>{escape(line)}</p>" for line in (notice.compared, notice.why, notice.changed) if line]
    lines.append(f'<p><a href="{escape(notice.link)}">Open the graph</a></p>')
    facts = (notice.severity.value, notice.alarm, notice.group.project, f"incident {notice.incident}")
    lines.append(f"<p><small>{escape(' · '.join(words.name(fact) for fact in facts if fact))}</small></p>")
    return "<!doctype html>\n" + "\n".join(lines) + "\n"


async def _hand_over(settings: Settings, message: EmailMessage, reached: Collection[str]) -> Outcome:
    """Give the mail to the server for all that don't have it; of what it says only the numbers are kept.

    It may repeat anything. An address that is refused for now, as by greylisting, is tried again without the others.
    """
    asked = [address for address in settings.to if address not in reached]
    try:
        refused, _ = await aiosmtplib.send(
            message,
            sender=settings.sender,
            recipients=asked,
            hostname=settings.host,
            port=settings.port or _PORTS[settings.security],
            username=settings.username or None,
            password=settings.password.reveal() if settings.password else None,
            local_hostname=settings.domain,
            timeout=SEND_TIMEOUT_S,
            use_tls=settings.security is Security.TLS,
            start_tls=settings.security is Security.STARTTLS,
            tls_context=None if settings.security is Security.NONE else settings.trust(),
        )
    except (aiosmtplib.SMTPException, OSError) as wrong:
        if not (reached and isinstance(wrong, aiosmtplib.SMTPRecipientsRefused)):
            return _failed(settings, wrong)
        refused = {one.recipient: one for one in wrong.recipients}
    have = tuple(address for address in settings.to if address not in refused)
    codes = sorted({answer.code for answer in refused.values()})
    note = f"refused for {len(refused)} of {len(settings.to)} addresses: answered {codes}" if refused else ""
    if codes and codes[0] < FINAL:
        return TryAgain(NOT_SAID, note, have, message["Message-ID"])
    return Delivered(message["Message-ID"], note)


def _failed(settings: Settings, wrong: Exception) -> Outcome:
    match wrong:
        case aiosmtplib.SMTPRecipientsRefused():
            codes = {one.code for one in wrong.recipients}
            outcome = _answered(min(codes), f"answered {sorted(codes)} to every address")
            return GaveUp(GaveUpReason.UNKNOWN_TARGET, outcome.detail) if isinstance(outcome, GaveUp) else outcome
        case aiosmtplib.SMTPAuthenticationError() if wrong.code >= FINAL:
            return GaveUp(GaveUpReason.NOT_AUTHORISED, f"answered {wrong.code}: the login is not accepted")
        case aiosmtplib.SMTPResponseException():
            return _answered(wrong.code, f"answered {wrong.code}")
        case TimeoutError():
            return TryAgain(NOT_SAID, f"no answer within {SEND_TIMEOUT_S:.0f} s")
        case OSError():
            return TryAgain(NOT_SAID, _unreached(wrong))
        case _:
            return GaveUp(GaveUpReason.REJECTED, _not_offered(settings, wrong))


def _answered(code: int, said: str) -> Outcome:
    """Return what an SMTP answer means: one below 500 is for now, the others are for good."""
    return TryAgain(NOT_SAID, said) if code < FINAL else GaveUp(GaveUpReason.REJECTED, said)


def _unreached(wrong: OSError) -> str:
    cause = wrong.__cause__ if isinstance(wrong.__cause__, OSError) else wrong
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    return f"could not be reached: {type(cause).__name__}"


def _not_offered(settings: Settings, wrong: Exception) -> str:
    """What the server can't do, in our words."""
    if "STARTTLS" in str(wrong):
        return "the server offers no STARTTLS"
    if settings.username and "AUTH" in str(wrong):
        return "the server offers no login"
    return f"the server can't take this mail: {type(wrong).__name__}"


CHANNEL = Channel(
    name="email",
    settings=Settings,
    send=send,
    follow=follow,
    explanation="Mail over SMTP with STARTTLS or TLS; one thread for each incident.",
)
