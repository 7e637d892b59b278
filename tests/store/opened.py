"""A real engine in a temporary folder, with the real views, price book, settler and questions around it.

The engine takes one data folder per process at a time, so each file of tests opens the folder and closes it at its end.
Tests keep apart by project: every table has that column. Received stamps rise from test to test, and lie after every
span.
"""

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from tocsin.ingest.envelope import envelope
from tocsin.model.attribute_keys import AttributeKeys
from tocsin.model.received import Signal
from tocsin.normalise.conventions import conventions
from tocsin.price.book import PriceBook
from tocsin.redact.profile import DEFAULT
from tocsin.store.embedded import EmbeddedEngine
from tocsin.store.engine import Connection, Parameter
from tocsin.store.evidence import Evidence
from tocsin.store.read import Reader
from tocsin.store.schema import Retention, Schema, bring_up
from tocsin.store.settle import SPANS_AT_ONCE_MAX, Settler
from tocsin.store.views.normalise import compile_normalising

# A Monday. Spans lie in the weeks after it.
START = datetime(2026, 3, 2, tzinfo=UTC)
# Everything arrives after that, and every hour of the spans is over.
ARRIVES = START + timedelta(days=90)
# Between two inserts: longer than a new settler looks back, so that each test settles its own only.
BETWEEN_NS = 1_000 * 10**9
BOOK = PriceBook()
KEYS = AttributeKeys()
# The engine drops old rows by the real clock, and the tests' clock stands still.
FOREVER = Retention(**dict.fromkeys(Retention.__dataclass_fields__, timedelta(days=15_000)))
TABLES = (
    "spans",
    "understood",
    "calls",
    "rollup_minute",
    "rollup_service",
    "rollup_hour",
    "metric_points",
    "log_events",
    "scores",
)


@dataclass
class _Lines:
    """An engine that remembers its lines, so that all can be closed."""

    engine: EmbeddedEngine
    opened: list[Connection] = field(default_factory=list[Connection])

    def connect(self) -> Connection:
        line = self.engine.connect()
        self.opened.append(line)
        return line


def schema() -> Schema:
    """Return this version's schema with the real tables of every stage."""
    return Schema(DEFAULT, compile_normalising(conventions(), KEYS), FOREVER)


@dataclass
class Kept:
    """A data folder, and what must go on rising while it is closed and opened again."""

    folder: Path
    stamps: Iterator[int] = field(default_factory=lambda: count(int(ARRIVES.timestamp()) * 10**9, BETWEEN_NS))
    projects: Iterator[int] = field(default_factory=count)
    days: Iterator[int] = field(default_factory=count)
    newest_ns: int = 0


@dataclass
class Opened:
    """The store of one data folder, as a test uses it."""

    lines: _Lines
    writer: Connection
    settler: Settler
    reader: Reader
    evidence: Evidence
    kept: "Kept"

    @property
    def newest_ns(self) -> int:
        """The greatest received stamp that was stored."""
        return self.kept.newest_ns

    def project(self) -> str:
        """Return a project's name that no other test has."""
        return f"project-{next(self.kept.projects)}"

    def later(self) -> datetime:
        """Return the start of a UTC day after every span that any test has sent so far."""
        return START + timedelta(days=40) + next(self.kept.days) * timedelta(days=1)

    def stamp(self) -> int:
        """Return the next received stamp."""
        return next(self.kept.stamps)

    def insert(
        self, project: str, bodies: Iterable[Message], signal: Signal = Signal.TRACES, received_ns: int | None = None
    ) -> int:
        """Store OTLP requests as one group commit; return its received stamp."""
        stamp = self.stamp() if received_ns is None else received_ns
        self.kept.newest_ns = max(self.newest_ns, stamp)
        self.writer.insert(signal, [envelope(body.SerializeToString(), project, stamp) for body in bodies])
        return stamp

    def settle(self, at: datetime = ARRIVES) -> None:
        """Settle all that was stored."""
        self.settler.settle(self.newest_ns, at)

    def another_settler(self, spans_at_once: int = SPANS_AT_ONCE_MAX) -> Settler:
        """Return a settler that has just started."""
        return Settler(self.lines.connect(), BOOK.rows_for, spans_at_once=spans_at_once)

    def rows(self, sql: str, **parameters: Parameter) -> list[dict[str, Any]]:
        """Ask freely; rows as dictionaries. `{{name:Type}}` takes a parameter."""
        names = [row[0] for row in self.writer.ask(f"DESCRIBE ({sql})", parameters)]
        return [dict(zip(names, row, strict=True)) for row in self.writer.ask(sql, parameters)]

    def stored(self, table: str, project: str, columns: str = "*") -> list[dict[str, Any]]:
        """Return a project's rows of a table, each key once."""
        sql = f"SELECT {columns} FROM {table} FINAL WHERE project = {{project:String}}"  # noqa: S608 ours
        return self.rows(sql, project=project)

    def text_of_everything(self, project: str) -> str:
        """Return all that any table holds of a project, as one text."""
        return json.dumps([self.stored(table, project) for table in TABLES], ensure_ascii=False)


@contextmanager
def opened(kept: Kept) -> Generator[Opened]:
    """Open a data folder; close every line to it at the end."""
    lines = _Lines(EmbeddedEngine(kept.folder))
    try:
        writer = lines.connect()
        bring_up(writer, schema())
        reader = Reader(lines)
        settler = Settler(lines.connect(), BOOK.rows_for)
        yield Opened(lines, writer, settler, reader, Evidence(reader, lambda: settler.reach), kept)
    finally:
        for line in lines.opened:
            line.close()
