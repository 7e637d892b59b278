"""What evaluators said, as alarms ask for it: from real log events."""

from datetime import datetime, timedelta

from tests.store.opened import ARRIVES, START, Opened
from tests.store.test_signals import logs, score

from tocsin.model.alarm import Group
from tocsin.model.received import Signal
from tocsin.model.scored import AskJudging, AskScores, Judging, Scored

MINUTE = timedelta(minutes=1)
ASK = AskScores(back=timedelta(days=200))
NAMELESS: dict[str, object] = {"gen_ai.response.id": None}


def nanos(at: datetime) -> int:
    return int(at.timestamp()) * 10**9


def scored(store: Opened, project: str, at: datetime = ARRIVES) -> dict[str, Scored]:
    told = store.evidence.facts(ASK, at)
    return {
        group.subject: fact for group, fact in told.items() if group.project == project and isinstance(fact, Scored)
    }


def test_scores_come_in_steps_by_evaluator_version_and_judge(store: Opened) -> None:
    project = store.project()
    named: dict[str, object] = {
        "gen_ai.evaluation.name": "faithfulness",
        "tocsin.evaluation.version": "2",
        "tocsin.evaluation.judge": "gpt-4o",
    }
    values = [(0, 1.0), (1, 0.0), (2, 1.0), (12, 1.0)]
    events = [
        score(
            {**NAMELESS, **named, "gen_ai.evaluation.score.value": value}, nanos(START + n * MINUTE), bytes([n + 1] * 8)
        )
        for n, value in values
    ]
    store.insert(project, [logs(*events)], Signal.LOGS)
    found = scored(store, project)
    (told,) = found.values()
    assert list(found) == ["evaluator faithfulness v2 by gpt-4o"]
    assert [(step.at - START, step.values, step.counts) for step in told.steps] == [
        (0 * MINUTE, (0.0, 1.0), (1, 2)),
        (10 * MINUTE, (1.0,), (1,)),
    ]


def test_labels_alone_are_passes_and_failures_and_failed_evaluations_are_neither(store: Opened) -> None:
    project = store.project()
    nothing: dict[str, object] = {**NAMELESS, "gen_ai.evaluation.score.value": None}
    said = [("Pass", None), ("FAIL", None), ("teal", None), (None, "timeout"), (None, None)]
    events = [
        score({**nothing, "gen_ai.evaluation.score.label": label, "error.type": error}, nanos(START), bytes([n] * 8))
        for n, (label, error) in enumerate(said, start=1)
    ]
    store.insert(project, [logs(*events)], Signal.LOGS)
    (told,) = scored(store, project).values()
    (step,) = told.steps
    assert (step.values, step.counts) == ((0.0, 1.0), (1, 1))


def test_a_score_sent_again_counts_once(store: Opened) -> None:
    project = store.project()
    for _ in range(3):
        store.insert(project, [logs(score(NAMELESS, nanos(START)))], Signal.LOGS)
    (told,) = scored(store, project).values()
    assert told.steps[0].scores == 1


def test_how_an_evaluator_works_is_told_now_and_before(store: Opened) -> None:
    project, at = store.project(), START + timedelta(days=3)
    failed: dict[str, object] = {
        **NAMELESS,
        "gen_ai.evaluation.score.value": None,
        "gen_ai.evaluation.score.label": None,
    }
    events = [score(NAMELESS, nanos(at - n * 10 * MINUTE), bytes([n] * 8)) for n in range(1, 9)]
    events += [
        score({**failed, "error.type": "rate_limit"}, nanos(at - n * MINUTE), bytes([100 + n] * 8)) for n in range(1, 4)
    ]
    store.insert(project, [logs(*events)], Signal.LOGS)
    told = {group: fact for group, fact in store.evidence.facts(AskJudging(), at).items() if group.project == project}
    ((group, fact),) = told.items()
    assert group.subject == "scores relevance"
    assert isinstance(fact, Judging)
    assert (fact.attempts, fact.failed, fact.reason, fact.usual_attempts) == (6, 3, "rate_limit", 5)
    assert fact.newest == at - 10 * MINUTE
    assert fact.gap_p99 == 10 * MINUTE
    assert group.unnamed == Group(project, group.environment, group.service)
