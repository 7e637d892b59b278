"""Group commit: stored together, acknowledged after the commit, each answered for itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from math import log2

import pytest
from tests.ingest.doors import MALFORMED, RecordingSink, awaited, receiving, request, until

from tocsin import clock
from tocsin.ingest.budget import QueueFull
from tocsin.ingest.counters import Count
from tocsin.ingest.settings import Settings
from tocsin.model.problem import BadInput, Busy
from tocsin.model.received import Received, Signal
from tocsin.receive import Receiver

S = 1_000_000_000


async def held(receiver: Receiver, sink: RecordingSink) -> "asyncio.Task[Received]":
    """Start an insert that waits at the gate."""
    sink.gate.clear()
    sink.begun.clear()
    task = put(receiver, request("first"))
    assert await asyncio.to_thread(sink.begun.wait, 10)
    return task


def put(receiver: Receiver, body: bytes, project: str = "p") -> "asyncio.Task[Received]":
    return asyncio.create_task(receiver.put(Signal.TRACES, body, project))


async def answers(tasks: Sequence["asyncio.Task[Received]"]) -> list[Received | BaseException]:
    return await asyncio.gather(*tasks, return_exceptions=True)


@awaited
async def test_what_arrives_during_an_insert_is_stored_by_the_next_one_together() -> None:
    sink = RecordingSink()
    async with receiving(sink) as receiver:
        first = await held(receiver, sink)
        rest = [put(receiver, request(f"{n}")) for n in range(20)]
        await asyncio.sleep(0)
        sink.gate.set()
        assert await answers([first, *rest]) == [Received()] * 21
    assert sink.groups == [1, 20]
    assert len(sink.threads) == 1


@awaited
async def test_nothing_is_acknowledged_before_it_is_stored() -> None:
    sink = RecordingSink()
    async with receiving(sink) as receiver:
        first = await held(receiver, sink)
        second = put(receiver, request("second"))
        done, _ = await asyncio.wait([first, second], timeout=0.1)
        assert done == set()
        sink.gate.set()
        await asyncio.gather(first, second)
    assert sink.bodies == [request("first"), request("second")]


@awaited
@pytest.mark.parametrize("place", [0, 1, 31, 63])
async def test_a_malformed_body_is_refused_alone_and_its_neighbours_are_stored(place: int) -> None:
    sink = RecordingSink()
    bodies = [request(f"{n}") for n in range(64)]
    bodies[place] = MALFORMED
    async with receiving(sink) as receiver:
        first = await held(receiver, sink)
        rest = [put(receiver, body) for body in bodies]
        await asyncio.sleep(0)
        sink.gate.set()
        got = await answers([first, *rest])
    refused = [n for n, answer in enumerate(got[1:]) if isinstance(answer, BadInput)]
    assert refused == [place]
    assert sorted(sink.bodies) == sorted([request("first"), *(body for body in bodies if body is not MALFORMED)])
    assert len(sink.groups) <= 2 + 2 * log2(64)


@awaited
async def test_a_body_stored_before_is_acknowledged_and_not_stored_again() -> None:
    """Exporters send a batch again when the answer got lost."""
    sink = RecordingSink()
    async with receiving(sink) as receiver:
        assert await receiver.put(Signal.TRACES, request("a"), "p") == Received()
        assert await receiver.put(Signal.TRACES, request("a"), "p") == Received(repeated=True)
        assert receiver.counters[Count.REPEATED] == 1
        assert receiver.counters[Count.ACCEPTED] == 1
    assert sink.bodies == [request("a")]


@awaited
async def test_the_same_bytes_of_another_project_or_signal_are_no_repeat() -> None:
    sink = RecordingSink()
    async with receiving(sink) as receiver:
        await receiver.put(Signal.TRACES, b"", "p")
        assert await receiver.put(Signal.TRACES, b"", "q") == Received()
        assert await receiver.put(Signal.LOGS, b"", "p") == Received()
    assert [(one.signal, one.project) for one in sink.stored] == [
        (Signal.TRACES, "p"),
        (Signal.TRACES, "q"),
        (Signal.LOGS, "p"),
    ]


@awaited
async def test_a_body_that_comes_again_while_it_is_being_stored_waits_for_the_same_insert() -> None:
    """The sender's deadline passed, ours did not: its second try must not become second spans."""
    sink = RecordingSink()
    async with receiving(sink) as receiver:
        first = await held(receiver, sink)
        again = put(receiver, request("first"))
        await asyncio.sleep(0.01)
        assert not again.done()
        sink.gate.set()
        assert await answers([first, again]) == [Received(), Received(repeated=True)]
    assert sink.bodies == [request("first")]


