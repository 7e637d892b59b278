"""The embedded engine: ClickHouse inside this process (chDB)."""

import os
import re
import sys
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import chdb.state.sqlitelike as chdb_lines
import orjson

from tocsin.model.problem import BadInput, Busy, Foreign
from tocsin.model.received import Signal
from tocsin.store import literal
from tocsin.store.engine import Connection, Parameter, Row
from tocsin.store.nested import written
from tocsin.store.otlp import PROTO

# Errors of the engine that say: not now. Numbers are ClickHouse's error codes.
_NOT_NOW = {
    "Code: 243.": "no space left on the disk",
    "NOT_ENOUGH_SPACE": "no space left on the disk",
    "No space left on device": "no space left on the disk",
    "errno: 28": "no space left on the disk",
    "TOO_MANY_PARTS": "the engine is behind with merging",
    "MEMORY_LIMIT_EXCEEDED": "the engine is at its memory limit",
    "errno: 122": "the disk quota is used up",
    "File too large": "the file size limit is reached",
    "errno: 27": "the file size limit is reached",
}
# What the engine's protobuf parser says of bytes that are not what they should be; any other error is our own trouble,
# and its sender is told to try again.
_UNREADABLE = (
    "Code: 32.",
    "Code: 33.",
    "Code: 444.",
    "ATTEMPT_TO_READ_AFTER_EOF",
    "CANNOT_READ_ALL_DATA",
    "PROTOBUF_BAD_CAST",
    "UNKNOWN_PROTOBUF_FORMAT",
    "Protobuf messages are corrupted",
)
RETRY_AFTER_S = 2.0
# Memory the engine may use for itself; with Python and the queue the process stays under 1 GB.
MEMORY_BYTES_MAX = 700 * 1024 * 1024
# Caches that fit a small machine; parsed schemas go beside the data, not into the folder one happens to stand in.
_OPTIONS = {
    "max_server_memory_usage": str(MEMORY_BYTES_MAX),
    "mark_cache_size": str(64 * 1024 * 1024),
    "uncompressed_cache_size": "0",
}


class EmbeddedConnection:
    """One line to the embedded engine."""

    def __init__(self, folder: Path) -> None:
        options = {**_OPTIONS, "format_schema_path": str(folder / "format_schemas")}
        # The package's own types stop at its border.
        self._line: Any = chdb_lines.Connection(f"{folder}?{urlencode(options, safe='/')}")
        self._spool = _Spool()
        self._inserts = {
            signal: (
                # The views are planned anew for every insert: what the optimiser could win there, it costs many times.
                f"INSERT INTO otlp_{signal} SELECT * FROM file({literal.text(self._spool.path)}, 'Protobuf') "  # noqa: S608
                "SETTINGS format_schema_source='string', "
                f"format_schema_message_name='Envelope', format_schema={literal.text(schema)}, "
                "query_plan_enable_optimizations=0, compile_expressions=0, max_partitions_per_insert_block=0, "
                # Not mapped: the file is cut off as soon as the insert is over.
                "storage_file_read_method='pread'"
            )
            for signal, schema in PROTO.items()
        }

    def run(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Run a statement that gives no rows."""
        try:
            self._line.query(sql, "Null", params=_bound(parameters))
        except RuntimeError as error:
            raise _told(error) from None

    def ask(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[Row]:
        """Run a question; rows as JSON gives them."""
        try:
            answer = self._line.query(sql, "JSONCompact", params=_bound(parameters))
        except RuntimeError as error:
            raise _told(error) from None
        rows: list[Row] = orjson.loads(answer.bytes())["data"]
        return rows

    def insert(self, signal: Signal, envelopes: Sequence[bytes]) -> None:
        """Store envelopes; durable when this returns.

        Not by the engine's own stream of bytes, which says that all is well when the disk is full.
        """
        readable = map(written, envelopes) if signal is Signal.LOGS else envelopes
        try:
            with self._spool.holding(readable):
                self._line.query(self._inserts[signal], "Null")
        except RuntimeError as error:
            raise _insert_told(error) from None
        except OSError as error:
            raise Busy(f"the store can't write now: {error.strerror}", RETRY_AFTER_S) from None

    def close(self) -> None:
        """Let go of the line."""
        self._line.close()
        self._spool.close()


class _Spool:
    """Bytes that the engine reads as a file, one insert at a time; they have no name, so a crash leaves none behind.

    On Linux they are in memory only. Elsewhere they are a nameless temporary file, whose blocks the system may write to
    its disk before they are redacted; docs/limits.md says so.
    """

    def __init__(self) -> None:
        if sys.platform == "linux":
            self._descriptor = os.memfd_create("tocsin-insert")
            self.path = f"/proc/self/fd/{self._descriptor}"
        else:
            with tempfile.TemporaryFile() as nameless:
                self._descriptor = os.dup(nameless.fileno())
            self.path = f"/dev/fd/{self._descriptor}"

    @contextmanager
    def holding(self, pieces: Iterable[bytes]) -> Generator[None]:
        """Hold these bytes for a block."""
        try:
            for piece in pieces:
                left = memoryview(piece)
                while left:
                    left = left[os.write(self._descriptor, left) :]
            # Where the name is a copy of the descriptor, its position is shared.
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            yield
        finally:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        """Let go of the memory."""
        os.close(self._descriptor)


class EmbeddedEngine:
    """The engine in this process, over one data folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def connect(self) -> Connection:
        """Open one more line; queries on different lines run in parallel."""
        try:
            return EmbeddedConnection(self.folder)
        except RuntimeError as error:
            raise _told(error) from None


# A parameter is read as a field of a tab-separated line; a backslash in it begins an escape.
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
# What follows in the engine's words is the statement.
_STATEMENT = re.compile(
    r"[.:,]?\s+(?:in scope|while processing query|In query|while executing).*?(?=\s*\([A-Z_]+\)|$)", re.IGNORECASE
)


def _bound(parameters: Mapping[str, Parameter] | None) -> dict[str, str]:
    """Write parameters as the engine's `{name:Type}` reads them."""
    return {name: _written(value) for name, value in (parameters or {}).items()}


def _written(value: Parameter) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str):
        return value.translate(_ESCAPED)
    if isinstance(value, int | float):
        return str(value)
    return "[" + ",".join(literal.text(v) if isinstance(v, str) else str(v) for v in value) + "]"


def _told(error: RuntimeError) -> Busy | Foreign:
    text = str(error)
    for sign, reason in _NOT_NOW.items():
        if sign in text:
            return Busy(f"the store can't write now: {reason}", RETRY_AFTER_S)
    return Foreign("engine", _first_sentence(text))


def _insert_told(error: RuntimeError) -> Busy | BadInput | Foreign:
    told = _told(error)
    if isinstance(told, Busy) or not any(sign in str(error) for sign in _UNREADABLE):
        return told
    return BadInput(
        "the body is not OTLP protobuf: its bytes break off or have another shape; "
        "send an Export…ServiceRequest of this signal, and say application/json if it is JSON"
    )


def _first_sentence(text: str) -> str:
    """Keep the engine's own words, without its stack or the statement, which may quote stored text."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = next((line for line in lines if "DB::Exception" in line), lines[0] if lines else "unknown fault")
    first = first.split("DB::Exception:")[-1].split(": While executing")[0].strip()
    return _STATEMENT.sub("", first).replace(os.sep + "format_schemas", "")[:300]
