"""The default pack, and what a config may do to it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tocsin.alarms.kind import Scope, kinds
from tocsin.alarms.kinds import cost_run_rate, errors_fast, latency_drift, no_data, no_data_global
from tocsin.alarms.pack import DEFAULT, pack
from tocsin.model.problem import BadSetting
from tocsin.model.whole import is_whole, whole


def faults_of(overrides: dict[str, object]) -> list[str]:
    with pytest.raises(BadSetting) as told:
        pack(overrides)
    return [str(fault) for fault in told.value.faults]


def test_with_no_configuration_the_whole_pack_is_on() -> None:
    assert pack({}) == DEFAULT
    assert {alarm.name for alarm in DEFAULT} == {
        "no_data_global",
        "no_data",
        "errors_fast",
        "error_class_surge",
        "error_budget",
        "runaway",
        "cost_run_rate",
        "token_efficiency",
        "latency_drift",
        "ttft_drift",
        "bad_answers",
        "model_swap",
        "quality_drift",
        "judge_health",
        "pipeline",
    }


def test_every_kind_is_in_the_pack_and_listed_in_cause_order() -> None:
    of_the_pack = {id(kind) for kind in kinds().values() if kind.example is None}
    assert {id(alarm.kind) for alarm in DEFAULT} == of_the_pack, "what can do with its defaults is on by default"
    assert [alarm.kind.cause for alarm in DEFAULT] == sorted(alarm.kind.cause for alarm in DEFAULT)


def test_a_project_alarm_covers_the_whole_and_a_service_alarm_never_does() -> None:
    for alarm in DEFAULT:
        assert alarm.covers(whole("default")) is (alarm.kind.scope is Scope.PROJECT)
    assert is_whole(whole("default"))


def test_a_table_changes_settings_and_patience_and_leaves_the_rest_as_it_was() -> None:
    alarms = {one.name: one for one in pack({"ttft_drift": {"learning_p95_max": "9s", "hold": "10m", "title": "TTFT"}})}
    changed = alarms["ttft_drift"]
    assert changed.settings.learning_p95_max == timedelta(seconds=9)
    assert changed.settings.timing is latency_drift.Timing.TTFT
    assert changed.patience.hold == timedelta(minutes=10)
    assert changed.patience.keep == latency_drift.KIND.patience.keep
    assert changed.title == "TTFT"
    assert alarms["errors_fast"] == DEFAULT[2]


def test_money_and_shares_are_read_with_their_units() -> None:
    alarms = {
        one.name: one
        for one in pack({"cost_run_rate": {"monthly_budget": "5000 USD"}, "errors_fast": {"share_min": 0.1}})
    }
    assert alarms["cost_run_rate"].settings.monthly_budget == Decimal(5000)
    assert alarms["errors_fast"].settings.share_min == 0.1


def test_an_alarm_can_be_switched_off() -> None:
    assert "errors_fast" not in {one.name for one in pack({"errors_fast": {"enabled": False}})}


def test_an_alarm_of_your_own_names_its_kind() -> None:
    mine = pack({"strict": {"kind": "errors_fast", "share_min": 0.01, "hold": "30s"}})[-1]
    assert mine.name == "strict"
    assert mine.kind is errors_fast.KIND
    assert mine.patience.hold == timedelta(seconds=30)


def test_every_mistake_is_told_at_once_with_the_nearest_known_name() -> None:
    found = faults_of(
        {
            "errors_fast": {"share_mn": 0.1},
            "cost_run_rate": {"monthly_budget": 5000},
            "latency_drift": {"window": "15"},
            "eror_fast": {"share_min": 0.1},
            "mine": {"kind": "eror_fast"},
            "no_data": 3,
        }
    )
    assert found == [
        "[alarms.errors_fast]: share_mn is not a known key; did you mean share_min?",
        '[alarms.cost_run_rate]: monthly_budget = 5000 is not an amount of money; write it as "5000 USD"',
        '[alarms.latency_drift]: window = "15" is not a duration; give it a unit, as in "15s", "15m" or "15h"',
        (
            "[alarms.eror_fast]: eror_fast is not an alarm of the default pack (did you mean errors_fast?);"
            ' an alarm of your own needs a kind, as in kind = "errors_fast"'
        ),
        '[alarms.mine]: kind = "eror_fast" is not known; did you mean errors_fast?',
        "[alarms.no_data]: must be a table; found 3",
    ]


def test_an_alarm_of_the_pack_keeps_its_kind() -> None:
    assert faults_of({"errors_fast": {"kind": "no_data"}}) == [
        "[alarms.errors_fast]: kind can't be changed for errors_fast, an alarm of the default pack; leave it out"
    ]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (errors_fast, {"share_min": 0}),
        (errors_fast, {"share_min": 5}),
        (errors_fast, {"window": timedelta(0)}),
        (errors_fast, {"recent_window": timedelta(hours=1)}),
        (errors_fast, {"usual_factor": 0.5}),
        (errors_fast, {"recover_factor": 1.5}),
        (latency_drift, {"p95_share_min": 1}),
        (latency_drift, {"factor_min": 0.9}),
        (latency_drift, {"recent_window": timedelta(hours=1)}),
        (cost_run_rate, {"monthly_budget": Decimal(0)}),
        (cost_run_rate, {"floor_hourly": Decimal(0)}),
        (cost_run_rate, {"factor": 0.5}),
        (no_data, {"silence_min": timedelta(0)}),
        (no_data, {"retired_after": timedelta(minutes=5)}),
        (no_data_global, {"gap_factor": 0.1}),
        (no_data_global, {"retired_after": timedelta(minutes=5)}),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_what_was_found(kind: object, wrong: dict[str, object]) -> None:
    settings = kind.Settings  # type: ignore[attr-defined]
    (name,) = wrong
    with pytest.raises(ValueError, match=rf"{name}.*got"):
        settings(**wrong)
