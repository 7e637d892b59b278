"""Each benchmark on the public data, as a user runs it; what it must reach is a little below what it reached."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from nab_score import STANDARD, Score, Window, scaled, score
from public_data import series

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.exists(), reason="the public data is not beside the repository"),
]


def last_line(script: str, *words: str) -> dict[str, float]:
    """Run a benchmark on the folder of all data, and read the last line."""
    command = [sys.executable, str(ROOT / "benchmarks" / script), "--data", str(DATA), *words]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_nab_scores_above_sixty_with_one_threshold(tmp_path: Path) -> None:
    figures = last_line("nab.py", "--json", "--out", str(tmp_path))
    assert figures["standard"] >= 68, figures
    assert figures["low_fp"] >= 56, figures
    assert figures["low_fn"] >= 73, figures
    scored_again(tmp_path, figures["standard"])


def scored_again(out: Path, standard: float) -> None:
    """Score what was written once more, from the dates in the files alone."""
    labels = json.loads((DATA / "nab" / "combined_windows.json").read_text(encoding="utf-8"))
    scores: list[Score] = []
    for name, rows in series(DATA / "nab").items():
        with (out / name).open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        assert [line["timestamp"] for line in lines] == [row.stamp for row in rows]
        flags = [n for n, line in enumerate(lines) if float(line["anomaly_score"]) > 0.5]
        assert flags == [n for n, line in enumerate(lines) if line["flag"] == "1"]
        stamps = [line["timestamp"] for line in lines]
        windows = [tuple(stamps.index(edge.split(".")[0]) for edge in window) for window in labels[name]]
        scores.append(score(flags, [Window(*window) for window in windows], len(lines), STANDARD))
    assert scaled(scores, STANDARD) == pytest.approx(standard, abs=0.01)


def test_labelled_stretches_of_cloud_series_are_found_in_the_setting_of_nab() -> None:
    figures = last_line("ms_cloud.py", "--json")
    assert figures["stretch_recall"] >= 0.40, figures
    assert figures["stretch_precision"] >= 0.36, figures
    assert figures["precision"] >= 0.34, figures
    assert figures["recall"] >= 0.12, figures
    # Two of three days without a message in series that had nothing to tell.
    assert figures["messages_clean"] <= 0.37 * figures["days_clean"], figures


def test_the_faulty_service_is_named_more_often_than_by_the_published_baseline() -> None:
    figures = last_line("petshop.py", "--json")
    assert figures["top1"] >= 0.93, figures
    assert figures["top3"] >= 0.97, figures
    assert figures["top1"] > figures["published_top1"]
    assert figures["top3"] > figures["published_top3"]
