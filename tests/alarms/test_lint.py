"""What is wrong with alarms: each finding from a configuration or data that really have the fault."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from tests.alarms.world import APP, DAY, HOUR, MEASURES, MINUTE, START, Traffic, series_of, worse

from tocsin.alarms.kind import Alarm
from tocsin.alarms.lint import Finding, Known, Level, inert, judged_once, of_data, of_settings, unmatched
from tocsin.alarms.pack import DEFAULT, pack
from tocsin.alarms.series import Series, SeriesSource
from tocsin.model.alarm import Group, Verdict
from tocsin.model.parts import Parts
from tocsin.model.sketch import Sketch

WELL = Traffic(4)
AT = START + 3 * DAY


def known_of(alarms: tuple[Alarm, ...], series: Mapping[Group, Series]) -> Known:
    said, rhythms = judged_once(alarms, SeriesSource(series), MEASURES, "default", AT)
    return Known(said, {group: Parts.merged(one.rows) for group, one in series.items()}, rhythms)


def found_in(table: dict[str, Any], *stretches: tuple[Traffic, timedelta]) -> list[Finding]:
    alarms = pack({"errors_fast": table} if table else {})
    series = {APP: series_of(Random(5), *stretches)}
    return of_data(alarms, known_of(alarms, series), MEASURES)


def about(found: list[Finding], where: str) -> list[Finding]:
    return [one for one in found if one.where.startswith(where)]


def test_the_default_pack_has_nothing_wrong_with_it() -> None:
    assert of_settings(DEFAULT) == []
    assert of_settings(pack({"cost_run_rate": {"monthly_budget": "20000 USD"}})) == []


SETTINGS: Mapping[str, tuple[dict[str, dict[str, Any]], Level, str, str]] = {
    "a hold longer than a silence can last": (
        {"no_data": {"silence_min": "6d", "hold": "2d"}},
        Level.ERROR,
        "[alarms.no_data] hold",
        "can never fire: after 7d of silence a service counts as retired, and silence_min and hold together are 8d",
    ),
    "a silence longer than anything is remembered": (
        {"no_data_global": {"silence_min": "8d", "retired_after": "30d"}},
        Level.ERROR,
        "[alarms.no_data_global] hold",
        "can never fire: after 7d of silence",
    ),
    "a hold longer than every window": (
        {"model_swap": {"hold": "3h"}},
        Level.WARNING,
        "[alarms.model_swap] hold",
        "is 3h, longer than the longest window, 15m",
    ),
    "a limit above what is counted": (
        {"latency_drift": {"learning_p95_max": "48h"}},
        Level.ERROR,
        "[alarms.latency_drift] learning_p95_max",
        "is 2d, and no call counts as longer than 1d",
    ),
    "a floor above the budget": (
        {"cost_run_rate": {"monthly_budget": "100 USD"}},
        Level.WARNING,
        "[alarms.cost_run_rate] floor_hourly",
        "is 5 USD an hour; a month's budget of 100 USD is gone before a day of that is over",
    ),
    "nobody told of silence": (
        {"no_data": {"enabled": False}},
        Level.WARNING,
        "[alarms.no_data]",
        "is off, so nobody is told when a service goes silent",
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_can_not_be_meant_are_found(name: str) -> None:
    tables, level, where, what = SETTINGS[name]
    (found,) = of_settings(pack(tables))
    assert (found.level, found.where) == (level, where)
    assert found.what.startswith(what)
    assert found.do


def test_a_limit_over_all_calls_is_found_where_failing_is_usual() -> None:
    """Two of five calls fail every day: three times that is no share of anything."""
    (found,) = about(found_in({}, (worse(WELL, failing=0.4), 3 * DAY)), "[alarms.errors_fast]")
    assert found.level is Level.ERROR
    assert found.what.startswith("can never fire for app (production): its limit is 1")
    assert "is usual there" in found.what


def test_windows_shorter_than_the_pace_of_the_calls_are_found() -> None:
    found = found_in({}, (Traffic(1 / 10), 3 * DAY))
    (swap,) = about(found, "[alarms.model_swap]")
    assert swap.level is Level.WARNING
    assert swap.what.startswith("looks at 15m at most, and app (production) has gaps of ")
    assert about(found, "[alarms.errors_fast]") == []


def test_a_judge_that_breaks_is_an_error() -> None:
    alarms = DEFAULT
    series = {APP: series_of(Random(5), (WELL, 3 * DAY))}
    known = known_of(alarms, series)
    key = ("errors_fast", APP)
    broken = replace(known.judgements[key], verdict=Verdict.FAILED, note="ZeroDivisionError: division by zero")
    known = replace(known, judgements={**known.judgements, key: broken})
    (found,) = about(of_data(alarms, known, MEASURES), "[alarms.errors_fast]")
    assert (found.level, found.what) == (
        Level.ERROR,
        "can't judge app (production): ZeroDivisionError: division by zero",
    )


def test_an_alarm_whose_data_never_came_is_inert_and_says_why() -> None:
    """No stream, no first token: nothing to drift."""
    plain = Series(START)
    for parts in series_of(Random(5), (WELL, 3 * DAY)).rows:
        plain.append(replace(parts, ttft=Sketch()))
    known = known_of(DEFAULT, {APP: plain})
    (ttft,) = [alarm for alarm in DEFAULT if alarm.name == "ttft_drift"]
    assert inert(ttft, known, MEASURES) == "no call of the last 28 days tells anything about time to first token p95"
    (found,) = about(of_data(DEFAULT, known, MEASURES), "[alarms.ttft_drift]")
    assert found.what.startswith("is inert: ")
    (latency,) = [alarm for alarm in DEFAULT if alarm.name == "latency_drift"]
    assert inert(latency, known, MEASURES) == ""


def test_without_a_call_nothing_is_said_of_data() -> None:
    assert of_data(DEFAULT, Known({}, {}, {}), MEASURES) == []


def test_one_service_under_many_names_is_found() -> None:
    names = [f"chat-7f9c4d{n}b1-x{n}zk9" for n in range(6)]
    parts = {Group("default", "production", name): Parts(calls=5) for name in (*names, "chat", "search-v2")}
    (found,) = about(of_data((), Known({}, parts, {}), MEASURES), "service.name")
    assert found.what.startswith("6 services differ in a number or an id only (chat-7f9c4d0b1-x0zk9, ")
    assert about(of_data((), Known({}, dict.fromkeys([APP], Parts(calls=1)), {}), MEASURES), "service.name") == []


def test_names_that_fit_nothing_are_found_with_the_nearest() -> None:
    (found,) = unmatched("[channels.chat] services", ["chekout", "check*"], ["checkout", "search"])
    assert found.what == '"chekout" fits nothing in the calls of the last 28 days'
    assert found.do == "did you mean checkout?"


def test_what_many_services_share_is_told_of_some_and_counted() -> None:
    series = {
        Group("default", "production", name): series_of(Random(5), (Traffic(1 / 40), 3 * DAY))
        for name in "abcdefghijklmnopqrstuvwxyz"
    }
    found = about(of_data(DEFAULT, known_of(DEFAULT, series), MEASURES), "[alarms.model_swap]")
    assert len(found) == 21
    assert found[-1].what == "6 services more have what stands above"


def test_looking_leaves_no_trace_in_the_series() -> None:
    series = {APP: series_of(Random(5), (WELL, 3 * DAY))}
    assert known_of(DEFAULT, series) == known_of(DEFAULT, series)
    assert series[APP].window(AT, HOUR) == Parts.merged(series[APP].rows[-60:])
    assert series[APP].end == AT
    assert MINUTE * len(series[APP].rows) == 3 * DAY
