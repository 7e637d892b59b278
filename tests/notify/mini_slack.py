"""Slack's web API in small, on a real socket: keeps messages as Slack does, and fails as it is told to.

What it copies from Slack: errors inside a 200; a reply to a parent that is gone lands in the channel without a word; an
update without blocks takes the blocks away; no method works without the token.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tocsin.testing import OtherSide, Reply, Sent

TOKEN = "xoxb-0123456789-abcdefghij"
CHANNEL = "C0123456789"


@dataclass
class MiniSlack:
    """The workspace; `messages` are by ts, in the order they were posted."""

    messages: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    # Answers to give instead, by method, each once and in order: an error's word, or a whole reply.
    wrong: dict[str, list[str | Reply]] = field(default_factory=dict[str, list[str | Reply]])
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])

    def server(self) -> OtherSide:
        return OtherSide(self.answer)

    def answer(self, sent: Sent) -> Reply:
        method = sent.url.removeprefix("/api/")
        if sent.headers["content-type"].startswith("application/json"):
            body: dict[str, Any] = sent.json()
        else:
            body = {key: values[0] for key, values in parse_qs(sent.content.decode()).items()}
        self.calls.append((method, body))
        planned = self.wrong.get(method, [])
        if planned:
            wrong = planned.pop(0)
            return wrong if isinstance(wrong, Reply) else ok(error=wrong)
        if sent.headers.get("authorization") != f"Bearer {TOKEN}":
            return ok(error="invalid_auth")
        if body["channel"] != CHANNEL:
            return ok(error="channel_not_found")
        return {"chat.postMessage": self.post, "chat.update": self.update, "chat.getPermalink": self.permalink}[method](
            body
        )

    def post(self, body: dict[str, Any]) -> Reply:
        ts = f"{1_700_000_000 + len(self.messages)}.000100"
        message = {key: body[key] for key in ("text", "blocks", "reply_broadcast") if key in body} | {"ts": ts}
        if body.get("thread_ts") in self.messages:
            message["thread_ts"] = body["thread_ts"]
        self.messages[ts] = message
        return ok(channel=CHANNEL, ts=ts, message=message)

    def update(self, body: dict[str, Any]) -> Reply:
        if body["ts"] not in self.messages:
            return ok(error="message_not_found")
        message = self.messages[body["ts"]]
        message["text"] = body["text"]
        message["blocks"] = body.get("blocks", [])
        message["edits"] = message.get("edits", 0) + 1
        return ok(channel=CHANNEL, ts=body["ts"], text=body["text"])

    def permalink(self, body: dict[str, Any]) -> Reply:
        if body["message_ts"] not in self.messages:
            return ok(error="message_not_found")
        name = body["message_ts"].replace(".", "")
        return ok(channel=CHANNEL, permalink=f"https://example.slack.com/archives/{CHANNEL}/p{name}")

    @property
    def in_channel(self) -> list[dict[str, Any]]:
        """What somebody who looks at the channel sees."""
        return [m for m in self.messages.values() if "thread_ts" not in m or m.get("reply_broadcast")]

    def thread(self, ts: str) -> list[str]:
        return [m["text"] for m in self.messages.values() if m.get("thread_ts") == ts]


def ok(error: str = "", **body: Any) -> Reply:  # noqa: ANN401 - any field
    """Return an answer as Slack writes it: always 200."""
    return Reply(200, json.dumps({"ok": not error, **({"error": error} if error else {}), **body}))
