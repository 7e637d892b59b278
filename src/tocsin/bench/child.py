"""Parts of a measurement that run as processes of their own: the load generator, and whatever opens an engine.

An engine belongs to one data folder for the life of its process, and memory once taken stays taken, so each measurement
that opens one gets a fresh process. A child is told what to do as JSON and answers in lines of JSON: `{"done": …,
"total": …}` as it goes on, and its answer as the last line.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from tocsin.bench.sender import Spec, Tally
from tocsin.model.problem import Foreign

Hear = Callable[[float, float], None]
Answer = Mapping[str, Any]


def ask(module: str, spec: Mapping[str, object], hear: Hear) -> Answer:
    """Run a module to its end and return its answer; `hear` is told how far it is. Raises Foreign when it fails."""
    command = [sys.executable, "-m", module, json.dumps(spec)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None, "a pipe was asked for"
        answer: dict[str, Any] = {}
        try:
            for line in child.stdout:
                answer = json.loads(line)
                if "total" in answer:
                    hear(answer["done"], answer["total"])
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        raise Foreign(module, f"ended with code {child.returncode}; what it said stands above")
    return answer


def tell(done: float, total: float) -> None:
    """Say, as a child, how far it is."""
    print(json.dumps({"done": done, "total": total}), flush=True)


class Load:
    """The load generator. A context: at its end the process is gone."""

    def __init__(self, spec: Spec) -> None:
        """Start it; it builds its requests first."""
        command = [sys.executable, "-m", "tocsin.bench.sender", json.dumps(asdict(spec))]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def ready(self) -> None:
        """Wait until its requests are built."""
        self._line()

    def go(self) -> None:
        """Let it send."""
        assert self._process.stdin is not None, "a pipe was asked for"
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        """Let it end now: it waits for the answers that are due."""
        assert self._process.stdin is not None, "a pipe was asked for"
        self._process.stdin.close()

    def tally(self) -> Tally:
        """Wait for its end and return what it counted. Raises Foreign when it fails."""
        return Tally(**json.loads(self._line()))

    def _line(self) -> str:
        assert self._process.stdout is not None, "a pipe was asked for"
        line = self._process.stdout.readline()
        if not line:
            raise Foreign("load generator", f"ended with code {self._process.wait()}; what it said stands above")
        return line
