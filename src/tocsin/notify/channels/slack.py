"""Channel `slack`: a Slack app's bot, which keeps one message for each incident.

The first message stands in the channel and is changed as the incident goes on, so the channel always shows how things
are. Its history goes into its thread, a line for each change. Only what is worse is told to the channel again: a ticket
that became a page, and an incident that came back. A changed message notifies nobody, so these lines carry the mention.

When the message can't be changed any more, a new one takes its place and links it.

Source: docs.slack.dev, "chat.postMessage", "chat.update", "chat.getPermalink", "Rate limits".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

import httpx

from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, Told, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify.address import assert_web_address
from tocsin.notify.buttons import buttons
from tocsin.notify.channel import Channel
from tocsin.notify.post import NOT_SAID, PAUSE, Answer, post, refusal
from tocsin.notify.slack import BLOCKS_MAX, SECTION_CHARACTERS_MAX, Mention, escaped, payload, text_only

API = "https://slack.com/api"
# Slack sends each message back whole; more of an answer than this is not read.
ANSWER_BYTES_MAX = 262_144
# The least time between two changes of one message: Slack takes about fifty changes a minute from one app.
APART = timedelta(seconds=10)

# The only words of an answer that are ever written down look like this.
_WORD = re.compile(r"[a-z][a-z_]{1,60}")
_TOO_MUCH = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
# The message is gone, or may not be changed any more.
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
_NOT_NOW = frozenset({
    "fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org",
    "message_limit_exceeded",
})  # fmt: skip
_BUSY = frozenset({"ratelimited", "rate_limited"})
_NOT_OURS = frozenset({
    "access_denied", "account_inactive", "ekm_access_denied", "enterprise_is_restricted", "invalid_auth",
    "missing_scope", "no_permission", "not_allowed_token_type", "not_authed", "org_login_required", "token_expired",
    "token_revoked", "two_factor_setup_required",
})  # fmt: skip
_NOWHERE = {
    "channel_not_found": "write the channel's id, and invite the app to it where it is private",
    "is_archived": "the channel is archived",
    "not_in_channel": "invite the app to the channel",
    "restricted_action": "the workspace keeps the app from posting there",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Which bot posts where, and whom it calls."""

    # The bot's token (xoxb-...), with the scope chat:write.
    token: Secret
    # The channel's id, such as C0123456789, or its name.
    channel: str
    # Whom a page calls: nobody, here or channel.
    mention: Mention = Mention.CHANNEL
    # Buttons to acknowledge, silence and judge, for a server that Slack can reach at /slack/actions.
    buttons: bool = False
    # The app's signing secret, by which a press of a button is known to come from Slack; buttons need it.
    signing_secret: Secret | None = None
    # Where Slack's API is.
    url: str = API

    def __post_init__(self) -> None:
        assert_web_address(Secret(self.url))
        if not self.token.reveal().strip():
            raise ValueError("token is empty; take the bot's token, which begins with xoxb-")
        if self.buttons and (self.signing_secret is None or not self.signing_secret.reveal().strip()):
            raise ValueError(
                'buttons need signing_secret = { env = "SLACK_SIGNING_SECRET" }: without it nobody knows who pressed'
            )
        if not self.channel.strip() or not self.channel.isprintable():
            raise ValueError('channel is empty; write its id, as in "C0123456789"')


