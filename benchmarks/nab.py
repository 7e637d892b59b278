"""Score `tocsin.alarms.departures` on the Numenta Anomaly Benchmark, with one threshold for all files.

Run: .venv/bin/python benchmarks/nab.py --data DIR [--out DIR] [--json]

The flags are written first, one CSV for each series, and then scored as they were written. Labels are read for scoring
alone. The last line is one JSON object: {"standard", "low_fp", "low_fn"}, the scores in three profiles.
"""

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from nab_score import PROFILES, STANDARD, Profile, Score, Window, scaled, score
from public_data import Row, folder, series
from tocsin.alarms.departures import Departures, Settings

# One setting for every file: that of the product. NAB lets one threshold be chosen for the corpus; this is it.
SETTINGS = Settings()
OUT = Path(__file__).resolve().parent / "out" / "nab"
HEAD = ("timestamp", "value", "anomaly_score", "flag")


def windows_of(rows: Sequence[Row], labelled: Sequence[Sequence[str]]) -> list[Window]:
    """Find the points of labelled windows: each from the first with its start's time to the first with its end's."""
    places: dict[datetime, int] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.at, place)
    edges = [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in labelled]
    return [Window(places[since], places[until]) for since, until in sorted(edges)]


def write_flags(rows: Sequence[Row], path: Path) -> None:
    """Judge one series and write a line for each point.

    A flag is the first point of a departure. `anomaly_score` is 1 there and at most 0.5 elsewhere, so that any
    threshold above 0.5 gives the flags.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    departures = Departures(SETTINGS)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(HEAD)
        for row in rows:
            point = departures.add(row.at, row.value)
            anomaly = 1.0 if point.begins else min(point.steps / SETTINGS.steps, 1.0) / 2
            lines.writerow((row.stamp, row.value, f"{anomaly:.4f}", int(point.begins)))


def read_flags(path: Path) -> list[int]:
    """Return the places of the flagged points."""
    with path.open(encoding="utf-8", newline="") as file:
        return [place for place, line in enumerate(csv.DictReader(file)) if line["flag"] == "1"]


def run(found: Path, out: Path) -> dict[Profile, dict[str, Score]]:
    """Write the flags of every labelled series, and return what they are worth in each profile."""
    labels = cast(
        "Mapping[str, Sequence[Sequence[str]]]",
        json.loads((found / "combined_windows.json").read_text(encoding="utf-8")),
    )
    scores: dict[Profile, dict[str, Score]] = {profile: {} for profile in PROFILES}
    for name, rows in series(found).items():
        if name not in labels:
            continue
        write_flags(rows, out / name)
        flags = read_flags(out / name)
        windows = windows_of(rows, labels[name])
        for profile in PROFILES:
            scores[profile][name] = score(flags, windows, len(rows), profile)
    return scores


def main(words: Sequence[str]) -> None:
    """Write, score, and print."""
    parser = argparse.ArgumentParser(description="Score departures on the Numenta Anomaly Benchmark.")
    parser.add_argument("--data", type=Path, required=True, help="the folder nab/, or the one that holds it")
    parser.add_argument("--out", type=Path, default=OUT, help="where the flags go; benchmarks/out/nab when not named")
    parser.add_argument("--json", action="store_true", help="print the last line alone")
    asked = parser.parse_args(words)
    scores = run(folder(asked.data, "nab"), asked.out)
    if not asked.json:
        for name, one in scores[STANDARD].items():
            print(f"{one.raw:7.2f}  found {one.found} of {one.windows}, false {one.false_flags:2}  {name}")
        print(f"flags of {len(scores[STANDARD])} series are in {asked.out}")
    answer = {profile.name: round(scaled(list(scores[profile].values()), profile), 2) for profile in PROFILES}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
