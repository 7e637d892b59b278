"""Channel `slack_webhook`: a Slack incoming webhook.

It answers a plain "ok" and no id, so its messages can't be edited; each state of an incident is a message of its own.

Source: docs.slack.dev, "Sending messages using incoming webhooks" and "Rate limits".
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tocsin.model.notice import Delivered, GaveUp, Notice, Outcome, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify.address import assert_web_address
from tocsin.notify.channel import Channel
from tocsin.notify.post import NOT_SAID, Answer, post, refusal
from tocsin.notify.slack import Mention, payload, text_only

# The words Slack answers with, such as "invalid_payload": nothing else of an answer is written down.
_WORD = re.compile(r"[a-z][a-z_]{1,60}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to post and whom to call."""

    # The webhook's address, which is a secret: whoever has it can post.
    url: Secret
    # Whom a page calls: nobody, here or channel.
    mention: Mention = Mention.CHANNEL

    def __post_init__(self) -> None:
        assert_web_address(self.url)


async def send(settings: Settings, notice: Notice, http: httpx.AsyncClient, at: datetime) -> Outcome:
    """Post the message; when Slack refuses its blocks, post it once more as text."""
    message = payload(notice, settings.mention)
    answer = await _post(settings, message, http)
    if not isinstance(answer, Answer):
        return answer
    outcome = _outcome(answer, at)
    if not isinstance(outcome, GaveUp) or answer.status != 400:
        return outcome
    second = await _post(settings, text_only(message), http)
    if isinstance(second, Answer) and isinstance(_outcome(second, at), Delivered):
        return Delivered(note=f"as text only, since the blocks were refused ({outcome.detail})")
    return outcome if isinstance(second, Answer) else second


async def _post(settings: Settings, message: dict[str, Any], http: httpx.AsyncClient) -> Answer | TryAgain | GaveUp:
    content = json.dumps(message).encode("utf-8")
    return await post(http, settings.url, content, {"Content-Type": "application/json"})


def _outcome(answer: Answer, at: datetime) -> Outcome:
    word = answer.text.strip()
    if answer.status == 200 and not word.startswith("<"):
        return Delivered()
    if answer.status == 200:
        # A gateway's page, for instance of a proxy that wants a login: the message is not in Slack.
        return TryAgain(NOT_SAID, "answered 200 with a web page instead of ok")
    return refusal(answer, at, word if _WORD.fullmatch(word) else "")


CHANNEL = Channel(
    name="slack_webhook",
    settings=Settings,
    send=send,
    explanation="A Slack incoming webhook; blocks with a plain-text fallback.",
)
