"""Group commit: while one insert runs, gather what arrives; insert it all, then acknowledge it all.

One insert costs about 50 ms of processor time however small it is, so requests share inserts. A lone sender never
waits for others. Where several share inserts, the writer waits a moment for those that were just answered: they come
again at once, and would else take turns, half of them in every insert. One thread writes; everything else here happens
on the event loop's thread, so nothing needs a lock.
"""

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from tocsin.ingest.budget import Budget, Hold
from tocsin.ingest.counters import Count, Counters
from tocsin.ingest.envelope import envelope
from tocsin.ingest.repeats import NS_PER_S, Repeats, fingerprint
from tocsin.ingest.settings import Settings
from tocsin.model.problem import BadInput, Busy, Problem
from tocsin.model.received import Received, Signal

LOG = structlog.get_logger()
# How long the writer waits for another request of the senders that it just answered.
_LINGER_S = 0.012
# After a fault that nobody foresaw: the sender may try once or twice more before its exporter gives up.
_FAULT_AFTER_S = 2.0


class Sink(Protocol):
    """Where envelopes become durable. Called from one thread only, for all signals."""

    def insert(self, signal: Signal, envelopes: Sequence[bytes]) -> None:
        """Store length-delimited envelopes; return only when all are durable.

        Raises BadInput when the bytes can't be read (then none of them is stored), Busy when it can't store now.
        """
        ...


@dataclass(slots=True, eq=False)
class _Job:
    """One request on its way to the store."""

    signal: Signal
    project: str
    body: bytes
    mark: bytes
    hold: Hold
    # Holds an outcome, never an exception: a waiter may be gone by then.
    settled: asyncio.Future[Received | Problem]


@dataclass(frozen=True, slots=True)
class _Insert:
    """One finished insert: what became of it and how long it took."""

    jobs: Sequence[_Job]
    outcome: Received | Problem
    took_ns: int


