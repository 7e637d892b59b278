"""What processes use and what folders hold, read from the system itself."""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MB: Final = 1_000_000
# `date_first_last_level`, with a mutation's number at times: a part of a table, as the engine names its folder.
_PART: Final = re.compile(r"^(?P<partition>[^_]+)_(?P<first>\d+)_(?P<last>\d+)_(?P<level>\d+)(?:_\d+)?$")


@dataclass(frozen=True, slots=True)
class Use:
    """What a process uses now. `peak_mb` is the most memory it ever held at once; both are resident megabytes."""

    cpu_s: float
    rss_mb: float
    peak_mb: float


def use_of(pid: int) -> Use:
    """Read what a process uses. Raises OSError when it ended.

    Where there is no /proc (macOS), the peak is the present value.
    """
    if sys.platform == "linux":
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        status = dict(row.split(":", 1) for row in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines())
        ticks = int(fields[11]) + int(fields[12])
        return Use(ticks / os.sysconf("SC_CLK_TCK"), _kib_mb(status["VmRSS"]), _kib_mb(status["VmHWM"]))
    answer = subprocess.run(["ps", "-o", "rss=,time=", "-p", str(pid)], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise ProcessLookupError(f"no process {pid}")
    rss, time = answer.stdout.split()
    return Use(seconds_of(time), _kib_mb(rss), _kib_mb(rss))


def own_cpu_s() -> float:
    """Return the seconds of processor time that this process used, all its threads together."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def busy_s() -> float | None:
    """Return the seconds that all cores together were busy since the machine started; None where nobody says."""
    if sys.platform != "linux":
        return None
    user, nice, system, _idle, _wait, irq, softirq, steal = Path("/proc/stat").read_text(encoding="ascii").split()[1:9]
    return sum(map(int, (user, nice, system, irq, softirq, steal))) / os.sysconf("SC_CLK_TCK")


def _kib_mb(text: str) -> float:
    return int(text.split(maxsplit=1)[0]) * 1024 / MB


def seconds_of(text: str) -> float:
    """Read `hours:minutes:seconds` or `minutes:seconds`, as `ps` writes used time."""
    total = 0.0
    for part in text.replace("-", ":").split(":"):
        total = total * 60 + float(part)
    return total


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a table, from its folder's name; blocks are numbered by insert."""

    partition: str
    first: int
    last: int
    level: int

    def covers(self, other: "Part") -> bool:
        """Say whether this part was merged from the other, which is then only waiting to be deleted."""
        inside = self.first <= other.first and other.last <= self.last
        return self != other and self.partition == other.partition and inside and self.level > other.level


def parts(names: Iterable[str]) -> dict[str, Part]:
    """Return the parts among folder names that are in use: not those that a merge replaced already."""
    found: dict[str, Part] = {}
    for name in names:
        match = _PART.match(name)
        if match:
            found[name] = Part(match["partition"], int(match["first"]), int(match["last"]), int(match["level"]))
    # A part that another covers is covered by one with a wider range, which sorts before it.
    used: dict[str, Part] = {}
    widest: dict[str, Part] = {}
    for name, part in sorted(found.items(), key=lambda i: (i[1].partition, i[1].first, -i[1].last, -i[1].level)):
        before = widest.get(part.partition)
        if before is None or not before.covers(part):
            used[name] = widest[part.partition] = part
    return used


@dataclass(frozen=True, slots=True)
class Table:
    """A table on disk: bytes of the parts in use, how many there are, and how many inserts there were."""

    size: int
    parts: int
    inserts: int


def table(data: Path, name: str) -> Table:
    """Measure a table of the data folder of a server. A part that goes while it is measured counts as nothing."""
    folder = _tables(data) / name
    used = parts(entry.name for entry in folder.iterdir())
    size = sum(_size(folder / part) for part in used)
    return Table(size, len(used), sum(last_of_each(used.values())))


def tables(data: Path) -> dict[str, Table]:
    """Measure every table of the data folder of a server."""
    return {entry.name: table(data, entry.name) for entry in sorted(_tables(data).iterdir())}


def _tables(data: Path) -> Path:
    return data / "telemetry" / "data" / "default"


def last_of_each(used: Iterable[Part]) -> list[int]:
    """Return the number of the newest block of each partition."""
    newest: dict[str, int] = {}
    for part in used:
        newest[part.partition] = max(part.last, newest.get(part.partition, 0))
    return list(newest.values())


def _size(folder: Path) -> int:
    try:
        return sum(entry.stat().st_size for entry in folder.iterdir())
    except FileNotFoundError:
        return 0
