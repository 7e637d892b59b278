"""The receiving side of messages: a webhook that takes everything, and keeps what it took and when."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tocsin import clock
from tocsin.bench.server import LOOPBACK


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that was taken. The same key again is the same message again."""

    at_ns: int
    key: str
    incident: str
    service: str
    # firing or resolved.
    state: str
    severity: str

    @property
    def sequence(self) -> int:
        """Its place among the messages of its incident."""
        return int(self.key.rpartition(":")[2])


class Hook:
    """Listens on any free port of loopback. A context: closed at its end."""

    def __init__(self) -> None:
        self._taken: list[Taken] = []
        self._lock = threading.Lock()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.take(self.headers["Idempotency-Key"], self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Say nothing: the screen belongs to the progress."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where messages are to be posted."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}/hook"

    def take(self, key: str, content: bytes) -> None:
        """Keep one message."""
        body: dict[str, Any] = json.loads(content)
        labels = body["commonLabels"]
        one = Taken(clock.now_ns(), key, labels["incident"], labels["service"], body["status"], labels["severity"])
        with self._lock:
            self._taken.append(one)

    def taken(self) -> Sequence[Taken]:
        """Return what was taken so far, in order."""
        with self._lock:
            return tuple(self._taken)
