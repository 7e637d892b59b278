"""How many bytes and requests the doors may hold at one time, over all senders.

Bytes count from before they are read until they are stored or refused, so that a flood of large or slow requests is
turned away instead of filling the memory. Used from the event loop's thread only.
"""

from types import TracebackType
from typing import Self

from tocsin.model.problem import Busy


class QueueFull(Busy):
    """The doors hold as much as they may; the sender is asked to come again."""


class Hold:
    """A part of the budget in somebody's hands. Give it back exactly once; more often does no harm."""

    __slots__ = ("_budget", "_live", "size")

    def __init__(self, budget: "Budget", size: int) -> None:
        self._budget = budget
        self._live = True
        # Bytes held.
        self.size = size

    def resize(self, size: int) -> None:
        """Hold this many bytes instead; raises QueueFull and changes nothing when they are not there."""
        assert self._live, "a released hold can't grow"
        self._budget.move(size - self.size)
        self.size = size

    def release(self) -> None:
        """Give everything back."""
        if self._live:
            self._live = False
            self._budget.give_back(self.size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Budget:
    """Bytes and requests that are being read, wait or are being stored."""

    def __init__(self, *, bytes_max: int, requests_max: int, retry_after_s: float) -> None:
        self._bytes_max = bytes_max
        self._requests_max = requests_max
        self._retry_after_s = retry_after_s
        self.bytes_held = 0
        self.requests_held = 0

    def hold(self, size: int) -> Hold:
        """Take room for one request of `size` bytes; raises QueueFull when it is not there."""
        if self.requests_held >= self._requests_max:
            raise QueueFull(
                f"the queue is full: {self.requests_held} requests wait; send this one again", self._retry_after_s
            )
        self.move(size)
        self.requests_held += 1
        return Hold(self, size)

    def move(self, size: int) -> None:
        """Count `size` bytes more, or fewer when negative; raises QueueFull when they are not there."""
        if size > 0 and self.bytes_held + size > self._bytes_max:
            raise QueueFull(
                f"the queue is full: {self.bytes_held} of {self._bytes_max} bytes are taken and this needs {size}; "
                "send this request again",
                self._retry_after_s,
            )
        self.bytes_held += size
        assert self.bytes_held >= 0, "no more is given back than was taken"

    def give_back(self, size: int) -> None:
        """End one request that holds `size` bytes."""
        self.move(-size)
        self.requests_held -= 1
        assert self.requests_held >= 0, "a hold is released once"
