"""Channel `webhook`: any HTTP endpoint that takes Alertmanager's body, version 4.

Each delivery carries `Idempotency-Key`: the same key is the same message, so a receiver that keeps the keys it saw gets
each message once. With a signing key, `Tocsin-Signature` is `sha256=` and the hex HMAC-SHA256 of
`Tocsin-Timestamp` + "." + body; the timestamp is when it was sent, in Unix seconds.

Source: prometheus.io/docs/alerting/latest/configuration, "webhook_config".
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from tocsin.model.notice import Delivered, Notice, NoticeState, Outcome, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify.address import assert_web_address
from tocsin.notify.channel import Channel
from tocsin.notify.post import NOT_SAID, Answer, is_web_page, post, refusal
from tocsin.notify.render import plain_text

# What Alertmanager writes for an end that has not come.
NO_END = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to post and how to sign."""

    # The address may hold a token, so it is a secret.
    url: Secret
    # Signs each request where given.
    signing_key: Secret | None = None
    # The body's `receiver`, for endpoints that sort by it.
    receiver: str = "tocsin"

    def __post_init__(self) -> None:
        assert_web_address(self.url)


async def send(settings: Settings, notice: Notice, http: httpx.AsyncClient, at: datetime) -> Outcome:
    """Post the notice; any 2xx is a success, but for a web page: then the message went to a login, or to nobody."""
    content = json.dumps(body(notice, settings.receiver), separators=(",", ":")).encode("utf-8")
    answer = await post(http, settings.url, content, headers(settings, notice, content, at))
    if not isinstance(answer, Answer):
        return answer
    if not 200 <= answer.status < 300:
        return refusal(answer, at)
    return TryAgain(NOT_SAID, f"answered {answer.status} with a web page") if is_web_page(answer) else Delivered()


def headers(settings: Settings, notice: Notice, content: bytes, at: datetime) -> dict[str, str]:
    """Return the request's headers; signed when there is a key."""
    timestamp = str(int(at.timestamp()))
    named = {
        "Content-Type": "application/json",
        "User-Agent": "Tocsin",
        "Idempotency-Key": notice.key,
        "Tocsin-Timestamp": timestamp,
    }
    if settings.signing_key is not None:
        key = settings.signing_key.reveal().encode("utf-8")
        signature = hmac.new(key, timestamp.encode("ascii") + b"." + content, hashlib.sha256).hexdigest()
        named["Tocsin-Signature"] = f"sha256={signature}"
    return named


def body(notice: Notice, receiver: str) -> dict[str, Any]:
    """Return Alertmanager's body: one entry, whose fingerprint and group key stay for the incident's life."""
    labels = {
        "alertname": notice.alarm,
        "incident": notice.incident,
        "project": notice.group.project,
        "environment": notice.group.environment,
        "service": notice.group.service,
        "severity": notice.severity.value,
    }
    annotations = {
        "summary": notice.headline,
        "description": plain_text(notice),
        "compared": notice.compared,
        "why": notice.why,
        "changed": notice.changed,
        "handled": notice.handled,
        "drill": "true" if notice.drill else "",
    }
    annotations = {key: value for key, value in annotations.items() if value}
    base_url = notice.link.partition("/?")[0]
    return {
        "version": "4",
        "groupKey": notice.incident_key,
        "truncatedAlerts": 0,
        "status": notice.state.value,
        "receiver": receiver,
        "groupLabels": {"incident": notice.incident},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": base_url,
        "alerts": [
            {
                "status": notice.state.value,
                "labels": labels,
                "annotations": annotations,
                "startsAt": _moment(notice.started),
                "endsAt": NO_END if notice.state is NoticeState.FIRING else _moment(notice.ended or notice.at),
                "generatorURL": notice.link,
                "fingerprint": hashlib.sha256(notice.incident_key.encode("utf-8")).hexdigest()[:16],
            }
        ],
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


CHANNEL = Channel(
    name="webhook",
    settings=Settings,
    send=send,
    explanation="Any HTTP endpoint, with Alertmanager's body (version 4), an idempotency key, signed on request.",
)
