"""Rows as the store gives them, for the pure parts of the web."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tocsin import measures, registry
from tocsin.model.alarm import Group, Judgement
from tocsin.model.measure import Measure
from tocsin.model.parts import Parts, PartsRow
from tocsin.model.sketch import Sketch
from tocsin.model.window import Window
from tocsin.store.control import Judged
from tocsin.web.state import State
from tocsin.web.watched import Seat, Watch

AT = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MEASURES = registry.load(measures, "MEASURE", Measure)


def parts(calls: int = 10, *, ms: Iterable[float] = (500.0,), usd: str = "0.01", **changes: Any) -> Parts:  # noqa: ANN401 - any field
    """Return parts of some calls that went well, with fields changed."""
    whole: dict[str, Any] = {
        "calls": calls,
        "calls_with_usage": calls,
        "priced": calls,
        "input_tokens": 100 * calls,
        "output_tokens": 10 * calls,
        "cost_usd": Decimal(usd),
        "duration": Sketch.of(ms),
    }
    return Parts(**(whole | changes))


def failures(calls: int) -> Parts:
    """Return parts of some calls that failed."""
    return Parts(calls=calls, failed=calls, errors=calls)


def row(minutes_ago: int, group: str = "", whole: Parts | None = None) -> PartsRow:
    """Return one row, of the minute that began so many minutes before `AT`."""
    return PartsRow(AT - minutes_ago * MINUTE, (group,), whole or parts())


def last_hour(**changes: Any) -> State:  # noqa: ANN401 - any field
    """Return the state of the hour before `AT`, with fields changed."""
    return State(window=Window(AT - HOUR, AT), **changes)


def seat(service: str, judgement: Judgement, alarm: str = "errors_fast") -> Seat:
    """Return an alarm instance that never moved."""
    return Seat(alarm, Group("default", "prod", service), None, Judged(AT, judgement))


def watch(*seats: Seat, **changes: Any) -> Watch:  # noqa: ANN401 - any field
    """Return what the alarms know, with fields changed."""
    known: dict[str, Any] = {"project": "default", "incidents": (), "letters": (), "measures": MEASURES}
    return Watch(seats=seats, **(known | changes))
