"""A real server as a child process, started as a user starts it: `tocsin up`, every part on."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Final, Self

import httpx

from tocsin import clock
from tocsin.bench import machine
from tocsin.model.problem import Foreign

LOOPBACK: Final = "127.0.0.1"
START_WITHIN_S: Final = 60.0
STOP_WITHIN_S: Final = 30.0
POLL_S: Final = 0.05
LOG_TAIL_LINES: Final = 4
# The environment variable that holds the receiving side's address: an address is a secret, and secrets are no text in
# a file.
HOOK_VARIABLE: Final = "TOCSIN_BENCH_HOOK"
_HOOK: Final = f'[channels.hook]\ntype = "webhook"\nurl = {{ env = "{HOOK_VARIABLE}" }}\n'


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Server:
    """One server over one data folder; it keeps its ports when it is started again. A context: gone at its end."""

    # Holds `data/`, the log and the configuration.
    home: Path
    # Where messages go beside the inbox; empty: nowhere.
    hook: str = ""
    page: int = field(default_factory=free_port)
    otlp: int = field(default_factory=free_port)
    grpc: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.home / "data"

    @property
    def pid(self) -> int:
        """The process; there must be one."""
        assert self._process is not None, "the server was not started"
        return self._process.pid

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> float:
        """Start it and wait until it answers; returns how long that took, in seconds. Raises Foreign when it can't."""
        self.home.mkdir(parents=True, exist_ok=True)
        config = self.home / "tocsin.toml"
        config.write_text(_HOOK if self.hook else "", encoding="utf-8")
        command = [sys.executable, "-m", "tocsin", "up", "--data", str(self.data), "--config", str(config)]
        command += ["--port", str(self.page), "--otlp-http-port", str(self.otlp), "--otlp-grpc-port", str(self.grpc)]
        began = clock.monotonic_s()
        with (self.home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, HOOK_VARIABLE: self.hook},
                # Ctrl-C reaches the parent only, which then stops its children.
                start_new_session=True,
            )
        pause = Event()
        while clock.monotonic_s() - began < START_WITHIN_S:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(self.url("/healthz"), timeout=5).status_code == HTTPStatus.OK:
                    return clock.monotonic_s() - began
            pause.wait(POLL_S)
        raise Foreign("tocsin up", f"did not start; the end of its log:\n{self.tail()}")

    def stop(self) -> None:
        """Stop it as an operator does, and kill it when it does not go."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None

    def kill(self) -> None:
        """`kill -9`."""
        assert self._process is not None, "the server was not started"
        self._process.kill()
        self._process.wait()

    def tail(self) -> str:
        """Return the last lines of its log."""
        text = (self.home / "server.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-LOG_TAIL_LINES:])

    def use(self) -> machine.Use:
        """What the process uses now."""
        return machine.use_of(self.pid)

    def url(self, path: str) -> str:
        """Return the address of a page."""
        return f"http://{LOOPBACK}:{self.page}{path}"

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON, read by who knows its shape
        """Return an answer of the JSON API. Raises Foreign when it is none."""
        try:
            answer = httpx.get(self.url(path), timeout=60)
        except httpx.TransportError as error:
            raise Foreign("tocsin up", f"{path} gave no answer: {error!r}") from None
        if answer.status_code != HTTPStatus.OK:
            raise Foreign("tocsin up", f"{path} answered {answer.status_code}: {answer.text[:200]}")
        return answer.json()

    def calls(self, span: str = "range=1h") -> int:
        """Return how many calls are settled and rolled up in a stretch, from the same question as the graphs."""
        answer = self.get(f"/api/v1/series?measure=calls_per_minute&{span}")
        return sum(sum(one["samples"]) for one in answer["series"])

    def post(self, body: bytes) -> int:
        """Send one OTLP request of spans; returns the answer's status, 0 when there was none."""
        headers = {"Content-Type": "application/x-protobuf"}
        try:
            return httpx.post(
                f"http://{LOOPBACK}:{self.otlp}/v1/traces", content=body, headers=headers, timeout=30
            ).status_code
        except httpx.TransportError:
            return 0
