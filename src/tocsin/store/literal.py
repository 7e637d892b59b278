"""Values written into SQL text by the schema compiler; questions take typed parameters instead."""

from collections.abc import Iterable


def text(value: str) -> str:
    """Return a string as an SQL literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def texts(values: Iterable[str]) -> str:
    """Return strings as an SQL array."""
    return "[" + ", ".join(text(value) for value in values) + "]"
