"""The load generator, a process of its own: `python -m tocsin.bench.sender SPEC`.

It builds its requests, says `ready`, waits for a line on its input, then keeps every connection busy: send, wait for
the answer, send the next. A request that was not acknowledged is sent again, the same bytes, until it is. Threads and
plain sockets, since it shares the machine with the server that it measures.
"""

import json
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from itertools import count
from threading import Event, Lock, Thread
from typing import Final

from tocsin import clock
from tocsin.bench import bodies
from tocsin.bench.machine import own_cpu_s

HOST: Final = "127.0.0.1"
# After a refusal or a lost connection.
PAUSE_S: Final = 0.05
ANSWER_WITHIN_S: Final = 30.0
ANSWER_BYTES: Final = 65_536
# After the end nobody is waited for longer than this; what is not acknowledged by then is told as such.
LAST_ANSWERS_WITHIN_S: Final = 90.0


@dataclass(frozen=True, slots=True)
class Spec:
    """What to send."""

    port: int
    connections: int = 16
    # Different requests, and spans in each.
    bodies: int = 64
    spans: int = 256
    seed: int = 1
    # Every request is one conversation with a name of its own, so that each can be counted afterwards.
    named: bool = False
    # Acknowledgements within the timed stretch count for the speed.
    warm_s: float = 2.0
    # How long to send after that; 0: until the input ends.
    for_s: float = 10.0


@dataclass(slots=True)
class Tally:
    """What was sent and what was answered. Lists hold numbers of conversations, where `named`."""

    acknowledged: list[int] = field(default_factory=list[int])
    unsure: list[int] = field(default_factory=list[int])
    requests: int = 0
    spans: int = 0
    timed_spans: int = 0
    timed_bytes: int = 0
    timed_s: float = 0.0
    # From the first request to the last answer.
    whole_s: float = 0.0
    refused: int = 0
    reconnected: int = 0
    # Medians over the timed stretch.
    answer_ms: float = 0.0
    cpu_share: float = 0.0


class Sender:
    """All connections of one run."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._pool = bodies.load(spec.seed, bodies=spec.bodies, spans=spec.spans)
        self._numbers = count()
        self._over = Event()
        self._given_up = Event()
        self._lock = Lock()
        self._tally = Tally()
        self._answers_ms: list[float] = []
        self._timed = (float("inf"), float("inf"))

    def run(self, ended: Callable[[float], None]) -> Tally:
        """Send until the spec's time is over; `ended` waits for so many seconds, or for the end of the input."""
        spec, first = self._spec, clock.monotonic_s()
        threads = [Thread(target=self._keep_busy, daemon=True) for _ in range(spec.connections)]
        for thread in threads:
            thread.start()
        ended(spec.warm_s)
        began, used = clock.monotonic_s(), own_cpu_s()
        self._timed = (began, float("inf"))
        ended(spec.for_s)
        until = clock.monotonic_s()
        self._timed = (began, until)
        used = own_cpu_s() - used
        self._over.set()
        deadline = until + LAST_ANSWERS_WITHIN_S
        for thread in threads:
            thread.join(max(0.0, deadline - clock.monotonic_s()))
        self._given_up.set()
        for thread in threads:
            thread.join()
        self._tally.whole_s = clock.monotonic_s() - first
        self._tally.timed_s = until - began
        self._tally.cpu_share = used / (until - began)
        self._answers_ms.sort()
        self._tally.answer_ms = self._answers_ms[len(self._answers_ms) // 2] if self._answers_ms else 0.0
        return self._tally

    def _keep_busy(self) -> None:
        line: socket.socket | None = None
        for number in self._mine():
            name = bodies.session_name(number).encode() if self._spec.named else b""
            body = self._pool[number % len(self._pool)].fill(clock.now_ns(), name)
            head = (
                f"POST /v1/traces HTTP/1.1\r\nHost: {HOST}:{self._spec.port}\r\n"
                f"Content-Type: application/x-protobuf\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode()
            line, stored = self._until_stored(line, head, body)
            with self._lock:
                if not stored:
                    self._tally.unsure.append(number)
                elif self._spec.named:
                    self._tally.acknowledged.append(number)

    def _mine(self) -> Iterator[int]:
        while not self._over.is_set():
            yield next(self._numbers)

    def _until_stored(self, line: socket.socket | None, head: bytes, body: bytes) -> tuple[socket.socket | None, bool]:
        while not self._given_up.is_set():
            began = clock.monotonic_s()
            try:
                if line is None:
                    line = socket.create_connection((HOST, self._spec.port), timeout=ANSWER_WITHIN_S)
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                line.sendall(head)
                line.sendall(body)
                status = _answer(line)
            except OSError:
                line = _closed(line)
                self._count(reconnected=1)
                self._given_up.wait(PAUSE_S)
                continue
            if status == HTTPStatus.OK:
                self._acknowledged(len(body), began, clock.monotonic_s())
                return line, True
            self._count(refused=1)
            self._given_up.wait(PAUSE_S)
        return line, False

    def _acknowledged(self, size: int, began: float, at: float) -> None:
        with self._lock:
            self._tally.requests += 1
            self._tally.spans += self._spec.spans
            since, until = self._timed
            if since <= at < until:
                self._tally.timed_spans += self._spec.spans
                self._tally.timed_bytes += size
                self._answers_ms.append((at - began) * 1_000)

    def _count(self, refused: int = 0, reconnected: int = 0) -> None:
        with self._lock:
            self._tally.refused += refused
            self._tally.reconnected += reconnected


def _answer(line: socket.socket) -> int:
    """Read one answer; raises OSError when the connection ends before it is whole."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(line)
    head, _, rest = got.partition(b"\r\n\r\n")
    lengths = [
        value
        for name, _, value in (row.partition(b":") for row in head.split(b"\r\n"))
        if name.lower() == b"content-length"
    ]
    wanted = int(lengths[0]) if lengths else 0
    while len(rest) < wanted:
        rest += _some(line)
    return int(head.split(b" ", 2)[1])


def _some(line: socket.socket) -> bytes:
    some = line.recv(ANSWER_BYTES)
    if not some:
        raise ConnectionResetError("the server closed the connection")
    return some


def _closed(line: socket.socket | None) -> None:
    if line is not None:
        line.close()


def main() -> None:
    """Build, say `ready`, wait to be told to go, send, and write the tally as the last line."""
    spec = Spec(**json.loads(sys.argv[1]))
    sender = Sender(spec)
    print("ready", flush=True)
    sys.stdin.readline()
    closed = Event()
    Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()

    def ended(seconds: float) -> None:
        closed.wait(seconds or None)

    tally = sender.run(ended)
    print(json.dumps(asdict(tally)), flush=True)


if __name__ == "__main__":
    main()
