"""The public data that benchmarks read: gzipped tables of a folder, and where the folder may be."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One point of one series; `label` is None where the data has none of its own."""

    at: datetime
    stamp: str
    value: float
    label: bool | None


def folder(data: Path, name: str) -> Path:
    """Return the folder of one data set: `data` itself, or the folder of that name in it."""
    inside = data / name
    found = inside if inside.is_dir() else data
    if not found.is_dir():
        raise SystemExit(f"{data} is not a folder; name the one that holds {name}/, or {name}/ itself")
    return found


def table(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of one gzipped CSV file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def series(found: Path) -> dict[str, list[Row]]:
    """Return all series of a folder by the name of their file, points without a value left out.

    A table that is not one of points (no column for file, time and value) is passed over.
    """
    read: dict[str, list[Row]] = {}
    for path in sorted(found.glob("*.csv.gz")):
        for line in table(path):
            cells = {name.lower(): cell for name, cell in line.items()}
            if not {"file", "timestamp", "value"} <= cells.keys():
                break
            value = float(cells["value"] or "nan")
            if isfinite(value):
                stamp = cells["timestamp"]
                label = cells.get("label")
                at = datetime.fromisoformat(stamp)
                read.setdefault(cells["file"], []).append(
                    Row(at, stamp, value, None if label is None else label == "1")
                )
    if not read:
        raise SystemExit(f"no series in {found}: it should hold *.csv.gz with the columns file, timestamp, value")
    return read
