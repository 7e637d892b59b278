"""The promise: `kill -9` at any moment loses nothing acknowledged, counts nothing twice, and no message is lost."""

from pathlib import Path

import pytest

from tocsin.bench.killed import Plan, run
from tocsin.bench.part import Ground
from tocsin.bench.sender import Spec

PLAN = Plan(
    kills=3,
    lives_s=(1.0, 4.0),
    failing=1,
    failing_s=45.0,
    load=Spec(port=0, connections=4, bodies=4, spans=32),
)


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_though_the_server_is_killed_under_load(tmp_path: Path) -> None:
    figures = run(Ground(tmp_path, tmp_path, quick=True, say=lambda _: None, hear=lambda _, __: None), PLAN)
    sent = figures["killed_spans_acknowledged"]
    assert isinstance(sent, int)
    assert sent >= 1_000, "it was killed while at work"
    assert {key: figures[key] for key in ("killed_lost_spans", "killed_double_spans", "killed_rollups_differ_by")} == {
        "killed_lost_spans": 0,
        "killed_double_spans": 0,
        "killed_rollups_differ_by": 0,
    }
    assert figures["killed_spans_unsure"] == 0, "every request was acknowledged in the end"
    assert (figures["messages_lost"], figures["messages_double"]) == (0, 0)
    assert figures["messages"] != 0, "the outage was told"
