"""A real `tocsin up` in a process of its own, and what is sent to it: calls as an instrumented app tells them."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

T = TypeVar("T")
# The machine may be busy with other things; what is measured says so by itself.
START_WITHIN_S = 120
ANSWER_WITHIN_S = 60
ADDRESSES = re.compile(r"^pages +(\S+)\nOTLP/HTTP +(\S+)\nOTLP/gRPC +(\S+)\ndata ", re.MULTILINE)
PROTOBUF = {"content-type": "application/x-protobuf"}
NS = 10**9


def until(found: Callable[[], T | None], what: str, within_s: float = ANSWER_WITHIN_S) -> T:
    """Ask again and again until something is there."""
    began = time.monotonic()
    while time.monotonic() - began < within_s:
        answer = found()
        if answer:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"waited {within_s:.0f} s in vain for {what}")


@dataclass
class Running:
    """A server: its process, its addresses, its data, and everything it printed."""

    process: "subprocess.Popen[str]"
    data: Path
    log: Path
    page: str = ""
    otlp: str = ""
    grpc: str = ""
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=ANSWER_WITHIN_S))

    @property
    def said(self) -> str:
        """Everything it printed so far, on both of its outputs."""
        return self.log.read_text()

    def send(self, body: bytes, headers: Mapping[str, str] = PROTOBUF, path: str = "/v1/traces") -> httpx.Response:
        """Post one OTLP body."""
        return self.http.post(self.otlp + path, content=body, headers=headers)

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        """Ask the API."""
        answer = self.http.get(self.page + path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def calls(self, service: str) -> list[dict[str, Any]]:
        """Return the stored calls of a service that ended in the last day, up to 500, as the API tells them."""
        return self.get("/api/v1/calls", service=service, range="24h", limit=500)["calls"]

    def stored(self, service: str, n: int) -> list[dict[str, Any]]:
        """Wait until so many calls of a service are settled, and return them."""

        def all_there() -> list[dict[str, Any]] | None:
            calls = self.calls(service)
            return calls if len(calls) >= n else None

        return until(all_there, f"{n} calls of {service}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """End it, and return how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(ANSWER_WITHIN_S)
        return time.monotonic() - began


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "tocsin", *words]


def tocsin(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(command(*words), cwd=cwd, capture_output=True, text=True, check=False, timeout=START_WITHIN_S)


@contextmanager
def up(folder: Path, *words: str, data: Path | None = None, env: Mapping[str, str] | None = None) -> Generator[Running]:
    """Run a server in a folder, on free ports, until the block ends. A `tocsin.toml` in the folder counts."""
    folder.mkdir(exist_ok=True)
    data = data or folder / "data"
    log = folder / f"up-{uuid4().hex[:6]}.log"
    ports = ("--port", "0", "--otlp-http-port", "0", "--otlp-grpc-port", "0")
    with log.open("w") as out:
        process = subprocess.Popen(
            command("up", "--data", str(data), *ports, *words),
            cwd=folder,
            stdout=out,
            stderr=out,
            text=True,
            env={**os.environ, **(env or {})},
        )
    server = Running(process, data, log)
    try:
        until(lambda: ADDRESSES.search(server.said) or process.poll() is not None, "a server", START_WITHIN_S)
        told = ADDRESSES.search(server.said)
        assert told, server.said
        server.page, server.otlp, server.grpc = told.groups()
        yield server
    finally:
        server.http.close()
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def now_ns() -> int:
    return time.time_ns()


def pairs(values: Mapping[str, str | int | AnyValue]) -> Iterator[KeyValue]:
    for key, value in values.items():
        match value:
            case str():
                yield KeyValue(key=key, value=AnyValue(string_value=value))
            case int():
                yield KeyValue(key=key, value=AnyValue(int_value=value))
            case AnyValue():
                yield KeyValue(key=key, value=value)


def call(
    *,
    ended_ns: int | None = None,
    took_s: float = 0.4,
    failed: str = "",
    **attributes: str | int | AnyValue,
) -> Span:
    """Return a chat call in the words of the GenAI convention; `failed` is an HTTP status."""
    end = ended_ns or now_ns()
    span = Span(
        trace_id=uuid4().bytes,
        span_id=uuid4().bytes[:8],
        name="chat gpt-4o-mini",
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=end - int(took_s * NS),
        end_time_unix_nano=end,
    )
    told: dict[str, str | int | AnyValue] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
    }
    if failed:
        told["error.type"] = failed
        span.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=f"{failed} from the provider"))
    else:
        told |= {
            "gen_ai.response.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 100,
        }
    span.attributes.extend(pairs(told | {name.replace("__", "."): value for name, value in attributes.items()}))
    return span


def request(service: str, spans: Sequence[Span]) -> bytes:
    """Write one OTLP request."""
    resource = ResourceSpans()
    resource.resource.attributes.extend(pairs({"service.name": service, "deployment.environment.name": "test"}))
    scope = ScopeSpans(spans=spans)
    scope.scope.name = "opentelemetry.instrumentation.openai_v2"
    resource.scope_spans.append(scope)
    return ExportTraceServiceRequest(resource_spans=[resource]).SerializeToString()
