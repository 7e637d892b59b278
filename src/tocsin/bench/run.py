"""Runs the measurements one after the other and puts their figures together."""

import contextlib
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tocsin.bench import graphs, home, ingest, judge, killed, outage, replay, tick
from tocsin.bench.part import Figures, Ground, Part
from tocsin.model.problem import BadSetting, Problem, SettingFault
from tocsin.settings import nearest

# In this order: each works in a folder of its own.
PARTS: Final[tuple[Part, ...]] = (
    ingest.PART,
    home.PART,
    graphs.PART,
    tick.PART,
    judge.PART,
    replay.PART,
    outage.PART,
    killed.PART,
)


def chosen(names: Sequence[str]) -> list[Part]:
    """Return the measurements of these names, all when there are none. Raises BadSetting for a name that is none."""
    known = {part.name: part for part in PARTS}
    faults = [
        SettingFault("--only", f'"{name}" is no measurement; {nearest(name, known)}')
        for name in names
        if name not in known
    ]
    if faults:
        raise BadSetting(tuple(faults))
    return [part for part in PARTS if not names or part.name in names]


def run(
    parts: Sequence[Part],
    kept: Path | None,
    *,
    quick: bool,
    say: Callable[[str], None],
    hear: Callable[[float, float], None],
) -> dict[str, float | int | str | list[str] | None]:
    """Measure. A measurement that fails is told under `failed`, and the others go on.

    `kept`: where to keep what takes long to build; None: it is built anew and goes at the end.
    """
    figures: dict[str, float | int | str | None] = {}
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        for part in parts:
            scratch = Path(folder) / part.name
            scratch.mkdir()
            ground = Ground(scratch, kept or Path(folder), quick, say, hear)
            say(part.name)
            try:
                figures |= part.measure(ground)
            except Problem as problem:
                failed.append(f"{part.name}: {problem}")
    return {**figures, **about(quick=quick), "failed": failed}


def about(*, quick: bool) -> Figures:
    """Return what the figures belong to: the machine, the versions, the state of the source."""
    return {
        "cores": cores(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "engine": version("chdb-core"),
        "revision": _revision(),
        "load_average": round(os.getloadavg()[0], 2),
        "quick": int(quick),
    }


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _revision() -> str | None:
    """Return the commit that is measured, marked where files differ from it; None outside a clone."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    with contextlib.suppress(OSError):
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        return answer.stdout.strip() or None
    return None
