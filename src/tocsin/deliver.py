"""The delivery loop: gives each channel what the outbox holds for it, and writes down how it went.

At least once on the wire, and almost always exactly once: only a process that ends between the sending and the writing
down sends that one notice again, with the same key. One channel never waits for another.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import httpx
import structlog

from tocsin.model.notice import Delivered, GaveUp, Outcome, TryAgain
from tocsin.model.problem import Foreign
from tocsin.notify.channel import Target
from tocsin.notify.post import NOT_SAID, SEND_TIMEOUT_S
from tocsin.notify.scrub import scrub
from tocsin.store.control import DELIVERED, Control, Delivery, Due

# How often the loop looks, and how long it waits after the control state itself failed, as on a full disk.
PAUSE_S = 1.0
PAUSE_AFTER_FAILURE_S = 10.0
# How long it waits before it tries again to write down what was sent: 1, 2, 4 ... seconds, at most this.
RECORD_PAUSE_S_MAX = 10.0

LOG = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Work:
    """What each step of each channel is done with."""

    control: Control
    http: httpx.AsyncClient
    # Read for each try, before and after: what the other side asks for counts from its answer.
    now: Callable[[], datetime]
    send_timeout_s: float
    stop: asyncio.Event


async def deliver_due(  # noqa: PLR0913 - what to give whom, and when to leave it
    now: Callable[[], datetime],
    control: Control,
    targets: Sequence[Target],
    http: httpx.AsyncClient,
    *,
    send_timeout_s: float = SEND_TIMEOUT_S,
    stop: asyncio.Event | None = None,
) -> list[Delivery]:
    """Give every channel what it is due, channels side by side, each in order; return what was tried.

    A channel that fails is left alone for the rest of the step. What a channel raises counts as a failed try. What was
    sent is written down before anything else of its channel, however often that fails, until `stop` is set. Raises only
    when the control state can't be read, or not be written after `stop`; the other channels' steps are finished first.
    """
    work = _Work(control, http, now, send_timeout_s, stop or asyncio.Event())
    steps = (_deliver_to(target, work) for target in targets)
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

    What is being sent when `stop` is set is finished and written down, which is then tried once: at most
    `SEND_TIMEOUT_S` and one wait for the write lock later it returns.
    """
    async with asyncio.TaskGroup() as loops:
        for target in targets:
            loops.create_task(_deliver_one_until(stop, control, target, http, now), name=f"deliver {target.name}")


async def _deliver_one_until(
    stop: asyncio.Event, control: Control, target: Target, http: httpx.AsyncClient, now: Callable[[], datetime]
) -> None:
    fails = False
    while not stop.is_set():
        pause_s = PAUSE_S
        try:
            fails = _told(await deliver_due(now, control, [target], http, stop=stop), fails=fails)
        except Exception as fault:  # noqa: BLE001 - the border of one delivery: a fault may not end the loop
            # Without the traceback, which may hold an address.
            LOG.error("delivery stopped", channel=target.name, fault=_fault_text(fault, target))  # noqa: TRY400 - the same
            pause_s = PAUSE_AFTER_FAILURE_S
        try:
            await asyncio.wait_for(stop.wait(), pause_s)
        except TimeoutError:
            continue


def _told(tried: Sequence[Delivery], *, fails: bool) -> bool:
    """Tell the log when a channel begins to fail and when it is well again; return whether it fails."""
    for delivery in tried:
        was, fails = fails, delivery.outcome != DELIVERED
        if fails and not was:
            LOG.warning("a channel fails", channel=delivery.channel, outcome=delivery.outcome, detail=delivery.detail)
        if was and not fails:
            LOG.info("a channel is well again", channel=delivery.channel)
    return fails


async def _deliver_to(target: Target, work: _Work) -> list[Delivery]:
    tried: list[Delivery] = []
    if target.has_hours:
        await asyncio.to_thread(work.control.catch_up, target.name, work.now())
    for _ in range(target.burst_max):
        # The control state waits for the disk and for the tick's transaction; the event loop must not.
        at = work.now()
        due = await asyncio.to_thread(work.control.take, target.name, at, target.apart)
        if due is None:
            break
        outcome = await _send(target, due, work.http, at, work.send_timeout_s)
        tried.append(await _recorded(target, due, outcome, work))
        if isinstance(outcome, TryAgain):
            break
    if target.backup:
        await asyncio.to_thread(work.control.hand_over, target.name, target.backup, work.now())
    return tried


async def _recorded(target: Target, due: Due, outcome: Outcome, work: _Work) -> Delivery:
    """Write down how a try went, again and again until it is written: what is not written down is sent again.

    Once `stop` is set the next failure is raised, since a process that can't write must still be able to end.
    """
    answered = work.now()
    pause_s = 1.0
    while True:
        last = work.stop.is_set()
        try:
            return await asyncio.to_thread(work.control.record, due, outcome, answered, target.backup)
        except Foreign as fault:
            if last:
                raise
            LOG.error(  # noqa: TRY400 - no bug of ours
                "a delivery is not written down yet", channel=target.name, fault=_fault_text(fault, target)
            )
        with suppress(TimeoutError):
            await asyncio.wait_for(work.stop.wait(), pause_s)
        pause_s = min(2 * pause_s, RECORD_PAUSE_S_MAX)


async def _send(target: Target, due: Due, http: httpx.AsyncClient, at: datetime, send_timeout_s: float) -> Outcome:
    """Send once; whatever happens is an outcome, and no outcome holds a secret."""
    try:
        async with asyncio.timeout(send_timeout_s):
            if due.told is None or target.follow is None:
                outcome = await target.send(due.notice, http, at)
            else:
                outcome = await target.follow(due.notice, due.told, http, at)
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
            reference, note = (scrub(text, target.secrets) for text in (outcome.reference, outcome.note))
            return replace(outcome, reference=reference, note=note)
        case TryAgain():
            reason, reference = (scrub(text, target.secrets) for text in (outcome.reason, outcome.reference))
            return replace(outcome, reason=reason, reference=reference)
        case GaveUp():
            return replace(outcome, detail=scrub(outcome.detail, target.secrets))