@awaited
async def test_a_body_that_could_not_be_stored_is_no_repeat_when_it_comes_again() -> None:
    sink = RecordingSink(troubles=[Busy("the disk is full", 2)])
    async with receiving(sink) as receiver:
        with pytest.raises(Busy, match="the disk is full"):
            await receiver.put(Signal.TRACES, request("a"), "p")
        assert await receiver.put(Signal.TRACES, request("a"), "p") == Received()
    assert sink.bodies == [request("a")]


@awaited
async def test_a_stored_body_is_forgotten_after_its_window() -> None:
    sink = RecordingSink()
    now = [1_000 * S]
    async with receiving(sink, Settings(repeat_window_s=600), lambda: now[0]) as receiver:
        await receiver.put(Signal.TRACES, request("a"), "p")
        now[0] += 599 * S
        assert (await receiver.put(Signal.TRACES, request("a"), "p")).repeated
        now[0] += S
        assert not (await receiver.put(Signal.TRACES, request("a"), "p")).repeated


@awaited
async def test_only_so_many_stored_bodies_are_remembered_and_the_oldest_go_first() -> None:
    sink = RecordingSink()
    async with receiving(sink, Settings(repeats_max=2)) as receiver:
        for name in "abc":
            await receiver.put(Signal.TRACES, request(name), "p")
        repeated = [(await receiver.put(Signal.TRACES, request(name), "p")).repeated for name in "bca"]
    assert repeated == [True, True, False]


@awaited
async def test_stamps_only_grow_though_the_clock_is_set_back() -> None:
    sink = RecordingSink()
    times = iter([50 * S, 50 * S, 50 * S, *[10 * S] * 100])
    async with receiving(sink, now_ns=lambda: next(times)) as receiver:
        for n in range(5):
            await receiver.put(Signal.TRACES, request(f"{n}"), "p")
            assert receiver.durable_up_to_ns == sink.stored[-1].stamp_ns
    stamps = [one.stamp_ns for one in sink.stored]
    assert stamps[0] == 50 * S
    assert stamps == sorted(set(stamps))


@awaited
async def test_each_body_of_one_group_has_its_own_stamp() -> None:
    sink = RecordingSink()
    async with receiving(sink) as receiver:
        first = await held(receiver, sink)
        rest = [put(receiver, request(f"{n}")) for n in range(20)]
        await asyncio.sleep(0)
        sink.gate.set()
        await asyncio.gather(first, *rest)
    stamps = [one.stamp_ns for one in sink.stored]
    assert stamps == sorted(set(stamps))


@awaited
async def test_after_a_restart_stamps_begin_above_the_greatest_stored_one() -> None:
    sink = RecordingSink()
    receiver = Receiver(sink, Settings(), now_ns=lambda: 10 * S)
    receiver.start(stamp_floor_ns=77 * S)
    assert receiver.durable_up_to_ns == 77 * S
    await receiver.put(Signal.TRACES, b"", "p")
    await receiver.close()
    assert sink.stored[0].stamp_ns == 77 * S + 1


@awaited
async def test_the_durable_mark_stays_while_an_insert_runs_and_when_it_fails() -> None:
    sink = RecordingSink()
    async with receiving(sink) as receiver:
        await receiver.put(Signal.TRACES, request("a"), "p")
        mark = receiver.durable_up_to_ns
        running = await held(receiver, sink)
        assert receiver.durable_up_to_ns == mark
        sink.troubles.append(Busy("full", 1))
        sink.gate.set()
        await answers([running])
        assert receiver.durable_up_to_ns == mark


@awaited
async def test_when_the_queue_is_full_the_sender_is_told_to_come_again_in_a_second_or_two() -> None:
    sink = RecordingSink()
    settings = Settings(body_bytes_max=100, json_bytes_max=100, queue_bytes_max=100)
    async with receiving(sink, settings) as receiver:
        running = await held(receiver, sink)
        with pytest.raises(QueueFull, match="the queue is full") as told:
            await receiver.put(Signal.TRACES, b"x" * 80, "p")
        assert 1 <= told.value.after_s <= 2
        sink.gate.set()
        await running
        assert await receiver.put(Signal.TRACES, request("later"), "p") == Received()


