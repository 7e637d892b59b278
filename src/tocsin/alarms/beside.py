"""Two mappings as one, without going through either: what is added up when it is asked for stays so."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TypeVar, overload

from tocsin.model.parts import Parts

T = TypeVar("T")
Given = Mapping[timedelta, Parts]


class Beside(Mapping[timedelta, Parts]):
    """Windows, and others beside them; of a length that both have, the others count."""

    __slots__ = ("_others", "_windows")

    def __init__(self, windows: Given, others: Given) -> None:
        self._windows = windows
        self._others = others

    def __getitem__(self, length: timedelta) -> Parts:
        """Return a window. Raises KeyError where neither has it."""
        found = self._others.get(length)
        return self._windows[length] if found is None else found

    @overload
    def get(self, key: timedelta, /) -> Parts | None: ...
    @overload
    def get(self, key: timedelta, default: Parts, /) -> Parts: ...
    @overload
    def get(self, key: timedelta, default: T, /) -> Parts | T: ...
    def get(self, key: timedelta, default: object = None, /) -> object:
        """Return a window, or `default` where neither has it."""
        found = self._others.get(key)
        if found is None:
            found = self._windows.get(key)
        return default if found is None else found

    def __contains__(self, length: object) -> bool:
        """Whether one of them has this length."""
        return length in self._others or length in self._windows

    def __iter__(self) -> Iterator[timedelta]:
        """Go through the lengths of both."""
        yield from self._windows
        yield from (length for length in self._others if length not in self._windows)

    def __len__(self) -> int:
        """Count the lengths of both."""
        return len(self._windows) + sum(length not in self._windows for length in self._others)
