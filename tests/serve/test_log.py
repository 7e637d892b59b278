"""What the log is told of the ticks: each thing once, not every five seconds."""

from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from tocsin.model.window import Window
from tocsin.serve import Said
from tocsin.watch import Ticked

AT = datetime(2026, 3, 2, tzinfo=UTC)
FAULT = "cost_run_rate: ZeroDivisionError: of app"


@pytest.fixture
def lines() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as found:
        yield found


def told(lines: list[MutableMapping[str, Any]]) -> list[str]:
    found = [f"{line['log_level']}: {line['event']}" for line in lines]
    lines.clear()
    return found


def test_an_alarm_that_breaks_is_told_when_it_begins_and_when_it_ends(lines: list[MutableMapping[str, Any]]) -> None:
    said = Said()
    for _ in range(3):
        said.tell(Ticked(at=AT, faults=(FAULT, FAULT)))
        said.tell(Ticked())
    assert told(lines) == ["warning: an alarm could not be judged"]
    said.tell(Ticked(at=AT, faults=(FAULT, "latency_drift: KeyError: p95")))
    assert told(lines) == ["warning: an alarm could not be judged"]
    said.tell(Ticked(at=AT, faults=("latency_drift: KeyError: p95",)))
    assert told(lines) == ["info: a fault of an alarm is over"]


def test_services_that_are_left_out_are_told_once(lines: list[MutableMapping[str, Any]]) -> None:
    said = Said()
    for left_out in (0, 7, 7, 0):
        said.tell(Ticked(at=AT, groups_left_out=left_out))
    assert [line["left_out"] for line in lines] == [7, 0]


def test_a_clock_set_back_and_a_gap_are_told(lines: list[MutableMapping[str, Any]]) -> None:
    gap = Window(AT - timedelta(hours=5), AT - timedelta(hours=1))
    Said().tell(Ticked(at=AT, mark_ahead=AT + timedelta(days=365), gap=gap))
    assert told(lines) == [
        "warning: the clock was ahead and was set back; judging goes on from now",
        "warning: nobody judged for a while",
    ]
