"""What the rest of the store asks of an engine: one small protocol, for the embedded one and for a server."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tocsin.model.received import Signal

# Values that a question's `{name:Type}` parameters take.
Parameter = str | int | float | bool | Sequence[str] | Sequence[int]
# One row of an answer, in the order of the statement's columns, as JSON gives it.
Row = list[Any]


class Connection(Protocol):
    """One line to the engine. Not for two threads at once; open one for each thread."""

    def run(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Run a statement that gives no rows."""
        ...

    def ask(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[Row]:
        """Run a question; 64-bit integers come as int, Int128 and Decimal as text, arrays as lists."""
        ...

    def insert(self, signal: Signal, envelopes: Sequence[bytes]) -> None:
        """Store length-delimited envelopes; return only when they are durable.

        Raises BadInput when the bytes are not what they should be (all of them are refused then), Busy when the
        engine can't store now.
        """
        ...

    def close(self) -> None:
        """Let go of the line."""
        ...


class Engine(Protocol):
    """Where telemetry lives."""

    def connect(self) -> Connection:
        """Open one more line."""
        ...
