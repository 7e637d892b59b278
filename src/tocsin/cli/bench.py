"""Measure speed, size and loss on this machine; with --json the last line is one JSON object."""

import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tocsin.bench.run import PARTS, chosen, run
from tocsin.bench.targets import TARGETS, missed

_NAMES = ", ".join(part.name for part in PARTS)


def register(app: typer.Typer) -> None:
    """Add `tocsin bench`."""
    app.command("bench")(bench)


def bench(
    only: Annotated[
        list[str] | None, typer.Option("--only", help=f"Measure this only; may come several times: {_NAMES}.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Keep what takes long to build here, so that another run is quick.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter and smaller, for a look; no proof.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object as the last line.")] = False,
) -> None:
    """Measure speed, size and loss on this machine, with real servers in folders of their own.

    Every part runs alone. Targets that are missed are listed at the end; the figures are what they are, and the
    command ends with 0.
    """
    parts = chosen(only or [])
    # An end from outside is an end like Ctrl-C: servers that were started are stopped.
    signal.signal(signal.SIGTERM, _end)
    screen = Console(stderr=True)
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=screen
    ) as progress:
        task = progress.add_task("starting", total=None)

        def say(text: str) -> None:
            progress.update(task, description=text, total=None, completed=0)

        def hear(done: float, total: float) -> None:
            progress.update(task, completed=done, total=total)

        figures = run(parts, data, quick=quick, say=say, hear=hear)
    measured = {key: value for key, value in figures.items() if not isinstance(value, list)}
    screen.print(_table(measured))
    for sentence in missed(measured):
        screen.print(f"missed: {sentence}", markup=False)
    for sentence in figures["failed"] if isinstance(figures["failed"], list) else []:
        screen.print(f"failed: {sentence}", markup=False)
    if as_json:
        print(json.dumps(figures), flush=True)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(1)


def _table(measured: dict[str, float | int | str | None]) -> Table:
    targets = {target.key: target for target in TARGETS}
    table = Table("figure", "measured", "target")
    for key, value in measured.items():
        shown = f"{value:,g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
        table.add_row(key, shown, str(targets[key]) if key in targets else "")
    return table
