"""What alarms are told of runs: those that loop or spend, from real spans, also when the root has not come."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.store.opened import START, Opened
from tests.store.told import FRAMEWORK, OWN, Told, body_of

from tocsin.model.alarm import Group
from tocsin.model.run import BusyRun, BusyRuns, RunHabit, RunHabits
from tocsin.model.usage import Usage

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LOOPING = 0x7F3A << 112
ASK = BusyRuns()


def tool(trace: int, span: int, at: timedelta, *, arguments: str | None = "{}", **more: str) -> Told:
    """Return a call of the tool `search`."""
    said = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
    if arguments is not None:
        said["gen_ai.tool.call.arguments"] = arguments
    return Told(
        trace=trace, span=span, parent=9_999, at=at, took=SECOND / 2, call=False, name="execute_tool search",
        more={**said, **more},
    )  # fmt: skip


def model(trace: int, span: int, at: timedelta, tokens: int = 2_000, **more: str) -> Told:
    """Return a call of a model, with a price."""
    return Told(
        trace=trace, span=span, parent=9_999, at=at, usage=Usage(tokens, output_tokens=100), tenant="acme",
        agent="researcher", more=more,
    )  # fmt: skip


def root(trace: int, until: timedelta) -> Told:
    return Told(trace=trace, span=9_999, took=until, call=False, scope=OWN, name="POST /ask")


def asked(store: Opened, project: str, at: datetime, ask: BusyRuns = ASK) -> dict[str, BusyRun]:
    """Return the busy runs of a project by subject."""
    found = store.evidence.facts(ask, at).items()
    return {group.subject: run for group, run in found if group.project == project and isinstance(run, BusyRun)}


@pytest.fixture(scope="module")
def looping(store: Opened) -> tuple[Opened, str]:
    """Return the store with a run that loops for nine minutes and one that is well, both without their roots."""
    project = store.project()
    spans = [
        told
        for n in range(60)
        for told in (
            model(LOOPING, 2 * n + 1, n * 9 * SECOND),
            tool(LOOPING, 2 * n + 2, n * 9 * SECOND + 4 * SECOND, arguments="the same" if n % 2 else f"other {n}"),
        )
    ]
    spans += [model(1 << 112, 1, 30 * SECOND), tool(1 << 112, 2, 40 * SECOND)]
    store.insert(project, [body_of(spans)])
    store.settle()
    return store, project


def test_a_run_that_loops_is_told_while_its_root_has_not_come(looping: tuple[Opened, str]) -> None:
    store, project = looping
    found = asked(store, project, START + 9 * MINUTE)
    assert list(found) == ["run 7f3a0000"]
    run = found["run 7f3a0000"]
    assert (run.model_calls, run.tool_calls, run.ended) == (60, 60, False)
    assert (run.repeated, run.repeats) == ("search", 30)
    assert (run.agent, run.tenant) == ("researcher", "acme")
    assert run.started == START
    assert run.newest == START + 59 * 9 * SECOND + 4.5 * SECOND


def test_what_a_run_did_lately_is_told_apart_from_what_it_did(looping: tuple[Opened, str]) -> None:
    store, project = looping
    run = asked(store, project, START + 9 * MINUTE)["run 7f3a0000"]
    # Calls that ended in [7 min, 9 min): one every nine seconds.
    lately = sum(7 * MINUTE <= n * 9 * SECOND + SECOND < 9 * MINUTE for n in range(60))
    assert run.tokens_lately == lately * 2_100
    assert run.usd > 0
    assert run.usd_lately == pytest.approx(run.usd * lately / 60)


def test_a_run_is_told_as_of_the_moment_that_is_asked_about(looping: tuple[Opened, str]) -> None:
    store, project = looping
    run = asked(store, project, START + 3 * MINUTE)["run 7f3a0000"]
    assert run.model_calls == sum(n * 9 * SECOND + SECOND < 3 * MINUTE for n in range(60))
    assert asked(store, project, START + 20 * MINUTE) == {}, "nothing ended lately"


def test_a_run_that_spends_is_not_lost_behind_agents_that_call_many_tools(store: Opened) -> None:
    """Of each reason so many runs are looked at: what is usual for agents must not hide what is too much."""
    project = store.project()
    usual = [tool(n << 96, m + 1, m * SECOND) for n in range(1, 121) for m in range(12)]
    store.insert(project, [body_of([*usual, model(LOOPING, 1, 10 * SECOND, tokens=60_000)])])
    store.settle()
    assert asked(store, project, START + MINUTE)["run 7f3a0000"].tokens_lately == 60_100


def test_spans_that_are_sent_again_count_once(store: Opened) -> None:
    project = store.project()
    spans = [tool(LOOPING, n + 1, n * SECOND, arguments="x") for n in range(6)]
    for _ in range(3):
        store.insert(project, [body_of(spans)])
        store.settle()
    run = asked(store, project, START + MINUTE)["run 7f3a0000"]
    assert (run.tool_calls, run.repeats) == (6, 6)


def test_a_run_has_ended_once_its_root_has_come(store: Opened) -> None:
    project = store.project()
    store.insert(project, [body_of([tool(LOOPING, n + 1, n * SECOND) for n in range(6)])])
    store.settle()
    assert not asked(store, project, START + MINUTE)["run 7f3a0000"].ended
    store.insert(project, [body_of([root(LOOPING, 30 * SECOND)])])
    store.settle()
    assert asked(store, project, START + MINUTE)["run 7f3a0000"].ended


def test_tools_that_do_not_say_their_arguments_repeat_nothing(store: Opened) -> None:
    """Content is often not sent: then nobody knows whether two calls are alike."""
    project = store.project()
    store.insert(project, [body_of([tool(LOOPING, n + 1, n * SECOND, arguments=None) for n in range(20)])])
    store.settle()
    run = asked(store, project, START + MINUTE)["run 7f3a0000"]
    assert (run.tool_calls, run.repeats, run.repeated) == (20, 0, "")


def test_a_call_that_two_instrumentations_tell_of_is_one_step(store: Opened) -> None:
    project = store.project()
    spans: list[Told] = []
    for n in range(20):
        outer = model(LOOPING, 2 * n + 1, n * SECOND)
        spans += [
            replace(outer, scope=FRAMEWORK),
            Told(trace=LOOPING, span=2 * n + 2, parent=2 * n + 1, at=n * SECOND, took=SECOND / 2, usage=outer.usage),
        ]
    store.insert(project, [body_of(spans)])
    store.settle()
    assert asked(store, project, START + MINUTE)["run 7f3a0000"].model_calls == 20


def test_a_run_stays_with_the_service_of_its_first_step(store: Opened) -> None:
    """The gateway's span ends last and began first: the run must not move to it when it comes."""
    project = store.project()
    store.insert(project, [body_of([tool(LOOPING, n + 1, n * SECOND) for n in range(6)])])
    store.settle()
    gateway = Told(
        trace=LOOPING, span=9_999, took=30 * SECOND, call=False, scope=OWN, name="POST /ask", service="gateway"
    )
    store.insert(project, [body_of([gateway])])
    store.settle()
    (group,) = [group for group in store.evidence.facts(ASK, START + MINUTE) if group.project == project]
    assert group == Group(project, "production", "app", "run 7f3a0000")


def test_habits_are_told_by_service_of_runs_that_ended(store: Opened) -> None:
    project = store.project()
    spans: list[Told] = []
    for n in range(1, 101):
        trace = n << 96
        spans += [model(trace, 1, n * SECOND, tokens=100 * n), tool(trace, 2, n * SECOND)]
        if n <= 90:
            spans.append(root(trace, (n + 10) * SECOND))
    store.insert(project, [body_of(spans)])
    store.settle()
    found = store.evidence.facts(RunHabits(), START + 30 * MINUTE)
    habit = found[Group(project, "production", "app")]
    assert isinstance(habit, RunHabit)
    assert (habit.runs, habit.rootless, habit.steps_p99) == (100, 10, 2)
    assert habit.took_p99 == 100 * SECOND
    assert habit.tokens_p99 == 10_100
    assert habit.usd_median > 0
