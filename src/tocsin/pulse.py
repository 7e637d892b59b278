"""The pulse: whether this server does its work, said outwards by a heartbeat that falls silent when it does not."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import structlog

from tocsin.model.problem import Problem
from tocsin.notify.heartbeat import Settings, beat
from tocsin.notify.scrub import scrub
from tocsin.store.control import Control

LOG = structlog.get_logger()
# Alarms are judged every few seconds, and messages sent within one; what is later than this does not work.
LATE_AFTER = timedelta(minutes=2)
WORDS_MAX = 300


@dataclass(slots=True)
class Pulse:
    """How the server is, as of the last look; the loop writes, pages read."""

    control: Control
    # Whether the last insert of what arrived failed.
    writes_fail: Callable[[], bool]
    settings: Settings
    now: Callable[[], datetime]
    started: datetime = field(init=False)
    # Why no heartbeat goes out, one sentence each; empty: all is well.
    ill: tuple[str, ...] = ()
    looked: datetime | None = None
    # The last heartbeat that was taken, and what went wrong with the last one, if something did.
    beaten: datetime | None = None
    fault: str = ""

    def __post_init__(self) -> None:
        self.started = self.now()

    def look(self, at: datetime) -> tuple[str, ...]:
        """Return what does not work. Writes to the control state, to see that it can be written."""
        try:
            ticked = self.control.ticked
            overdue = self.control.overdue_since(at)
            self.control.note_pulse(at)
        except Problem as fault:
            return (f"the control state can't be read or written: {str(fault)[:WORDS_MAX]}",)
        found: list[str] = []
        judged = self.started if ticked is None else ticked
        if abs(at - judged) > LATE_AFTER:
            found.append(f"alarms were judged last at {judged:%Y-%m-%d %H:%M:%S} UTC")
        if self.writes_fail():
            found.append("what arrived last could not be stored")
        if overdue is not None and at - overdue > LATE_AFTER:
            found.append(f"a message that is due since {overdue:%Y-%m-%d %H:%M:%S} UTC was not tried")
        return tuple(found)

    async def step(self, http: httpx.AsyncClient) -> None:
        """Look once, and send a heartbeat when all is well; what changes is told in the log."""
        was_ill, was_fault = self.ill, self.fault
        at = self.now()
        self.ill, self.looked = await asyncio.to_thread(self.look, at), at
        if self.ill and not was_ill:
            LOG.error("no heartbeat while something does not work", reasons=self.ill)
        if was_ill and not self.ill:
            LOG.info("all works again")
        url = self.settings.url
        if url is None or self.ill:
            return
        self.fault = scrub(await beat(url, http), (url,))
        if not self.fault:
            self.beaten = self.now()
        if self.fault and not was_fault:
            LOG.warning("the heartbeat is not taken", fault=self.fault)
        if was_fault and not self.fault:
            LOG.info("the heartbeat is taken again")

    async def until(self, stop: asyncio.Event, client: Callable[[], httpx.AsyncClient]) -> None:
        """Look again and again until `stop` is set; whatever breaks, the next look comes."""
        async with client() as http:
            while not stop.is_set():
                try:
                    await self.step(http)
                except Exception as fault:  # noqa: BLE001 - the border of one look
                    # Without its text, which may hold an address.
                    self.ill = (f"looking after itself failed: {type(fault).__name__}",)
                    LOG.error("looking after itself failed", fault=type(fault).__name__)  # noqa: TRY400 - the same
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self.settings.every.total_seconds())
