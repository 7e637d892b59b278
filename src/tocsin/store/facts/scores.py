"""Answers what each evaluator said over time."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from tocsin.model.alarm import Group
from tocsin.model.scored import AskScores, Scored, ScoreStep
from tocsin.store.answer import Answer
from tocsin.store.read import Reader
from tocsin.store.statements import of_epoch, question, second

if TYPE_CHECKING:
    from tocsin.store.engine import Row

# What evaluators write where they give no number, in lower case.
PASSES = (
    "pass",
    "passed",
    "true",
    "yes",
    "correct",
    "good",
    "relevant",
    "faithful",
    "factual",
    "grounded",
    "ok",
    "safe",
)
FAILS = ("fail", "failed", "false", "no", "incorrect", "bad", "irrelevant", "unfaithful", "hallucinated", "unsafe")


def subject_of(evaluator: str, version: str, judge: str) -> str:
    """Return the subject of one evaluator, as in "evaluator faithfulness v2 by gpt-4o"."""
    versioned = "" if not version else f" v{version.removeprefix('v')}"
    return f"evaluator {evaluator}{versioned}{f' by {judge}' if judge else ''}"


def _answer(reader: Reader, ask: AskScores, at: datetime) -> Mapping[Group, Scored]:
    rows = reader.ask(
        question("score_steps"),
        {
            "lo": second(at - ask.back),
            "until": second(at),
            "step": int(ask.every.total_seconds()),
            "passes": list(PASSES),
            "fails": list(FAILS),
        },
    )
    by_key: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        by_key.setdefault(tuple(row[:7]), []).append(row)
    found: dict[Group, Scored] = {}
    for (project, environment, service, evaluator, version, judge, rubric), mine in by_key.items():
        group = Group(project, environment, service, subject_of(evaluator, version, judge))
        steps = tuple(ScoreStep(of_epoch(row[7]), tuple(row[8]), tuple(row[9])) for row in mine)
        known = found.get(group)
        # A rubric that changed leaves the newer one: another text for the judge is another instrument.
        if known is None or steps[-1].at >= known.steps[-1].at:
            found[group] = Scored(evaluator, steps, version, judge, rubric)
    return found


ANSWER = Answer(AskScores, _answer)
