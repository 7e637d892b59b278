"""A settler that starts again goes on where the last one stopped, wherever that was."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.store.agree import MINUTE, matches
from tests.store.opened import ARRIVES, BOOK, START, Opened
from tests.store.told import Told, added_up, body_of, settled

from tocsin.model.received import Signal
from tocsin.model.usage import Usage
from tocsin.model.window import Window
from tocsin.price.book import PriceBook
from tocsin.price.override import Override
from tocsin.store.engine import Connection, Parameter, Row
from tocsin.store.settle import Settler

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
USED = Usage(1_000, output_tokens=100)


class Crashed(Exception):  # noqa: N818 a thing that happens, not an error of ours
    """The process dies."""


class Dying:
    """A line to the engine that dies at a statement."""

    def __init__(self, line: Connection, lives: int) -> None:
        self._line = line
        self.lives = lives

    def run(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        if self.lives == 0:
            raise Crashed
        self.lives -= 1
        self._line.run(sql, parameters)

    def ask(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[Row]:
        return self._line.ask(sql, parameters)

    def insert(self, signal: Signal, envelopes: Sequence[bytes]) -> None:
        self._line.insert(signal, envelopes)

    def close(self) -> None:
        self._line.close()


def dying(store: Opened, lives: int) -> Settler:
    """Return a settler that gets so many statements done after its start."""
    line = Dying(store.lines.connect(), 1_000)
    settler = Settler(line, BOOK.rows_for)
    line.lives = lives
    return settler


@pytest.mark.parametrize("lives", [9, 14])
def test_a_crash_in_the_middle_of_a_backfill_leaves_nothing_unsettled(store: Opened, lives: int) -> None:
    """Days are settled one after the other, and what came in took longer than a new settler looks back."""
    store.settle()
    project = store.project()
    spans = [Told(trace=n + 1, at=n * DAY + 30 * MINUTE, usage=USED) for n in range(5)]
    settler = dying(store, lives)
    for span in spans:
        store.insert(project, [body_of([span])])
    with pytest.raises(Crashed):
        settler.settle(store.newest_ns, ARRIVES)
    store.another_settler().settle(store.newest_ns, ARRIVES)
    matches(store, project, spans, Window(START, START + 6 * DAY))
    store.settle()


@pytest.mark.parametrize("spans_at_once", [1, 3, 7])
def test_what_piled_up_is_settled_in_goes_of_bounded_size(store: Opened, spans_at_once: int) -> None:
    """A server that fell behind must not need the more memory the further it is behind."""
    store.settle()
    project = store.project()
    spans = [
        Told(trace=n // 3 + 1, span=n, parent=n - 1, at=n * 7 * MINUTE, usage=USED, tenant="a" * (n % 3 == 0))
        for n in range(1, 15)
    ]
    settler = store.another_settler(spans_at_once)
    settler.settle(store.newest_ns, ARRIVES)
    for first in range(0, len(spans), 2):
        store.insert(project, [body_of(spans[first : first + 2])])
    done = settler.settle(store.newest_ns, ARRIVES)
    assert done.spans == len(spans)
    assert done.minutes == (spans[0].ended.replace(second=0), spans[-1].ended.replace(second=0))
    matches(store, project, spans)
    store.settle()


def test_hours_that_ended_while_nothing_ran_are_closed_at_the_next_start(store: Opened) -> None:
    """What settled last was late, so nothing of the open hour is settled again after the start."""
    day = store.later()
    at = day - START
    project = store.project()
    spans = [Told(trace=1, at=at + 10 * HOUR, usage=USED), Told(trace=2, at=at + 8 * HOUR, usage=USED)]
    settler = store.another_settler()
    for span in spans:
        store.insert(project, [body_of([span])])
        settler.settle(store.newest_ns, day + 10 * HOUR + 30 * MINUTE)
    later = Told(trace=3, at=at + 14 * HOUR + 30 * MINUTE, usage=USED)
    store.insert(project, [body_of([later])])
    store.another_settler().settle(store.newest_ns, day + 15 * HOUR + MINUTE)
    expected = added_up(settled([*spans, later]).values(), Window(day, day + DAY), HOUR)
    assert store.reader.parts(project, Window(day, day + DAY), HOUR, (), {}) == expected
    store.settle()


def test_a_price_that_changed_in_the_configuration_holds_from_the_next_start(store: Opened) -> None:
    """History keeps its prices until it is priced again; what comes from now on has the new one."""
    project = store.project()
    for name in (project, store.project()):
        store.insert(name, [body_of([Told(trace=1, model="house-model-2", usage=USED)])])
        store.settle()
    own = Override(
        provider="openai", model="house-model-2", input_usd_per_mtok=Decimal(2), output_usd_per_mtok=Decimal(8)
    )
    settler = Settler(store.lines.connect(), PriceBook((own,)).rows_for)
    store.insert(project, [body_of([Told(trace=2, model="house-model-2", usage=USED)])])
    settler.settle(store.newest_ns, ARRIVES)
    said = store.stored("calls", project, "lower(hex(trace_id)) AS trace, price, toString(cost) AS cost")
    assert {int(row["trace"], 16): row["cost"] for row in said} == {1: None, 2: str(28 * 10**11)}


def test_a_crash_while_pricing_again_leaves_every_model_with_a_price(store: Opened) -> None:
    """An older call in a trace that goes on later is settled again, and its model must still be known."""
    project = store.project()
    old = Told(trace=1, span=1, model="gpt-4", usage=USED)
    for name in (project, store.project()):
        store.insert(name, [body_of([old])])
        store.settle()
    settler = dying(store, 1)
    with pytest.raises(Crashed):
        list(settler.reprice(BOOK.rows_for, ARRIVES, store.newest_ns))
    new = Told(trace=1, span=2, model="o3", usage=USED)
    store.insert(project, [body_of([new])])
    store.another_settler().settle(store.newest_ns, ARRIVES)
    matches(store, project, [old, new])
    store.settle()
