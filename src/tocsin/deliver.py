"""The delivery loop: gives each channel what the outbox holds for it, and writes down how it went.

At least once on the wire, and almost always exactly once: a process that dies between the sending and the writing down
sends that one notice again, with the same key. One channel never waits for another.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import httpx

from tocsin.model.notice import Delivered, GaveUp, Notice, Outcome, TryAgain
from tocsin.notify.channel import Target
from tocsin.notify.post import NOT_SAID, SEND_TIMEOUT_S
from tocsin.notify.scrub import scrub
from tocsin.store.control import Control, Delivery

# Notices one channel is given in one step: a short burst, as Slack allows.
STEP_NOTICES_MAX = 5
# How often the loop looks, and how long it waits after the control state itself failed, as on a full disk.
PAUSE_S = 1.0
PAUSE_AFTER_FAILURE_S = 10.0

_LOG = logging.getLogger(__name__)


async def deliver_due(
    at: datetime,
    control: Control,
    targets: Sequence[Target],
    http: httpx.AsyncClient,
    *,
    send_timeout_s: float = SEND_TIMEOUT_S,
) -> list[Delivery]:
    """Give every channel what it is due at `at`, channels side by side, each in order; return what was tried.

    A channel that fails is left alone for the rest of the step. What a channel raises counts as a failed try. Raises
    only when the control state can't be read or written; the other channels' steps are finished first.
    """
    steps = (_deliver_to(at, control, target, http, send_timeout_s) for target in targets)
    done = await asyncio.gather(*steps, return_exceptions=True)
    for result in done:
        if isinstance(result, BaseException):
            raise result
    return [delivery for result in done if not isinstance(result, BaseException) for delivery in result]


async def deliver_until(
    stop: asyncio.Event,
    control: Control,
    targets: Sequence[Target],
    http: httpx.AsyncClient,
    now: Callable[[], datetime],
) -> None:
    """Deliver until `stop` is set, one loop for each channel, so that one that hangs delays no other.

    What is being sent when `stop` is set is finished and written down: at most `SEND_TIMEOUT_S` later it returns.
    """
    async with asyncio.TaskGroup() as loops:
        for target in targets:
            loops.create_task(_deliver_one_until(stop, control, target, http, now), name=f"deliver {target.name}")


async def _deliver_one_until(
    stop: asyncio.Event, control: Control, target: Target, http: httpx.AsyncClient, now: Callable[[], datetime]
) -> None:
    while not stop.is_set():
        pause_s = PAUSE_S
        try:
            await deliver_due(now(), control, [target], http)
        except Exception as fault:  # noqa: BLE001 - the border of one delivery: a fault may not end the loop
            # Without the traceback, which may hold an address.
            _LOG.error("delivery to %s stopped: %s", target.name, _fault_text(fault, target))
            pause_s = PAUSE_AFTER_FAILURE_S
        try:
            await asyncio.wait_for(stop.wait(), pause_s)
        except TimeoutError:
            continue


async def _deliver_to(
    at: datetime, control: Control, target: Target, http: httpx.AsyncClient, send_timeout_s: float
) -> list[Delivery]:
    tried: list[Delivery] = []
    for _ in range(STEP_NOTICES_MAX):
        # The control state waits for the disk and for the tick's transaction; the event loop must not.
        due = await asyncio.to_thread(control.take, target.name, at)
        if due is None:
            break
        outcome = await _send(target, due.notice, http, at, send_timeout_s)
        tried.append(await asyncio.to_thread(control.record, due, outcome, at))
        if isinstance(outcome, TryAgain):
            break
    return tried


async def _send(
    target: Target, notice: Notice, http: httpx.AsyncClient, at: datetime, send_timeout_s: float
) -> Outcome:
    """Send once; whatever happens is an outcome, and no outcome holds a secret."""
    try:
        async with asyncio.timeout(send_timeout_s):
            outcome = await target.send(notice, http, at)
    except TimeoutError:
        outcome = TryAgain(NOT_SAID, f"no answer within {send_timeout_s:g} s")
    except Exception as fault:  # noqa: BLE001 - the border of one delivery: one bad channel may not stop the others
        outcome = TryAgain(NOT_SAID, f"the channel failed: {_fault_text(fault, target)}")
    return _scrubbed(outcome, target)


def _fault_text(fault: Exception, target: Target) -> str:
    return scrub(f"{type(fault).__name__}: {fault}", target.secrets)


def _scrubbed(outcome: Outcome, target: Target) -> Outcome:
    match outcome:
        case Delivered():
            return replace(outcome, reference=scrub(outcome.reference, target.secrets))
        case TryAgain():
            return replace(outcome, reason=scrub(outcome.reason, target.secrets))
        case GaveUp():
            return replace(outcome, detail=scrub(outcome.detail, target.secrets))