@dataclass(frozen=True, slots=True)
class _Said:
    """What Slack said to a call it took; `error` is empty on success."""

    error: str
    answer: Answer
    body: Mapping[str, Any]
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Slack:
    """Slack's API, as one try of one notice uses it."""

    settings: Settings
    http: httpx.AsyncClient
    at: datetime

    async def call(self, method: str, content: bytes, kind: str) -> _Said | TryAgain | GaveUp:
        """Ask once. Slack's errors come inside a 200; whatever else comes is none of its answers."""
        address = Secret(f"{self.settings.url.rstrip('/')}/{method}")
        headers = {"Content-Type": kind, "Authorization": f"Bearer {self.settings.token.reveal()}"}
        answer = await post(self.http, address, content, headers, answer_bytes_max=ANSWER_BYTES_MAX)
        if not isinstance(answer, Answer):
            return answer
        if answer.status != 200:
            return refusal(answer, self.at)
        body = _read(answer.text)
        if body is None:
            return TryAgain(NOT_SAID, "answered 200 with something that is not Slack's")
        word = str(body.get("error", ""))
        error = "" if body.get("ok") is True else word if _WORD.fullmatch(word) else "unknown_error"
        return _Said(error, answer, body)

    async def write(self, method: str, where: Mapping[str, Any], message: dict[str, Any]) -> _Said | TryAgain | GaveUp:
        """Post or change a message; when Slack refuses its blocks, once more as text."""
        said = await self.call(method, _json({**where, **message}), _JSON)
        if isinstance(said, _Said) and said.error in _TOO_MUCH and "blocks" in message:
            # An empty list: without one, a message that is changed would lose its blocks only by accident.
            second = await self.call(method, _json({**where, **text_only(message), "blocks": []}), _JSON)
            note = f"as text only, since the blocks were refused ({said.error})"
            return replace(second, note=note) if isinstance(second, _Said) else second
        return said

    async def permalink(self, channel: str, ts: str) -> str:
        """Return the address of a message; empty when Slack does not give one."""
        form = urlencode({"channel": channel, "message_ts": ts}).encode("ascii")
        said = await self.call("chat.getPermalink", form, "application/x-www-form-urlencoded")
        link = str(said.body.get("permalink", "")) if isinstance(said, _Said) and not said.error else ""
        return link if link.startswith("https://") else ""


_JSON = "application/json; charset=utf-8"


async def send(settings: Settings, notice: Notice, http: httpx.AsyncClient, at: datetime) -> Outcome:
    """Post the incident's message."""
    return await _posted(_Slack(settings, http, at), settings.channel, _message(settings, notice, settings.mention))


async def follow(settings: Settings, notice: Notice, told: Told, http: httpx.AsyncClient, at: datetime) -> Outcome:
    """Change the incident's message, then add a line to its thread. Done again from the start when either fails.

    Better words for what was told are no line, and no reason to bring back a message that somebody deleted.
    """
    slack = _Slack(settings, http, at)
    channel, _, ts = told.reference.partition(":")
    said = await slack.write("chat.update", {"channel": channel, "ts": ts}, _message(settings, notice))
    words_only = notice.quiet and _says_as_much(told.last, notice)
    if isinstance(said, _Said) and words_only and (not said.error or said.error in _GONE):
        return Delivered(told.reference, said.error)
    if isinstance(said, _Said) and not said.error:
        worse = is_worse(told.last, notice)
        where = {"channel": channel, "thread_ts": ts, "reply_broadcast": worse}
        said = await slack.write("chat.postMessage", where, _line(notice, told.last, settings.mention, worse=worse))
    if not isinstance(said, _Said):
        return said
    if said.error in _GONE:
        return await _anew(slack, notice, channel, ts)
    if said.error:
        return _refused(said, at)
    if _thread_of(said) != ts:
        return await _repaired(slack, notice, channel, said)
    return Delivered(told.reference)


def is_news(before: Notice, now: Notice) -> bool:
    """Say whether a notice has more to say of the incident itself than the one before it."""
    return (before.state, before.severity) != (now.state, now.severity)


def is_worse(before: Notice, now: Notice) -> bool:
    """Say whether the channel has to hear of it again: a ticket became a page, or what was over came back."""
    if now.state is not NoticeState.FIRING:
        return False
    came_back = before.state is NoticeState.RESOLVED
    return came_back or (before.severity is Severity.TICKET and now.severity is Severity.PAGE)


def _says_as_much(before: Notice, now: Notice) -> bool:
    """Say whether nothing happened in between, as where a notice that is more than words could not be delivered."""
    happens = [(one.state, one.severity, one.acknowledged_by) for one in (before, now)]
    return happens[0] == happens[1]


