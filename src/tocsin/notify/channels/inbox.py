"""Channel `inbox`: the built-in page that shows each message as Slack would; needs nothing outside."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tocsin.model.notice import Delivered, Notice, Outcome
from tocsin.notify.channel import Channel
from tocsin.notify.slack import payload


@dataclass(frozen=True, slots=True)
class Settings:
    """How to put a message in; given by the server, not by the configuration."""

    # Takes the notice, what Slack would be sent, and the moment; the same notice twice must change nothing.
    put: Callable[[Notice, Mapping[str, Any], datetime], None]


async def send(settings: Settings, notice: Notice, _: httpx.AsyncClient, at: datetime) -> Outcome:
    """Put the message in."""
    await asyncio.to_thread(settings.put, notice, payload(notice), at)
    return Delivered()


CHANNEL = Channel(
    name="inbox",
    settings=Settings,
    send=send,
    explanation="The built-in inbox page, which shows each message as Slack would.",
    built_in=True,
)
