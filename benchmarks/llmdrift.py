"""Does `quality_drift` tell a real, silent change of a model? On LLMDrift: the same questions to two versions.

Run: .venv/bin/python benchmarks/llmdrift.py --data DIR [--seed N] [--json]

Each task's answers are scored right or wrong, and come two every ten minutes: first all of the March version, then all
of the June version, each in drawn order: the files are sorted by question, as no traffic is. What the walk of
`alarms/quality.py` says first is compared with what is known of the data: three falls, two rises, one that stayed, and
each version alone, in which nothing changed. With `--json` the last line is one JSON object: for each series what was
said, what is true, and after how many answers of the new version it was said.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from public_data import folder, table
from tocsin.alarms.quality import follow_scores
from tocsin.model.scored import Scored, ScoreStep

START = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=10)
PER_STEP = 2
VERSIONS = {"gpt-4": ("gpt-4-0314", "gpt-4-0613"), "gpt-3.5": ("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613")}
FALL, RISE, SAME = "fall", "rise", "same"
_YES_NO = re.compile(r"\[?\b(yes|no)\b\]?", re.IGNORECASE)
_BOXED = re.compile(r"boxed\{\s*(\d+)\s*\}")
_CHOICE = re.compile(r"\([A-Z]\)")


def _prime(row: Mapping[str, str]) -> bool:
    said = _YES_NO.search(row["answer"])
    return said is not None and said[1].lower() == row["ref_answer"].lower()


def _happy(row: Mapping[str, str]) -> bool:
    said, right = _BOXED.search(row["answer"]), _BOXED.search(row["ref_answer"])
    return said is not None and right is not None and said[1] == right[1]


def _answered(row: Mapping[str, str]) -> bool:
    return _CHOICE.match(row["answer"].strip()) is not None


# File, how an answer is scored, and what happened to each model.
TASKS: Mapping[str, tuple[str, Callable[[Mapping[str, str]], bool], Mapping[str, str]]] = {
    "prime": ("PRIME_FULL_EVAL.csv.gz", _prime, {"gpt-4": FALL, "gpt-3.5": RISE}),
    "happy": ("COUNTAHAPPYNUMBER_EVAL.csv.gz", _happy, {"gpt-4": FALL, "gpt-3.5": RISE}),
    "opinion": ("OPINIONQA_EVAL.csv.gz", _answered, {"gpt-4": FALL, "gpt-3.5": SAME}),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What one series was said to be. Shares lie between 0 and 1."""

    series: str
    true: str
    said: str
    before: float
    after: float
    # Answers of the new version until it was said; None where nothing was.
    answers: int | None


def steps_of(passes: Iterable[bool]) -> list[ScoreStep]:
    """Put scores into steps."""
    row = list(passes)
    found: list[ScoreStep] = []
    for n in range(0, len(row), PER_STEP):
        passed = sum(row[n : n + PER_STEP])
        failed = len(row[n : n + PER_STEP]) - passed
        found.append(ScoreStep(START + n // PER_STEP * STEP, (0.0, 1.0), (failed, passed)))
    return found


def said_of(steps: list[ScoreStep], changed: int) -> tuple[str, int | None]:
    """Walk through the steps as they come; return what was said first, and how many scores after the change."""
    for n in range(1, len(steps) + 1):
        course = follow_scores(Scored("accuracy", tuple(steps[:n])), START)
        said = FALL if course.fall else RISE if course.rise else ""
        if said:
            return said, n * PER_STEP - changed
    return SAME, None


def told(name: str, true: str, before: list[bool], after: list[bool]) -> Told:
    """Judge one series."""
    said, answers = said_of(steps_of([*before, *after]), len(before))
    return Told(name, true, said, _share(before), _share(after), answers)


def _share(passes: list[bool]) -> float:
    return round(sum(passes) / len(passes), 3) if passes else 0.0


def everything(found: Path, seed: int) -> list[Told]:
    """Judge every task of every model, and each version alone."""
    random = Random(seed)
    all_told: list[Told] = []
    for task, (file, right, truth) in TASKS.items():
        rows = list(table(found / file))
        for model, (old, new) in VERSIONS.items():
            passes = [[right(row) for row in rows if row["model"].endswith(version)] for version in (old, new)]
            for scores in passes:
                random.shuffle(scores)
            all_told.append(told(f"{task}/{model}", truth[model], passes[0], passes[1]))
            all_told += [
                told(f"{task}/{version}", SAME, scores, []) for version, scores in zip((old, new), passes, strict=True)
            ]
    return all_told


def main() -> None:
    """Judge, and say what came of it."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reader.add_argument("--data", type=Path, required=True)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--json", action="store_true")
    asked = reader.parse_args()
    all_told = everything(folder(asked.data, "llmdrift"), asked.seed)
    for one in all_told:
        late = "" if one.answers is None else f", {one.answers} answers after the change"
        print(
            f"{one.series:<28} {one.before:.3f} -> {one.after:.3f} true {one.true}, said {one.said}{late}",
            file=sys.stderr,
        )
    right = sum(one.true == one.said for one in all_told)
    if asked.json:
        print(json.dumps({"series": [asdict(one) for one in all_told], "right": right, "of": len(all_told)}))


if __name__ == "__main__":
    main()
