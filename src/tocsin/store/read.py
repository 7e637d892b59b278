"""The questions that pages, alarms and commands ask of telemetry, with typed answers. Nobody else sees a row."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal
from queue import Empty, SimpleQueue
from typing import Any

from tocsin.model.asking import Filters
from tocsin.model.call import Call
from tocsin.model.dimension import ROLLED, Dimension
from tocsin.model.listing import Order, ValueCount
from tocsin.model.parts import Parts, PartsRow
from tocsin.model.signs import NO_SIGNS, Signs
from tocsin.model.sketch import Sketch
from tocsin.model.span import Span
from tocsin.model.window import Window
from tocsin.store.engine import Connection, Engine, Parameter, Row
from tocsin.store.signs import CALLED_SIGNS, SHOWING
from tocsin.store.statements import grouped, narrowed, of_epoch, of_micros, question, second

# Bounds of one answer.
SPANS_OF_TRACE_MAX = 20_000
VALUES_MAX = 500
READERS = 3
# How long a question that is under way at the end may take.
CLOSED_WITHIN_S = 2.0
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
FEMTO = -15

_ORDER: dict[Order, tuple[str, str]] = {
    Order.RECENT: ("", "started DESC, span_id"),
    Order.FAILED: ("AND is_error AND error_type NOT IN ('cancelled', 'content_filter')", "started DESC, span_id"),
    Order.SLOW: ("", "duration_ns DESC, span_id"),
    Order.COSTLY: ("AND cost IS NOT NULL", "c.cost DESC, span_id"),
    **{order: (f"AND {SHOWING[order]}", "started DESC, span_id") for order in Order if order in SHOWING},
}


class Reader:
    """Questions to the telemetry store, from any thread: each takes one of a few lines to the engine."""

    def __init__(self, engine: Engine, readers: int = READERS) -> None:
        self._lines: SimpleQueue[Connection] = SimpleQueue()
        self._readers = readers
        for _ in range(readers):
            self._lines.put(engine.connect())

    def ask(self, sql: str, parameters: Mapping[str, Parameter]) -> list[Row]:
        """Ask on the next free line."""
        line = self._lines.get()
        try:
            return line.ask(sql, parameters)
        finally:
            self._lines.put(line)

    def close(self) -> None:
        """Let go of every line, so that nothing can be asked any more; one that is in use is waited for a bit."""
        with suppress(Empty):
            for _ in range(self._readers):
                self._lines.get(timeout=CLOSED_WITHIN_S).close()

    def parts(
        self,
        project: str,
        window: Window,
        step: timedelta | None,
        group_by: Sequence[Dimension],
        filters: Filters,
    ) -> list[PartsRow]:
        """Add calls up by step and group; absent rows mean no calls.

        The window is widened to whole minutes. `step` is whole minutes; None: the whole window at once. Reads the
        rollups where they know every dimension asked for, else the calls.
        """
        since, until = _floor(window.since, MINUTE), _ceil(window.until, MINUTE)
        if since == until:
            return []
        width = step or (until - since)
        assert width >= MINUTE, "calls are added up by the minute"
        rolled = ROLLED.issuperset(group_by) and ROLLED.issuperset(filters)
        hourly = rolled and (step is None or (width % HOUR == timedelta() and since == _floor(since, HOUR)))
        sql = question("parts_rolled" if rolled else "parts_called")
        rows = self.ask(
            _filled(sql, group_by, filters),
            {
                "project": project,
                "since": second(since),
                "until": second(until),
                "step": int(width.total_seconds()),
                **({"hourly": hourly} if rolled else {}),
                **_values(filters),
            },
        )
        return [PartsRow(of_epoch(row[0]), tuple(row[1]), parts_of(row[2:])) for row in rows]

    def values_of(self, project: str, dimension: Dimension, window: Window) -> list[ValueCount]:
        """List a dimension's values in the window, most calls first."""
        rows = self.ask(
            question("values_of").replace("@group@", grouped([dimension])),
            {
                "project": project,
                "since": second(_floor(window.since, MINUTE)),
                "until": second(_ceil(window.until, MINUTE)),
                "limit": VALUES_MAX,
            },
        )
        return [ValueCount(value, calls) for value, calls in rows]

    def projects(self, window: Window) -> list[str]:
        """List the projects that had calls in a window, which is widened to whole minutes."""
        bounds = {"since": second(_floor(window.since, MINUTE)), "until": second(_ceil(window.until, MINUTE))}
        return [row[0] for row in self.ask(question("projects"), bounds)]

    def example_calls(  # noqa: PLR0913 what to list, in which order, how many
        self,
        project: str,
        window: Window,
        filters: Filters,
        order: Order,
        limit: int,
        *,
        uncounted: bool = False,
    ) -> list[Call]:
        """List single calls; with `uncounted` also those that do not count, which say why."""
        condition, order_by = _ORDER[order]
        sql = question("example_calls").replace("@order@", order_by)
        rows = self.ask(
            sql.replace("@where@", f"{narrowed(list(filters))} {condition}"),
            {
                "project": project,
                "since": second(_floor(window.since, MINUTE)),
                "until": second(_ceil(window.until, MINUTE)),
                "limit": limit,
                "uncounted": uncounted,
                **_values(filters),
            },
        )
        return [_call(row) for row in rows]

    def spans_of_trace(self, project: str, trace_id: str) -> list[Span]:
        """List the stored spans of a trace, by start; empty when there is none, or when the id is not 32 hex digits."""
        if len(trace_id) != 32 or not all(c in "0123456789abcdef" for c in trace_id.lower()):
            return []
        rows = self.ask(
            question("spans_of_trace"), {"project": project, "trace": trace_id.lower(), "limit": SPANS_OF_TRACE_MAX}
        )
        return [_span(row) for row in rows]

    def last_span_at(self, project: str) -> datetime | None:
        """Return when the newest span ended; None when none was ever stored."""
        rows = self.ask(question("last_span_at"), {"project": project})
        return of_micros(rows[0][0]) if rows and rows[0][0] else None


