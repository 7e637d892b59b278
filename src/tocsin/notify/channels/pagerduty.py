"""Channel `pagerduty`: PagerDuty's Events API, version 2.

One key for each incident, from its first page to its end: a fire triggers, an acknowledged fire acknowledges, an end
resolves. A page is `critical`, a ticket `warning`, a drill `info`, so that it wakes nobody
unless it was asked to be loud.

Source: developer.pagerduty.com, "Send an Alert Event" and "Events API v2 Overview".
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, Told, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify import words
from tocsin.notify.address import assert_web_address
from tocsin.notify.channel import Channel
from tocsin.notify.post import NOT_SAID, Answer, post, refusal

ADDRESS = "https://events.pagerduty.com/v2/enqueue"
ACCEPTED = 202
# PagerDuty's own limits: longer ones are refused.
SUMMARY_CHARACTERS_MAX = 1_024
# The same for the key that names an incident there.
KEY_CHARACTERS_MAX = 255


@dataclass(frozen=True, slots=True)
class Settings:
    """Which service of PagerDuty is called."""

    # The service's integration key, of the kind "Events API V2".
    routing_key: Secret
    # Where events are taken; accounts in the EU write https://events.eu.pagerduty.com/v2/enqueue.
    url: str = ADDRESS

    def __post_init__(self) -> None:
        assert_web_address(Secret(self.url))
        if not self.routing_key.reveal().strip():
            raise ValueError("routing_key is empty; take the integration key of an Events API V2 integration")


async def send(settings: Settings, notice: Notice, http: httpx.AsyncClient, at: datetime) -> Outcome:
    """Post one event; only 202 is a success."""
    content = json.dumps({"routing_key": settings.routing_key.reveal(), **body(notice)}).encode("utf-8")
    answer = await post(http, Secret(settings.url), content, {"Content-Type": "application/json"})
    if not isinstance(answer, Answer):
        return answer
    if answer.status == ACCEPTED:
        return Delivered(key_of(notice))
    if 200 <= answer.status < 300:
        # Whatever answered is not PagerDuty: a proxy that wants a login, or a wrong address.
        return TryAgain(NOT_SAID, f"answered {answer.status} instead of {ACCEPTED}")
    said = answer.text.casefold()
    if answer.status == 400 and ("routing key" in said or "routing_key" in said):
        return GaveUp(GaveUpReason.NOT_AUTHORISED, "answered 400: the routing key is not accepted")
    return refusal(answer, at)


async def follow(settings: Settings, notice: Notice, told: Told, http: httpx.AsyncClient, at: datetime) -> Outcome:
    """Send what PagerDuty does not know yet: reminders are its own business, and other lines have no place there."""
    if notice.aside and _action(notice) == _action(told.last):
        return Delivered(told.reference, "nothing new for PagerDuty")
    return await send(settings, notice, http, at)


def key_of(notice: Notice) -> str:
    """Return what names an incident at PagerDuty, for its whole life."""
    whole = notice.incident_key
    return whole if len(whole) <= KEY_CHARACTERS_MAX else hashlib.sha256(whole.encode("utf-8")).hexdigest()


def body(notice: Notice) -> dict[str, Any]:
    """Return the event without its routing key; an end and an acknowledgement need no more than the key."""
    action = _action(notice)
    named = {"event_action": action, "dedup_key": key_of(notice)}
    if action != "trigger":
        return named
    group = notice.group
    details = {
        "alarm": notice.alarm,
        "incident": notice.incident,
        "project": group.project,
        "compared": notice.compared,
        "why": notice.why,
        "changed": notice.changed,
    }
    return {
        **named,
        "client": "Tocsin",
        "client_url": notice.link,
        "links": [{"href": notice.link, "text": "Open the graph"}],
        "payload": {
            "summary": words.clipped(notice.headline, SUMMARY_CHARACTERS_MAX),
            "source": words.name(group.service) or "unknown service",
            "severity": _severity(notice),
            "timestamp": notice.started.astimezone(UTC).isoformat(),
            "component": group.service,
            "group": group.environment,
            "class": notice.alarm,
            "custom_details": {key: value for key, value in details.items() if value},
        },
    }


def _action(notice: Notice) -> str:
    if notice.state is NoticeState.RESOLVED:
        return "resolve"
    return "acknowledge" if notice.acknowledged_by else "trigger"


def _severity(notice: Notice) -> str:
    if notice.hushed:
        return "info"
    return "critical" if notice.severity is Severity.PAGE else "warning"


CHANNEL = Channel(
    name="pagerduty",
    settings=Settings,
    send=send,
    follow=follow,
    asides=True,
    explanation="PagerDuty's Events API v2: triggers, acknowledges and resolves one incident under one key.",
)
