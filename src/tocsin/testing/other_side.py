"""The other side of HTTP on a real socket: what `FakeHttp` can't show, such as what really goes over the wire."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tocsin.testing.http import Reply, Sent


class OtherSide:
    """Answers each request with what `answer` makes of it; `sent` holds the requests, in order. A context manager."""

    def __init__(self, answer: Callable[[Sent], Reply]) -> None:
        self.sent: list[Sent] = []
        self._lock = threading.Lock()
        side = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Record one request and answer it."""
                content = self.rfile.read(int(self.headers["Content-Length"]))
                sent = Sent("POST", self.path, {k.lower(): v for k, v in self.headers.items()}, content)
                with side._lock:
                    side.sent.append(sent)
                    reply = answer(sent)
                text = reply.text.encode("utf-8")
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str = "/") -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"
