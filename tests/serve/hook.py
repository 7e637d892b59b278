"""The other side of webhooks: one address takes all, one says wait, one fails at first, one is silent."""

import json
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_S = 3


@dataclass(frozen=True)
class Posted:
    """One request that came."""

    path: str
    key: str
    body: Mapping[str, Any]
    at_s: float


@dataclass
class Hook:
    """What came, in order, and where it listens."""

    url: str
    posted: list[Posted] = field(default_factory=list[Posted])
    closing: threading.Event = field(default_factory=threading.Event)

    def at(self, path: str) -> list[Posted]:
        """Return what came to one path."""
        return [one for one in self.posted if one.path == path]

    def status(self, path: str) -> tuple[int, dict[str, str]]:
        """Say how a request to a path is answered."""
        tries = len(self.at(path))
        if path == "/busy" and tries == 1:
            return 429, {"Retry-After": str(WAIT_S)}
        if path == "/broken" and tries <= 2:
            return 500, {}
        if path == "/silent":
            self.closing.wait(120)
        return 200, {}


@contextmanager
def hook() -> Generator[Hook]:
    """Listen on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            listening.posted.append(Posted(self.path, self.headers["Idempotency-Key"], body, time.monotonic()))
            status, headers = listening.status(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    listening = Hook(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield listening
    finally:
        listening.closing.set()
        server.shutdown()
        server.server_close()
