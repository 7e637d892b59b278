"""The statements that multiply a day of telemetry; for measuring only, no product code runs them.

A day that was stored and settled is copied to earlier days inside the engine: storing and settling thirty such days
would take half an hour and give the same rows.
"""

from importlib import resources
from typing import Final

from tocsin.store.engine import Connection

_STATEMENTS: Final = "copies.sql"


def copy_day(line: Connection, *, newest_since_s: int, days: int) -> None:
    """Copy what ended from `newest_since_s` on (seconds since the epoch) to so many days earlier."""
    text = resources.files("tocsin.bench").joinpath(_STATEMENTS).read_text(encoding="utf-8")
    code = "\n".join(row for row in text.splitlines() if not row.startswith("--"))
    for statement in filter(None, map(str.strip, code.split(";"))):
        line.run(statement, {"since": newest_since_s, "days": days})
