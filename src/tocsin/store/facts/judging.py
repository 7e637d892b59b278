"""Answers how each evaluator does its work."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tocsin.model.alarm import Group
from tocsin.model.scored import AskJudging, Judging
from tocsin.store.answer import Answer
from tocsin.store.read import Reader
from tocsin.store.statements import of_epoch, question, second


def _answer(reader: Reader, ask: AskJudging, at: datetime) -> Mapping[Group, Judging]:
    since = at - ask.window
    bounds = {"lo": second(since - ask.usual_back), "since": second(since), "until": second(at)}
    rows = reader.ask(question("judging"), bounds)
    if not rows:
        return {}
    calls = {tuple(row[:3]): (row[3], row[4]) for row in reader.ask(question("calls_before_and_now"), bounds)}
    found: dict[Group, Judging] = {}
    for project, environment, service, evaluator, attempts, failed, usual, reason, newest, gap in rows:
        now, before = calls.get((project, environment, service), (0, 0))
        found[Group(project, environment, service, f"scores {evaluator}")] = Judging(
            attempts=attempts,
            failed=failed,
            reason=reason,
            calls=now,
            usual_attempts=usual,
            usual_calls=before,
            newest=of_epoch(newest) if newest else None,
            gap_p99=timedelta(seconds=gap or 0),
        )
    return found


ANSWER = Answer(AskJudging, _answer)