def parts_of(row: Row) -> Parts:
    """Read the columns `calls … unpriced, cost, duration, ttft, signs`."""
    duration, ttft, signs = row[12], row[13], row[14]
    return Parts(
        *row[:11],
        cost_usd=usd(row[11]),
        duration=Sketch(tuple(duration[0]), tuple(duration[1])),
        ttft=Sketch(tuple(ttft[0]), tuple(ttft[1])),
        signs=signs_of(signs),
    )


def signs_of(column: Row) -> Signs:
    """Read a column of signs: names, which rise, and counts."""
    names, counts = column
    return Signs(tuple(names), tuple(counts)) if names else NO_SIGNS


def usd(femto: str | int) -> Decimal:
    """Read a whole number of femto-USD."""
    return Decimal(femto).scaleb(FEMTO)


def _filled(sql: str, group_by: Sequence[Dimension], filters: Filters) -> str:
    return (
        sql.replace("@group@", grouped(group_by))
        .replace("@where@", narrowed(list(filters)))
        .replace("@signs@", CALLED_SIGNS)
    )


def _values(filters: Filters) -> dict[str, Parameter]:
    return {f"f_{dimension}": list(values) for dimension, values in filters.items()}


def _floor(at: datetime, step: timedelta) -> datetime:
    seconds = int(step.total_seconds())
    return of_epoch(int(at.timestamp()) // seconds * seconds)


def _ceil(at: datetime, step: timedelta) -> datetime:
    floor = _floor(at, step)
    return floor if floor == at else floor + step


# Columns that a statement gives under another name and in another unit than the field has.
_COLUMN_OF = {"duration_ms": "duration_ns", "ttft_ms": "ttft_ns", "cost_usd": "cost"}
# `ended` is start and duration.
_MADE = {"ended"}


def columns_of(answer: type[Call] | type[Span]) -> tuple[str, ...]:
    """Return the columns that a statement gives for one of these, in order."""
    return tuple(_COLUMN_OF.get(f.name, f.name) for f in fields(answer) if f.name not in _MADE)


_CALL, _SPAN = columns_of(Call), columns_of(Span)


def _call(row: Row) -> Call:
    values = _timed(dict(zip(_CALL, row, strict=True)))
    values["tool_names"] = tuple(values["tool_names"])
    return Call(**values)


def _span(row: Row) -> Span:
    return Span(**_timed(dict(zip(_SPAN, row, strict=True))))


def _timed(values: dict[str, Any]) -> dict[str, Any]:
    """Bring times, durations and money to the fields' units."""
    nanos, ttft, cost = values.pop("duration_ns"), values.pop("ttft_ns"), values.pop("cost")
    started = values["started"]
    return {
        **values,
        "started": of_micros(started // 1000),
        "ended": of_micros((started + nanos) // 1000),
        "duration_ms": nanos / 1e6,
        "ttft_ms": None if ttft is None else ttft / 1e6,
        "cost_usd": None if cost is None else usd(cost),
    }
