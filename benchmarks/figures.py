"""Run the benchmarks on public data, and write what they came to into docs/generated/public-data.md.

Run: .venv/bin/python benchmarks/figures.py --data DIR

Nothing on that page is written by hand; tests/benchmarks/test_realdata.py compares it with what the benchmarks say.
"""

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from nab_score import PROFILES
from public_data import folder, table

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "generated" / "public-data.md"
SCRIPTS = ("nab", "ms_cloud", "petshop")
# As the published results call our profiles.
PUBLISHED_NAMES = {"standard": "standard", "low_fp": "reward_low_FP_rate", "low_fn": "reward_low_FN_rate"}
# Detectors that say nothing, or anything.
NOT_COMPARED = {"null", "random"}

Figures = Mapping[str, float]

HEAD = """# Figures on public data

<!-- Written by benchmarks/figures.py from what the benchmarks say. -->

What they mean, and how to make them: [benchmarks](../benchmarks.md).
"""


def run(script: str, data: Path) -> Figures:
    """Run one benchmark, and return the figures of its last line."""
    command = [sys.executable, str(HERE / f"{script}.py"), "--data", str(data), "--json"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(answer.stdout.splitlines()[-1])


def published(found: Path) -> dict[str, dict[str, float]]:
    """Return the scores that other detectors reach on the files in the folder, each at its best threshold."""
    windows = sum(
        len(many) for many in json.loads((found / "combined_windows.json").read_text(encoding="utf-8")).values()
    )
    raw: dict[tuple[str, str], float] = defaultdict(float)
    for row in table(found / "published_per_file_scores.csv.gz"):
        raw[row["Detector"], row["Profile"]] += float(row["Score"])
    scores: dict[str, dict[str, float]] = {}
    for detector in {detector for detector, _ in raw} - NOT_COMPARED:
        scores[detector] = {
            profile.name: 100
            * (raw[detector, PUBLISHED_NAMES[profile.name]] + profile.fn * windows)
            / ((profile.tp + profile.fn) * windows)
            for profile in PROFILES
        }
    return scores


def page(nab: Figures, others: Mapping[str, Figures], ms_cloud: Figures, petshop: Figures) -> str:
    """Return the page."""
    scores = sorted([("**departures**", nab), *others.items()], key=lambda one: (-one[1]["standard"], one[0]))
    shares = {
        "points": (ms_cloud["precision"], ms_cloud["recall"]),
        "stretches": (ms_cloud["stretch_precision"], ms_cloud["stretch_recall"]),
    }
    clean = f"{ms_cloud['messages_clean']:.0f} messages in {ms_cloud['days_clean']:.0f} days of series without labels"
    places = {
        "downstream": (petshop["top1"], petshop["top3"]),
        "published baseline": (petshop["published_top1"], petshop["published_top3"]),
    }
    return "\n".join(
        [
            HEAD,
            "## Numenta Anomaly Benchmark\n",
            *_rows(
                ("detector", "standard", "low false positives", "low false negatives"),
                ((name, *(f"{one[profile.name]:.1f}" for profile in PROFILES)) for name, one in scores),
            ),
            "\n## Cloud monitoring series\n",
            *_rows(
                ("counted by", "precision", "recall"),
                ((name, *(f"{share:.1%}" for share in both)) for name, both in shares.items()),
            ),
            f"\n{clean.capitalize()}.",
            f"\n## PetShop, {petshop['issues']:.0f} injected faults\n",
            *_rows(
                ("method", "first", "among three"),
                ((name, *(f"{share:.1%}" for share in both)) for name, both in places.items()),
            ),
            "",
        ]
    )


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows)]


def main(words: Sequence[str]) -> None:
    """Run all, and write the page."""
    parser = argparse.ArgumentParser(description="Write the figures of the benchmarks on public data into the docs.")
    parser.add_argument(
        "--data", type=Path, required=True, help="the folder that holds nab/, ms_cloud_monitoring/ and so on"
    )
    data: Path = parser.parse_args(words).data
    nab, ms_cloud, petshop = (run(script, data) for script in SCRIPTS)
    PAGE.write_text(page(nab, published(folder(data, "nab")), ms_cloud, petshop), encoding="utf-8")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main(sys.argv[1:])
