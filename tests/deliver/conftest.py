"""A receiving side on a real socket: answers as told, or never, and keeps what it was sent."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

NEVER = 0


class Receiver:
    """Answers the requests to one path in order from `answers[path]`, then 200; keeps (path, idempotency key)."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.got: list[tuple[str, str]] = []
        # Set once anything was taken.
        self.took = threading.Event()
        self.closing = threading.Event()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def keys(self, path: str) -> list[str]:
        """What was taken with a 200, in order."""
        with self._lock:
            return [key for where, key in self.got if where == path]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(int(request.headers["Content-Length"]))
        with self._lock:
            waiting = self.answers.get(request.path, [])
            status, headers = waiting.pop(0) if waiting else (200, {})
            if status == 200:
                self.got.append((request.path, request.headers["Idempotency-Key"]))
                self.took.set()
        if status == NEVER:
            self.closing.wait(30)
            return
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "2")
        request.end_headers()
        request.wfile.write(b"ok")

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()
