"""A data folder from the side of a command: its own to open, or a server's that has to be asked."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tocsin.model.problem import BadInput, BadSetting, Busy, CantStart, Foreign, Problem
from tocsin.store.control import Holder, claim_or_holder

# The header without which a server does nothing that is asked of it.
ASKING = {"x-tocsin": "1", "accept-encoding": "identity"}
CONNECT_S_MAX = 5.0
# Between two lines of an answer; the first step of a long history may take a while.
SILENCE_S_MAX = 600.0
OK, BAD_REQUEST = 200, 400

Line = Mapping[str, Any]


class NoFolder(BadInput):
    """There is no data folder where one was looked for."""


def existing(folder: Path) -> Path:
    """Return the folder. Raises NoFolder."""
    if not folder.is_dir():
        raise NoFolder(f"there is no data folder {folder}; name another one with --data")
    return folder


def holder_of(folder: Path) -> Holder | None:
    """Return the server that has the folder, None when this process may open it.

    Raises NoFolder when there is none: a command that only looks must not make one.
    """
    with starting():
        found = claim_or_holder(existing(folder))
    if isinstance(found, Holder):
        if not found.address:
            raise Busy(
                f"the data folder {folder} is in use by process {found.pid}, which can't be asked; wait for its end", 1
            )
        return found
    found.release()
    return None


def ask(server: Holder, path: str, body: Mapping[str, object]) -> Iterator[Line]:
    """Ask a server for some work, and yield the lines of its answer as they come.

    Raises BadInput when it was asked wrongly, Foreign when it can't be reached or the work fails there.
    """
    timeout = httpx.Timeout(SILENCE_S_MAX, connect=CONNECT_S_MAX)
    try:
        with httpx.stream(
            "POST", f"{server.address}{path}", headers=ASKING, content=orjson.dumps(body), timeout=timeout
        ) as answer:
            if answer.status_code != OK:
                raise _problem(answer.status_code, answer.read())
            for text in answer.iter_lines():
                line = cast("Line", orjson.loads(text))
                if "error" in line:
                    raise Foreign("the server", line["error"]["reason"])
                yield line
    except httpx.HTTPError as fault:
        raise Foreign("the server", f"process {server.pid} at {server.address} can't be asked: {fault}") from fault


def _problem(status: int, body: bytes) -> Problem:
    try:
        reason = str(orjson.loads(body)["error"]["reason"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        reason = f"it answered {status}: {body[:200].decode(errors='replace')}"
    return BadInput(reason) if status == BAD_REQUEST else Foreign("the server", reason)


@contextmanager
def starting() -> Generator[None]:
    """Tell faults of what a right configuration names, as a port or a folder that is taken, for what they are."""
    try:
        yield
    except BadSetting as wrong:
        raise CantStart(wrong.faults) from wrong


@contextmanager
def bar(what: str) -> Generator["Bar"]:
    """Show how far some work is, on standard error; nothing of it stays on the screen."""
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with progress:
        yield Bar(progress, what)


class Bar:
    """A progress bar, which moves on by what it is told."""

    def __init__(self, progress: Progress, what: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=None)

    def at(self, done: int, of: int) -> None:
        """Say that so many steps are done, of so many."""
        self._progress.update(self._task, completed=done, total=of)

    def through(self, lines: Iterator[Line]) -> Line | None:
        """Follow an answer to its end and return its result; None when it has none."""
        result: Line | None = None
        for line in lines:
            if "result" in line:
                result = line["result"]
            else:
                self.at(line["done"], line["of"])
        return result
