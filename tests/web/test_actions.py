"""Work on request: one piece at a time, never in the middle of something else, and its faults are told."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.web.rows import AT, MEASURES

from tocsin.alarms.replay import Replayed
from tocsin.alarms.telling import Reason, Told
from tocsin.cli.standing import replay_lines
from tocsin.model.problem import BadInput, Busy
from tocsin.model.window import Window
from tocsin.rewind import SINCE_DEFAULT, Asked
from tocsin.testing.examples import an_incident
from tocsin.web.actions import Turn, asked_of, replayed

WITHIN_S = 20


def test_one_piece_of_work_goes_on_at_a_time() -> None:
    gate = threading.Event()

    def work() -> Iterator[object]:
        yield 1
        assert gate.wait(WITHIN_S)
        yield 2

    async def twice() -> list[object]:
        turn = Turn("a replay")
        steps, _ = await turn.begin(work)
        assert await steps.get() == 1
        with pytest.raises(Busy, match="a replay is under way already"):
            await turn.begin(work)
        gate.set()
        told = [await steps.get(), await steps.get()]
        again, _ = await turn.begin(lambda: iter(["again"]))
        return [*told, await again.get()]

    assert asyncio.run(asyncio.wait_for(twice(), WITHIN_S)) == [2, None, "again"]


def test_a_fault_in_the_middle_is_told_and_the_next_work_can_begin() -> None:
    def broken() -> Iterator[object]:
        yield 1
        raise ValueError("no such thing")

    async def told() -> list[object]:
        turn = Turn("a replay")
        steps, _ = await turn.begin(broken)
        found = [await steps.get() for _ in range(3)]
        await turn.begin(lambda: iter(()))
        return found

    first, fault, end = asyncio.run(asyncio.wait_for(told(), WITHIN_S))
    assert (first, str(fault), end) == (1, "no such thing", None)


def test_what_is_asked_wrongly_is_raised_at_once_and_takes_no_turn() -> None:
    def wrong() -> Iterator[object]:
        raise BadInput("no alarm of that name is on")

    async def asked() -> object:
        turn = Turn("a replay")
        with pytest.raises(BadInput):
            await turn.begin(wrong)
        steps, _ = await turn.begin(lambda: iter(["right"]))
        return await steps.get()

    assert asyncio.run(asyncio.wait_for(asked(), WITHIN_S)) == "right"


def test_a_step_that_was_given_up_keeps_others_out_until_it_is_over() -> None:
    """A thread can't be stopped: were the lock given back early, two would use one line to the engine."""
    begun, gate = threading.Event(), threading.Event()

    def work() -> Iterator[object]:
        begun.set()
        assert gate.wait(WITHIN_S)
        yield 1

    async def given_up() -> bool:
        rounds = asyncio.Lock()
        _, task = await Turn("a re-pricing", rounds).begin(work)
        await asyncio.to_thread(begun.wait, WITHIN_S)
        task.cancel()
        await asyncio.sleep(0)
        held = rounds.locked()
        gate.set()
        await asyncio.wait({task})
        return held and not rounds.locked()

    assert asyncio.run(asyncio.wait_for(given_up(), WITHIN_S))


def test_what_is_left_out_of_a_request_has_its_default() -> None:
    assert asked_of({}) == asked_of({"name": None, "project": "", "since": None}) == Asked("", "default", SINCE_DEFAULT)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"since": "5"}, 'since = "5" is not a duration; give it a unit'),
        ({"since": 30}, "since = 30 is not a duration"),
        ({"name": 3}, "name and project are texts"),
    ],
)
def test_a_request_that_can_not_be_read_is_told_why(given: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words.replace("(", r"\(")):
        asked_of(given)


def told_of(past: timedelta) -> tuple[object, str]:
    one = Replayed(Window(AT - past, AT), (), (Told(an_incident(), Reason.OPENED),))
    result = replayed(one, Asked("", "default", past), MEASURES)
    return result["pages_per_week"], list(replay_lines(result, AT))[-1]


def test_minutes_of_history_tell_no_weekly_rate() -> None:
    """One page in twelve minutes was told as 840 a week."""
    rate, text = told_of(timedelta(minutes=12))
    assert rate is None
    assert text == "all alarms over 12 min: fired 0 times, 1 message, 1 page (too short for a weekly rate)"


def test_a_day_of_history_tells_a_weekly_rate() -> None:
    rate, text = told_of(timedelta(days=1))
    assert rate == 7
    assert text.endswith("1 page (7.0 a week)")
