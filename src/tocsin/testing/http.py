"""The other side of HTTP, played from a script: records what was sent and answers in order."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Reply:
    """One scripted answer."""

    status: int = 200
    text: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Never:
    """The scripted answer that does not come."""


NEVER = Never()


@dataclass(frozen=True, slots=True)
class Sent:
    """One recorded request."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """Return the body, read as JSON."""
        return json.loads(self.content)


class FakeHttp(httpx.AsyncBaseTransport):
    """Answers the n-th request with the n-th of `replies`, and every later one with the last.

    A reply is a `Reply`, NEVER (no answer comes), or an exception that is raised. `client()` gives the client to hand
    to the code under test; `sent` holds the requests, in order.
    """

    def __init__(self, replies: Iterable[Reply | Never | Exception] = ()) -> None:
        self._replies = list(replies) or [Reply()]
        self.sent: list[Sent] = []

    def client(self) -> httpx.AsyncClient:
        """Return a client whose every request comes here."""
        return httpx.AsyncClient(transport=self, follow_redirects=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Record one request and play the next reply."""
        content = await request.aread()
        reply = self._replies[min(len(self.sent), len(self._replies) - 1)]
        self.sent.append(Sent(request.method, str(request.url), dict(request.headers), content))
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Never):
            await asyncio.Event().wait()
        assert isinstance(reply, Reply), "nothing ends the wait for an answer that never comes"
        return httpx.Response(reply.status, text=reply.text, headers=dict(reply.headers), request=request)
