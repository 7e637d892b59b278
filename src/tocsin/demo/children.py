"""The demonstration's processes: started together, ended together, whatever happens to the parent."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

import httpx

from tocsin import clock
from tocsin.demo import leash
from tocsin.model.problem import BadSetting, Foreign, SettingFault

LOOPBACK: Final = "127.0.0.1"
STOP_WITHIN_S: Final = 8.0
POLL_EVERY_S: Final = 0.1
LOG_TAIL_LINES: Final = 8
LOG_TAIL_BYTES: Final = 4000


def choose_ports(*asked: tuple[str, int, int | None]) -> tuple[int, ...]:
    """Choose a port for each option, its default and what is wanted. Raises BadSetting with every one that is taken."""
    chosen: list[int] = []
    faults: list[SettingFault] = []
    for option, default, wanted in asked:
        try:
            chosen.append(choose_port(option, default, wanted))
        except BadSetting as wrong:
            faults += wrong.faults
    if faults:
        raise BadSetting(tuple(faults))
    return tuple(chosen)


def choose_port(option: str, default: int, wanted: int | None) -> int:
    """Return the port to listen on: the wanted one, else the default, else any free one when the default is taken.

    Raises BadSetting when the wanted port is taken: who names a port means that one.
    """
    if wanted is not None:
        if not _is_free(wanted):
            fault = f"port {wanted} is taken by another program; stop it, or name another port"
            raise BadSetting((SettingFault(option, fault),))
        return wanted
    return default if _is_free(default) else free_port()


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Child:
    """One process; its output lines go to `hear`, its errors to `log`."""

    name: str
    process: "subprocess.Popen[str]"
    log: Path

    def wait_until_healthy(self, url: str, within_s: float) -> None:
        """Return when `url` answers 200. Raises Foreign when the process ends, or stays silent for `within_s`."""
        began = clock.monotonic_s()
        pause = Event()
        while clock.monotonic_s() - began < within_s:
            self.must_live()
            try:
                if httpx.get(url, timeout=2).status_code == int(httpx.codes.OK):
                    return
            except httpx.TransportError:
                pass
            pause.wait(POLL_EVERY_S)
        raise Foreign(self.name, f"does not answer at {url} after {within_s:.0f} s; its log is {self.log}")

    def must_live(self) -> None:
        """Raise Foreign with the end of its log when the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise Foreign(self.name, f"ended with code {code}; the end of {self.log}:\n{self.tail()}")

    def tail(self) -> str:
        """Return the last lines of its log."""
        text = self.log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")
        return "\n".join(text.splitlines()[-LOG_TAIL_LINES:]) or "(empty)"


@dataclass(slots=True)
class Children:
    """All processes of one demonstration. A context: at its end every process is gone."""

    logs: Path
    started: list[Child] = field(default_factory=list[Child])

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, module: str, *arguments: str, hear: Callable[[str], None] | None = None) -> Child:
        """Start `python -m module`; its output lines go to `hear` from another thread, or to its log."""
        log = self.logs / f"{name}.log"
        program = [sys.executable, "-m", module, *arguments]
        leashed = [sys.executable, "-I", "-S", str(leash.__file__), str(os.getpid()), *program]
        with log.open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603 (our own modules)
                leashed,
                # Its end tells a child that its parent is gone, on every system.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if hear else errors,
                stderr=errors,
                text=True,
                # A group of its own: Ctrl-C reaches the parent only, which then ends the children in order.
                start_new_session=True,
            )
        child = Child(name, process, log)
        self.started.append(child)
        if hear and process.stdout:
            Thread(target=_hear, args=(process.stdout, hear), name=f"hear-{name}", daemon=True).start()
        return child

    def must_live(self) -> None:
        """Raise Foreign when any process has ended."""
        for child in self.started:
            child.must_live()

    def stop(self) -> None:
        """End every process, the last started first; one that does not go within some seconds is killed."""
        for child in reversed(self.started):
            _signal(child.process, signal.SIGTERM)
            if child.process.stdin:
                child.process.stdin.close()
        deadline = clock.monotonic_s() + STOP_WITHIN_S
        for child in reversed(self.started):
            try:
                child.process.wait(max(0.1, deadline - clock.monotonic_s()))
            except subprocess.TimeoutExpired:
                _signal(child.process, signal.SIGKILL)
                child.process.wait()
        self.started.clear()


def _signal(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    if process.poll() is None:
        # The child leads a group of its own, named by its id.
        os.killpg(process.pid, number)


def _hear(lines: Iterable[str], hear: Callable[[str], None]) -> None:
    for line in lines:
        hear(line)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last user has just gone counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
