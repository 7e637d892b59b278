"""An OTLP/HTTP door that keeps what it is sent, for looking at what was sent."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Door:
    """An OTLP/HTTP door that answers what it is told to and keeps the bodies it said yes to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        # Answers to give before the first yes: status and headers.
        self.refusals: list[tuple[int, dict[str, str]]] = []
        self.answer = b""
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers = door.refusals.pop(0) if door.refusals else (200, {})
                if status == 200:
                    zipped = self.headers.get("Content-Encoding") == "gzip"
                    door.bodies.append(gzip.decompress(body) if zipped else body)
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(door.answer)))
                self.end_headers()
                self.wfile.write(door.answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class calls it so)
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self) -> list[tuple[Resource, str, Span]]:
        """Return every span that came, with its resource and the name of its scope."""
        return [found for body in self.bodies for found in spans_of(body)]


def spans_of(body: bytes) -> list[tuple[Resource, str, Span]]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        (resource_spans.resource, scope_spans.scope.name, span)
        for resource_spans in request.resource_spans
        for scope_spans in resource_spans.scope_spans
        for span in scope_spans.spans
    ]