@awaited
async def test_the_queue_is_bounded_in_requests_too() -> None:
    sink = RecordingSink()
    async with receiving(sink, Settings(queue_requests_max=2)) as receiver:
        running = [await held(receiver, sink), put(receiver, request("second"))]
        await asyncio.sleep(0)
        with pytest.raises(QueueFull, match="2 requests wait"):
            await receiver.put(Signal.TRACES, b"", "p")
        sink.gate.set()
        await asyncio.gather(*running)


@awaited
async def test_the_budget_is_whole_again_after_good_bad_busy_repeated_and_abandoned_requests() -> None:
    sink = RecordingSink()
    async with receiving(sink) as receiver:
        running = await held(receiver, sink)
        tasks = [put(receiver, body) for body in (request("a"), MALFORMED, request("a"), request("first"))]
        abandoned = put(receiver, request("abandoned"))
        await asyncio.sleep(0.01)
        assert receiver.budget.requests_held == 6
        abandoned.cancel()
        sink.gate.set()
        await answers([running, *tasks, abandoned])
        # Nobody waits for the abandoned one, which is stored all the same.
        await until(lambda: receiver.budget.requests_held == 0)
        sink.troubles.append(Busy("full", 1))
        await answers([put(receiver, request("busy"))])
        assert (receiver.budget.bytes_held, receiver.budget.requests_held) == (0, 0)
    assert request("abandoned") in sink.bodies


@awaited
async def test_senders_that_were_answered_together_share_the_next_insert_too() -> None:
    """Else they would take turns: those that come again at once, and those that waited meanwhile."""
    sink = RecordingSink()

    async def sends(receiver: Receiver, sender: int) -> None:
        for n in range(5):
            await receiver.put(Signal.TRACES, request(f"{sender} {n}"), "p")
            # What a sender needs to read the answer and write the next request.
            await asyncio.sleep(0.002)

    async with receiving(sink) as receiver:
        first = await held(receiver, sink)
        senders = [asyncio.create_task(sends(receiver, n)) for n in range(8)]
        await asyncio.sleep(0)
        sink.gate.set()
        await asyncio.gather(first, *senders)
    assert sink.groups == [1, 8, 8, 8, 8, 8]


@awaited
async def test_a_lone_sender_never_waits_for_others() -> None:
    sink = RecordingSink()
    sink.gate.set()
    async with receiving(sink) as receiver:
        began = clock.monotonic_s()
        for n in range(40):
            await receiver.put(Signal.TRACES, request(str(n)), "p")
    assert clock.monotonic_s() - began < 40 * 0.012 / 2


@awaited
async def test_a_group_holds_no_more_bytes_than_one_insert_may_take() -> None:
    sink = RecordingSink()
    size = len(request("00"))
    async with receiving(sink, replace(Settings(), group_bytes_max=3 * size)) as receiver:
        first = await held(receiver, sink)
        rest = [put(receiver, request(f"{n:02}")) for n in range(7)]
        await asyncio.sleep(0)
        sink.gate.set()
        await asyncio.gather(first, *rest)
    assert sink.groups == [1, 3, 3, 1]


@awaited
async def test_signals_are_not_mixed_in_one_insert() -> None:
    sink = RecordingSink()
    async with receiving(sink) as receiver:
        first = await held(receiver, sink)
        rest = [
            asyncio.create_task(receiver.put(signal, b"", f"{n}"))
            for n in range(3)
            for signal in (Signal.LOGS, Signal.TRACES)
        ]
        await asyncio.sleep(0)
        sink.gate.set()
        await asyncio.gather(first, *rest)
    assert sink.groups == [1, 3, 3]


@awaited
async def test_a_fault_nobody_foresaw_makes_the_sender_try_again_and_the_writer_goes_on() -> None:
    sink = RecordingSink(troubles=[ZeroDivisionError("secret text")])
    async with receiving(sink) as receiver:
        with pytest.raises(Busy, match="ZeroDivisionError") as told:
            await receiver.put(Signal.TRACES, request("a"), "p")
        assert "secret" not in told.value.reason
        assert await receiver.put(Signal.TRACES, request("a"), "p") == Received()


@awaited
async def test_closing_stores_what_waits_and_refuses_what_comes_after() -> None:
    sink = RecordingSink()
    async with receiving(sink) as receiver:
        first = await held(receiver, sink)
        second = put(receiver, request("second"))
        await asyncio.sleep(0)
        closing = asyncio.create_task(receiver.close())
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="shutting down"):
            await receiver.put(Signal.TRACES, request("late"), "p")
        sink.gate.set()
        await closing
        assert await answers([first, second]) == [Received(), Received()]
    assert sink.bodies == [request("first"), request("second")]
