"""Which bodies were stored a short while ago: exporters send a batch again when the answer got lost.

Spans told twice are also made one by the store; this saves the second insert. Only hashes of durable bodies are kept,
in memory: after a crash a repeated body is simply stored again.
"""

import hashlib
from collections import OrderedDict

from tocsin.model.received import Signal

NS_PER_S = 1_000_000_000


def fingerprint(signal: Signal, project: str, body: bytes) -> bytes:
    """Hash one request: equal fingerprints mean the same bytes for the same project and signal."""
    digest = hashlib.sha256(f"{signal}\0{project}\0".encode())
    digest.update(body)
    return digest.digest()


class Repeats:
    """Fingerprints of stored bodies, the oldest first; bounded in number and age."""

    def __init__(self, *, window_s: int, entries_max: int) -> None:
        self._window_ns = window_s * NS_PER_S
        self._entries_max = entries_max
        self._stored_ns: OrderedDict[bytes, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._stored_ns)

    def remember(self, mark: bytes, at_ns: int) -> None:
        """Note that this body is durable since `at_ns`."""
        self._stored_ns[mark] = at_ns
        self._forget(at_ns)

    def knows(self, mark: bytes, at_ns: int) -> bool:
        """Say whether this body was stored within the window that ends at `at_ns`."""
        self._forget(at_ns)
        return mark in self._stored_ns

    def _forget(self, at_ns: int) -> None:
        while self._stored_ns:
            mark, stored_ns = next(iter(self._stored_ns.items()))
            if len(self._stored_ns) <= self._entries_max and at_ns - stored_ns < self._window_ns:
                return
            del self._stored_ns[mark]
