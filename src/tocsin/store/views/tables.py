"""Python tables as expressions."""

from collections.abc import Callable, Iterable, Mapping

from tocsin.model.mapping import Conventions
from tocsin.model.mapping import Mapping as Instrumentation
from tocsin.store.literal import text

# No mapping has this number.
_NONE = 255


def lookup(
    value: str, table: Mapping[str, str] | Mapping[str, int] | Mapping[int, str] | Mapping[int, int], otherwise: str
) -> str:
    """Return the expression that looks a value up; `otherwise` is an expression, as is everything that is returned."""
    if not table:
        return otherwise
    return f"transform({value}, {_list(table.keys())}, {_list(table.values())}, {otherwise})"


def belongs(conventions: Conventions, chosen: Callable[[Instrumentation], bool]) -> str:
    """Return the condition that the span's mapping is one of those that are chosen."""
    held = list(conventions.mappings.values())
    assert len(held) < _NONE, "numbers of mappings fit into a byte"
    found = [n for n, mapping in enumerate(held, 1) if chosen(mapping)]
    return f"has({_list(found or [_NONE])}, n_m)"


def _list(values: Iterable[str | int]) -> str:
    return "[" + ", ".join(text(v) if isinstance(v, str) else str(v) for v in values) + "]"
