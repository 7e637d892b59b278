"""Runaway runs: each limit by itself, habit, and what is said."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.alarms.world import APP, MEASURES, MINUTE, NO_USUAL, START

from tocsin.alarms.evidence import Evidence
from tocsin.alarms.kinds import runaway
from tocsin.model.alarm import Judgement, Phase, Severity, Standing, Verdict
from tocsin.model.run import BusyRun, RunHabit

NOW = START + 60 * MINUTE
DEFAULT = runaway.Settings()
QUIET = Standing(Phase.QUIET, START)
# Busy, and under every limit.
RUN = BusyRun(
    trace_id="7f3a90b2" + "0" * 24,
    agent="researcher",
    tenant="acme",
    started=NOW - 9 * MINUTE,
    newest=NOW,
    ended=False,
    model_calls=9,
    tool_calls=20,
    tokens_lately=50_000,
    usd_lately=2.0,
    usd=5.0,
    repeated="search",
    repeats=4,
)
HABIT = RunHabit(runs=300, rootless=0, took_p99=MINUTE, steps_p99=4, tokens_p99=2_000, usd_median=0.1)


def judged(run: BusyRun, habit: RunHabit | None = None) -> Judgement:
    evidence = Evidence(
        group=APP.named("run 7f3a90b2"),
        at=NOW,
        until=NOW,
        windows={},
        usual=NO_USUAL,
        rhythm=None,
        last_seen=NOW,
        project_seen=NOW,
        up_since=START,
        changed=None,
        measures=MEASURES,
        facts={DEFAULT.ask: run, **({runaway.HABITS: habit} if habit else {})},
    )
    return runaway.judge(DEFAULT, evidence, QUIET)


def test_a_run_at_every_limit_and_over_none_is_well() -> None:
    assert judged(RUN).verdict is Verdict.OK


@pytest.mark.parametrize(
    "over",
    [
        replace(RUN, tokens_lately=50_001),
        replace(RUN, repeats=5),
        replace(RUN, model_calls=10),
        replace(RUN, usd=5.01),
    ],
    ids=["tokens", "repeats", "steps", "cost"],
)
def test_each_limit_is_enough_by_itself(over: BusyRun) -> None:
    found = judged(over)
    assert (found.verdict, found.severity) == (Verdict.BREACH, Severity.TICKET)


def test_what_is_usual_raises_limits_once_it_is_known_well() -> None:
    long = replace(RUN, model_calls=60, tokens_lately=190_000, usd=9.0)
    used_to_it = replace(HABIT, steps_p99=30, tokens_p99=20_000, usd_median=0.5)
    assert judged(long).verdict is Verdict.BREACH
    assert judged(long, used_to_it).verdict is Verdict.OK
    assert judged(long, replace(used_to_it, runs=299)).verdict is Verdict.BREACH


def test_what_is_usual_never_lowers_a_limit() -> None:
    assert judged(RUN, HABIT).verdict is Verdict.OK


def test_alike_calls_are_a_loop_whatever_is_usual() -> None:
    assert judged(replace(RUN, repeats=5), replace(HABIT, steps_p99=500)).verdict is Verdict.BREACH


@pytest.mark.parametrize("dear", [replace(RUN, usd=20.01), replace(RUN, usd=5.01, usd_lately=2.01)])
def test_money_that_runs_away_wakes_somebody(dear: BusyRun) -> None:
    assert judged(dear).severity is Severity.PAGE


def test_a_run_that_has_been_quiet_is_over() -> None:
    assert judged(replace(RUN, repeats=60, newest=NOW - timedelta(minutes=3))).verdict is Verdict.OK


def test_it_says_what_the_run_did_whose_it_is_and_what_to_do() -> None:
    loop = replace(RUN, tool_calls=143, repeats=61, usd=12.40)
    found = judged(loop)
    assert found.finding == "143 tool calls, same search 61 times, $12.40 in 9 min, still running"
    assert found.note.startswith("agent researcher, tenant acme; 61 calls alike, limit 5; 152 steps, limit 30; $12.40")
    assert found.note.endswith("stop it at the client: we only watch")
    over = judged(replace(loop, ended=True))
    assert over.finding.endswith("ended")
    assert "stop it" not in over.note


def test_long_names_leave_room_for_the_rest() -> None:
    found = judged(replace(RUN, repeats=5, repeated="x" * 500, agent="y" * 500))
    assert len(found.finding) < 160
    assert "still running" in found.finding
