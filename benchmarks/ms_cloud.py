"""Precision and recall of `tocsin.alarms.departures` on Microsoft's cloud monitoring series, in the setting of nab.py.

Run: .venv/bin/python benchmarks/ms_cloud.py --data DIR [--json]

The last line is one JSON object. By points: a point is found when it is unusual. By stretches: a labelled stretch is
found when a point of it is unusual; an unusual stretch is right when it touches a labelled one. `messages_clean` is how
many departures the series without labels had, in `days_clean`.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path

from nab import SETTINGS
from public_data import Row, folder, series
from tocsin.alarms.departures import Departures

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counts:
    """What was found in one series, or in several."""

    labelled: int = 0
    unusual: int = 0
    both: int = 0
    labelled_stretches: int = 0
    found_stretches: int = 0
    unusual_stretches: int = 0
    right_stretches: int = 0
    messages: int = 0
    days: float = 0.0

    def plus(self, other: "Counts") -> "Counts":
        """Add up."""
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def stretches(marks: Sequence[bool]) -> Iterator[range]:
    """Yield the places of marks that follow each other."""
    first: int | None = None
    for place, marked in enumerate([*marks, False]):
        if marked and first is None:
            first = place
        elif not marked and first is not None:
            yield range(first, place)
            first = None


def count(rows: Sequence[Row]) -> Counts:
    """Judge one series and compare it with its labels."""
    departures = Departures(SETTINGS)
    points = [departures.add(row.at, row.value) for row in rows]
    labels = [bool(row.label) for row in rows]
    unusual = [point.unusual for point in points]
    labelled_stretches, unusual_stretches = list(stretches(labels)), list(stretches(unusual))
    return Counts(
        labelled=sum(labels),
        unusual=sum(unusual),
        both=sum(a and b for a, b in zip(labels, unusual, strict=True)),
        labelled_stretches=len(labelled_stretches),
        found_stretches=sum(any(unusual[n] for n in one) for one in labelled_stretches),
        unusual_stretches=len(unusual_stretches),
        right_stretches=sum(any(labels[n] for n in one) for one in unusual_stretches),
        messages=sum(point.begins for point in points),
        days=(rows[-1].at - rows[0].at) / DAY,
    )


def shares(found: Counts, clean: Counts) -> dict[str, float]:
    """Return the figures: shares of all points and stretches, and what the clean series came to."""
    return {
        "precision": round(found.both / found.unusual, 3),
        "recall": round(found.both / found.labelled, 3),
        "stretch_precision": round(found.right_stretches / found.unusual_stretches, 3),
        "stretch_recall": round(found.found_stretches / found.labelled_stretches, 3),
        "messages_clean": clean.messages,
        "days_clean": round(clean.days, 1),
    }


def main(words: Sequence[str]) -> None:
    """Judge, compare, and print."""
    parser = argparse.ArgumentParser(description="Compare departures with the labels of ms_cloud_monitoring.")
    parser.add_argument(
        "--data", type=Path, required=True, help="the folder ms_cloud_monitoring/, or the one that holds it"
    )
    parser.add_argument("--json", action="store_true", help="print the last line alone")
    asked = parser.parse_args(words)
    found = clean = Counts()
    for name, rows in series(folder(asked.data, "ms_cloud_monitoring")).items():
        one = count(rows)
        found = found.plus(one)
        if not one.labelled:
            clean = clean.plus(one)
        if not asked.json:
            stretch = f"{one.found_stretches} of {one.labelled_stretches} stretches found"
            right = f"{one.right_stretches} of {one.unusual_stretches} unusual ones right"
            print(f"{name:17} {stretch}, {right}, {one.messages} messages in {one.days:.0f} days")
    print(json.dumps(shares(found, clean)))


if __name__ == "__main__":
    main(sys.argv[1:])
