"""Budgets of failed calls: what fires, what never can, and what is said."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.alarms.test_kinds import FIRING, NOW, QUIET, evidence, failing
from tests.alarms.world import DAY, HOUR, MINUTE

from tocsin.alarms import burning
from tocsin.alarms.kinds import error_budget
from tocsin.alarms.pack import pack
from tocsin.model.alarm import Judgement, Severity, Standing, Verdict
from tocsin.model.parts import Parts
from tocsin.model.problem import BadSetting
from tocsin.model.rhythm import Rhythm

SETTINGS = error_budget.Settings()
MONTH = 30 * DAY
# A month of 100,000 calls, half of a percent of which failed, and nothing wrong lately.
HEALTHY: Mapping[timedelta, Parts] = {
    5 * MINUTE: failing(20, 0),
    30 * MINUTE: failing(100, 0),
    HOUR: failing(200, 1),
    2 * HOUR: failing(400, 2),
    6 * HOUR: failing(1200, 6),
    DAY: failing(4000, 20),
    3 * DAY: failing(10_000, 50),
    MONTH: failing(100_000, 500),
}
KNOWN_LONG = Rhythm(NOW - 40 * DAY, 20_000, MINUTE, ())


def burn(changes: Mapping[timedelta, Parts], standing: Standing = QUIET) -> Judgement:
    known = replace(evidence({**HEALTHY, **changes}), rhythm=KNOWN_LONG)
    return error_budget.judge(SETTINGS, known, standing)


def test_a_service_within_its_budget_is_well() -> None:
    assert burn({}).verdict is Verdict.OK


def test_a_burn_of_six_for_six_hours_is_a_page_and_says_when_the_budget_is_gone() -> None:
    found = burn({6 * HOUR: failing(1200, 115), 30 * MINUTE: failing(100, 10), MONTH: failing(100_000, 587)})
    assert (found.verdict, found.severity, found.window) == (Verdict.BREACH, Severity.PAGE, 6 * HOUR)
    assert found.finding == "month's error budget gone in 31 h (burn 9.6)"
    assert found.note == "11.5% of it used since 03:00 UTC, 58.7% in 30 days"
    assert (found.value, found.threshold) == (pytest.approx(115 / 1200), pytest.approx(0.06))


def test_a_budget_that_is_used_up_is_called_gone() -> None:
    found = burn({DAY: failing(4000, 156), 2 * HOUR: failing(400, 20), MONTH: failing(100_000, 1200)})
    assert (found.verdict, found.severity) == (Verdict.BREACH, Severity.TICKET)
    assert found.finding == "month's error budget is gone (burn 3.9)"


def test_a_burn_that_is_over_does_not_fire() -> None:
    assert burn({6 * HOUR: failing(1200, 115)}).verdict is Verdict.OK


def test_an_empty_short_window_fires_nothing_and_ends_nothing() -> None:
    windows = {6 * HOUR: failing(1200, 115), DAY: failing(4000, 115), 30 * MINUTE: Parts()}
    assert burn(windows).verdict is Verdict.OK
    assert burn(windows, FIRING).verdict is Verdict.NO_DATA


def test_one_failure_is_no_burn_however_few_calls_there_were() -> None:
    """One error pages (pyrra#1925)."""
    one = {length: failing(4, 1) for length in HEALTHY if length <= 6 * HOUR}
    assert burn(one).verdict is Verdict.OK


def test_ten_failures_in_a_day_of_few_calls_are_a_page() -> None:
    """Eight days at 90 % failures, unpaged (vonrobak/fedora-homelab-containers#165)."""
    few = {length: Parts() for length in HEALTHY if length < 6 * HOUR}
    found = burn({**few, 6 * HOUR: failing(3, 3), DAY: failing(12, 11), 3 * DAY: failing(36, 33)})
    assert (found.verdict, found.severity, found.window) == (Verdict.BREACH, Severity.PAGE, DAY)
    ended = burn({**few, 6 * HOUR: failing(3, 0), DAY: failing(12, 11), 3 * DAY: failing(36, 33)})
    assert ended.verdict is Verdict.OK


def test_what_holds_an_alarm_open_makes_it_no_louder() -> None:
    eased = {6 * HOUR: failing(1200, 60), 30 * MINUTE: failing(100, 5)}
    assert burn(eased).verdict is Verdict.OK
    found = burn(eased, FIRING)
    assert (found.verdict, found.severity) == (Verdict.BREACH, Severity.TICKET)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"objective": 0.9, "tiers": ["1h/5m x14.4 page"]}, 'tiers: "1h/5m x14.4 page" can never fire with objective'),
        ({"tiers": ["6h x6"]}, 'tiers: "6h x6" is no tier; write it as in "6h/30m x6 page"'),
        ({"tiers": ["30m/6h x6 page"]}, "the first window must be the longer one, of 30d at most"),
        ({"tiers": ["1h/30s x6 page"]}, "windows are whole minutes, the short one of 5m at least"),
        ({"objective": 99}, "objective must lie between 0 and 1, both excluded (0.99 is 99%); got 99"),
        ({"objective": 0.4}, "objective = 0.4 is too low for any tier to fire"),
    ],
)
def test_a_tier_that_can_never_fire_is_refused(table: dict[str, object], said: str) -> None:
    with pytest.raises(BadSetting) as told:
        pack({"error_budget": table})
    assert said in str(told.value.faults[0])


def test_of_the_standard_tiers_those_are_used_that_can_fire() -> None:
    loose = [str(tier) for tier in burning.tiers_of(error_budget.Settings(objective=0.9))]
    assert loose == ["6h/30m x6 page", "1d/2h x3 ticket", "3d/6h x1 ticket"]
    assert len(burning.tiers_of(SETTINGS)) == 4


def test_tiers_are_asked_for_with_the_month() -> None:
    mine = error_budget.Settings(objective=0.999, tiers=("2h/10m x10 page",))
    lengths = error_budget.needs(mine).windows
    assert {10 * MINUTE, 2 * HOUR, MONTH} <= set(lengths)
    assert list(lengths) == sorted(lengths)
