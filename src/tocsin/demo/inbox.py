"""Reads the server's built-in inbox, where each message stands as Slack would show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import httpx

from tocsin.model.problem import Foreign

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of the inbox."""

    key: str
    incident: str
    # `firing` or `resolved`.
    state: str
    service: str
    alarm: str
    at: datetime
    # The message's lines, without the link.
    lines: tuple[str, ...]
    link: str

    @property
    def text(self) -> str:
        """The whole message as plain text."""
        return "\n".join((*self.lines, self.link))


def letters(url: str) -> list[Letter]:
    """Return the inbox of the server at `url`, oldest first. Raises Foreign when it can't be read."""
    try:
        answer = httpx.get(f"{url}/api/v1/inbox", timeout=TIMEOUT_S)
        answer.raise_for_status()
        found = [_letter(item) for item in answer.json()["messages"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as problem:
        raise Foreign(
            "the inbox", f"can't be read at {url}/api/v1/inbox: {type(problem).__name__}: {problem}"
        ) from None
    return sorted(found, key=lambda letter: letter.at)


def link_status(url: str) -> int:
    """Open a message's link as a reader would; return the HTTP status, 0 when nothing answers."""
    try:
        return httpx.get(url, timeout=TIMEOUT_S, follow_redirects=True).status_code
    except httpx.HTTPError:
        return 0


def _letter(item: Mapping[str, Any]) -> Letter:
    notice = cast("Mapping[str, Any]", item["notice"])
    lines = [str(notice.get(part) or "") for part in ("headline", "compared", "why", "changed")]
    return Letter(
        key=str(notice["key"]),
        incident=str(notice["incident"]),
        state=str(notice["state"]),
        service=str(notice["group"]["service"]),
        alarm=str(notice["alarm"]),
        at=datetime.fromisoformat(str(notice["at"])),
        lines=tuple(line for line in lines if line),
        link=str(notice["link"]),
    )