class GroupCommit:
    """Stores requests in groups and answers each when it is durable."""

    def __init__(
        self,
        sink: Sink,
        settings: Settings,
        *,
        budget: Budget,
        counters: Counters,
        now_ns: Callable[[], int],
    ) -> None:
        self._sink = sink
        self._group_bytes_max = settings.group_bytes_max
        self._retry_after_s = settings.retry_after_s
        self._budget = budget
        self._counters = counters
        self._now_ns = now_ns
        self._repeats = Repeats(window_s=settings.repeat_window_s, entries_max=settings.repeats_max)
        self._in_flight: dict[bytes, _Job] = {}
        self._inbox: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._last_stamp_ns = 0
        self._durable_ns = 0
        self._closing = False
        self._failing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writer = threading.Thread(target=self._write_until_closed, name="tocsin-writer", daemon=True)

    @property
    def durable_up_to_ns(self) -> int:
        """Stamp of the last envelope of the last finished insert.

        Everything stamped up to it is durable or was refused, and nothing will ever be stamped up to it again.
        """
        return self._durable_ns

    @property
    def failing(self) -> bool:
        """Whether the last insert could not be done; bytes that can't be read are no failure."""
        return self._failing

    def start(self, *, stamp_floor_ns: int = 0) -> None:
        """Begin to write. Call it once, on the event loop that serves the doors.

        `stamp_floor_ns`: all stamps are greater than this. After a restart, give the greatest stamp in the store, so
        that a clock which was set back does not make a stamp come twice.
        """
        self._last_stamp_ns = self._durable_ns = stamp_floor_ns
        self._loop = asyncio.get_running_loop()
        self._writer.start()

    async def close(self) -> None:
        """Take nothing more, store what waits, and end the writer."""
        if self._closing:
            return
        self._closing = True
        self._inbox.put(None)
        if self._loop is not None:
            await self._loop.run_in_executor(None, self._writer.join)

    async def put(self, signal: Signal, body: bytes, project: str) -> Received:
        """Store one OTLP protobuf body; return only after it is durable.

        Raises BadInput when these bytes will always fail, Busy when they are welcome later. A caller that stops
        waiting changes nothing: the body is stored all the same.
        """
        if self._closing:
            raise Busy("the server is shutting down; send this request again", self._retry_after_s)
        assert self._loop is not None, "start the committer before the doors open"
        hold = self._budget.hold(len(body))
        mark = fingerprint(signal, project, body)
        running = self._in_flight.get(mark)
        if running is not None:
            with hold:
                await self._outcome(running)
                return self._repeated()
        if self._repeats.knows(mark, self._now_ns()):
            hold.release()
            return self._repeated()
        job = _Job(signal, project, body, mark, hold, self._loop.create_future())
        self._in_flight[mark] = job
        self._inbox.put(job)
        return await self._outcome(job)

    @staticmethod
    async def _outcome(job: _Job) -> Received:
        outcome = await asyncio.shield(job.settled)
        if isinstance(outcome, Problem):
            raise outcome
        return outcome

    def _repeated(self) -> Received:
        self._counters.add(Count.REPEATED)
        return Received(repeated=True)

    def _settle(self, insert: _Insert) -> None:
        """Tell everybody who waits for this insert; runs on the event loop."""
        self._counters.add(Count.GROUPS)
        self._counters.add(Count.INSERT_SECONDS, insert.took_ns / NS_PER_S)
        stored = isinstance(insert.outcome, Received)
        if insert.jobs:
            self._failing = isinstance(insert.outcome, Busy)
        for job in insert.jobs:
            del self._in_flight[job.mark]
            job.hold.release()
            if stored:
                self._repeats.remember(job.mark, self._now_ns())
                self._counters.add(Count.ACCEPTED)
                self._counters.add(Count.STORED_BYTES, len(job.body))
            if not job.settled.done():
                job.settled.set_result(insert.outcome)

    # From here on: the writer's thread.

    def _write_until_closed(self) -> None:
        waiting: deque[_Job] = deque()
        closing, answered = False, 0
        while waiting or not closing:
            # Those that were just answered and those that waited meanwhile: as many senders as there seem to be.
            senders = answered + len(waiting) + self._inbox.qsize() if answered > 1 else 0
            closing = self._gather(waiting, 0 if closing else senders) or closing
            answered = 0
            if waiting:
                group = self._group(waiting)
                answered = len(group)
                self._store(group)

    def _gather(self, waiting: deque[_Job], senders: int) -> bool:
        """Take in everything that arrived, waiting for the first when there is nothing to do; True: closing.

        Up to `senders` requests are waited for as long as they keep coming.
        """
        with contextlib.suppress(queue.Empty):
            while True:
                more = waiting and len(waiting) < senders
                job = self._inbox.get(block=not waiting or bool(more), timeout=_LINGER_S if more else None)
                if job is None:
                    return True
                waiting.append(job)
        return False

    def _group(self, waiting: deque[_Job]) -> list[_Job]:
        """Take out the oldest request and all others of its signal that fit into one insert."""
        signal, room = waiting[0].signal, self._group_bytes_max
        group: list[_Job] = []
        rest: list[_Job] = []
        for job in waiting:
            if job.signal is signal and (not group or len(job.body) <= room):
                room -= len(job.body)
                group.append(job)
            else:
                rest.append(job)
        waiting.clear()
        waiting.extend(rest)
        return group

    def _store(self, group: list[_Job]) -> None:
        """Insert a group; when it holds bytes that can't be read, halve it until only those are refused."""
        parts = [group]
        while parts:
            part = parts.pop()
            insert = self._insert(part)
            if isinstance(insert.outcome, BadInput) and len(part) > 1:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
                insert = _Insert((), insert.outcome, insert.took_ns)
            assert self._loop is not None, "the writer starts after the loop is known"
            # Without a loop nobody waits for the answer.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._settle, insert)

    def _insert(self, jobs: list[_Job]) -> _Insert:
        began_ns = self._now_ns()
        first_ns = max(began_ns, self._last_stamp_ns + 1)
        self._last_stamp_ns = first_ns + len(jobs) - 1
        outcome = self._try(
            jobs[0].signal,
            [envelope(job.body, job.project, stamp_ns) for stamp_ns, job in enumerate(jobs, start=first_ns)],
        )
        if isinstance(outcome, Received):
            self._durable_ns = self._last_stamp_ns
        return _Insert(jobs, outcome, self._now_ns() - began_ns)

    def _try(self, signal: Signal, envelopes: list[bytes]) -> Received | Problem:
        try:
            self._sink.insert(signal, envelopes)
        except (BadInput, Busy) as problem:
            return problem
        except Exception as error:  # noqa: BLE001 the border of one insert: the writer must outlive any fault
            # Its text may quote what was sent, so only its kind is told.
            kind = type(error).__name__
            LOG.error("insert failed", signal=str(signal), fault=kind, requests=len(envelopes))  # noqa: TRY400 - a trace may quote what was sent
            return Busy(f"the store failed ({kind}); send this request again", _FAULT_AFTER_S)
        return Received()