async def _posted(slack: _Slack, channel: str, message: dict[str, Any], note: str = "") -> Outcome:
    said = await slack.write("chat.postMessage", {"channel": channel}, message)
    if not isinstance(said, _Said):
        return said
    if said.error:
        return _refused(said, slack.at)
    where, ts = said.body.get("channel"), said.body.get("ts")
    # Without both it can't be changed later: then each message stands alone, as an incoming webhook's does.
    reference = f"{where}:{ts}" if isinstance(where, str) and isinstance(ts, str) and where and ts else ""
    return Delivered(reference, note or said.note)


async def _anew(slack: _Slack, notice: Notice, channel: str, ts: str) -> Outcome:
    """Put a new message in the place of one that can't be changed any more, and link that one."""
    message = _message(slack.settings, notice, slack.settings.mention)
    link = await slack.permalink(channel, ts)
    text = f"<{escaped(link, SECTION_CHARACTERS_MAX)}|The earlier message of this incident>" if link else _EARLIER_GONE
    if len(message["blocks"]) < BLOCKS_MAX:
        message["blocks"].append({"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]})
    return await _posted(slack, channel, message, "as a new message, since the earlier one could not be changed")


_EARLIER_GONE = "The earlier message of this incident is gone."


async def _repaired(slack: _Slack, notice: Notice, channel: str, added: _Said) -> Outcome:
    """Make a whole message of a line that stands in the channel because its thread's parent is gone."""
    ts = str(added.body.get("ts", ""))
    message = _message(slack.settings, notice, slack.settings.mention)
    changed = await slack.write("chat.update", {"channel": channel, "ts": ts}, message)
    if not isinstance(changed, _Said):
        return changed
    if changed.error:
        return _refused(changed, slack.at)
    return Delivered(f"{channel}:{ts}", "as a new message, since the earlier one is gone")


def _message(settings: Settings, notice: Notice, mention: Mention = Mention.NOBODY) -> dict[str, Any]:
    """Write the whole message; a changed one notifies nobody, so it calls nobody."""
    message = payload(notice, mention)
    if settings.buttons:
        message["blocks"] += buttons(notice)
    return message


def _line(notice: Notice, before: Notice, mention: Mention, *, worse: bool) -> dict[str, Any]:
    """Write what is added to the thread: the headline where it is news, what explains it where new, what people did."""
    lines: list[str] = []
    if not notice.aside or is_news(before, notice):
        lines.append(payload(notice, mention if worse else Mention.NOBODY)["text"].partition("\n")[0])
        if notice.why and notice.why != before.why:
            lines.append(escaped(notice.why, 1_000))
    if notice.aside:
        lines.append(escaped(notice.aside, 1_000))
    text = "\n".join(lines)
    return {"text": text, "unfurl_links": False, "unfurl_media": False}


def _thread_of(added: _Said) -> str:
    message = added.body.get("message")
    return str(cast("Mapping[str, Any]", message).get("thread_ts", "")) if isinstance(message, Mapping) else ""


def _refused(said: _Said, at: datetime) -> Outcome:
    word = said.error
    told = f"Slack said {word}"
    if word in _BUSY:
        limited = refusal(Answer(429, "", said.answer.headers), at, word)
        return limited if isinstance(limited, TryAgain) else TryAgain(PAUSE, told)
    if word in _NOT_NOW:
        return TryAgain(NOT_SAID, told)
    if word in _NOT_OURS:
        return GaveUp(GaveUpReason.NOT_AUTHORISED, told)
    if word in _NOWHERE:
        return GaveUp(GaveUpReason.UNKNOWN_TARGET, f"{told}; {_NOWHERE[word]}")
    return GaveUp(GaveUpReason.REJECTED, told)


def _read(text: str) -> Mapping[str, Any] | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return cast("Mapping[str, Any]", body) if isinstance(body, Mapping) else None


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode("utf-8")


CHANNEL = Channel(
    name="slack",
    settings=Settings,
    send=send,
    follow=follow,
    changes=True,
    apart=APART,
    burst_max=1,
    asides=True,
    explanation="A Slack bot: one message an incident, changed as it goes on, with its history in the thread.",
)
