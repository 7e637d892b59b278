"""Public faults of other alarm engines, and the test here that would find each.

The table is a beginning: a report that is not in it has not been looked for yet.
"""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
RESTART = "alarms/test_watch.py::test_a_restart_in_the_middle_of_anything_changes_nothing"
OUTBOX = "control/test_outbox.py::test_the_outbox_survives_a_restart"

FOUND_BY = {
    "prometheus/prometheus#422": RESTART,
    "prometheus/prometheus#15175": RESTART,
    "prometheus/alertmanager#2111": (
        "deliver/test_deliver.py::test_a_webhook_that_answers_429_gets_the_notice_when_it_said"
    ),
    "elastic/kibana#76908": ("notify/test_pagerduty.py::test_a_fire_triggers_and_its_end_resolves_the_same_key"),
    "prometheus/alertmanager#878": (
        "control/test_outbox.py::test_a_resolve_does_not_go_to_a_channel_that_never_got_the_fire"
    ),
    "prometheus/alertmanager#2896": (
        "alarms/test_telling.py::test_a_silence_that_is_over_tells_at_the_next_tick_what_still_goes_on"
    ),
    "prometheus/alertmanager#226": (
        "alarms/test_telling.py::test_an_end_is_told_under_a_silence_where_the_beginning_was"
    ),
    "grafana/grafana#68162": OUTBOX,
    "grafana/alerting#156": OUTBOX,
    "klen/graphite-beacon#109": ("notify/test_pagerduty.py::test_a_fire_triggers_and_its_end_resolves_the_same_key"),
}


@pytest.mark.parametrize("report", FOUND_BY)
def test_the_test_that_would_find_a_public_fault_exists(report: str) -> None:
    file, name = FOUND_BY[report].split("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    names = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert name in names
