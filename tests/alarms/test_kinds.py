"""Judges on evidence made by hand: what each rule says at its edges."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from tests.alarms.world import APP, DAY, HOUR, MEASURES, MINUTE, NO_USUAL, START

from tocsin.alarms.evidence import Evidence
from tocsin.alarms.kind import Cause, Kind, Scope, kinds
from tocsin.alarms.kinds import cost_run_rate, errors_fast, latency_drift, no_data, no_data_global
from tocsin.alarms.usual import Usual, gap_in_force, hours_wanted, longest_gap
from tocsin.model.alarm import Judgement, Patience, Phase, Severity, Standing, Verdict
from tocsin.model.parts import Parts
from tocsin.model.rhythm import Rhythm
from tocsin.model.sketch import Sketch
from tocsin.model.window import Window

NOW = START + 28 * DAY + 9 * HOUR
QUIET = Standing(Phase.QUIET, START)
FIRING = Standing(Phase.FIRING, START)
SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)


def evidence(windows: Mapping[timedelta, Parts], usual: Usual = NO_USUAL, at: datetime = NOW) -> Evidence:
    return Evidence(
        group=APP,
        at=at,
        until=at,
        windows=windows,
        usual=usual,
        rhythm=Rhythm(START, 10_000, MINUTE, tuple(START + n * HOUR for n in range(28 * 24 + 9))),
        last_seen=at,
        project_seen=at,
        up_since=START,
        changed=None,
        measures=MEASURES,
    )


def usual_of(parts: Parts, excluded: tuple[Window, ...] = (), **odd: Parts) -> Usual:
    """Make the same parts usual in every hour; `odd` by number of weeks back."""
    hours = dict.fromkeys(hours_wanted(NOW), parts)
    for weeks, other in odd.items():
        for hour in (NOW - HOUR, NOW):
            hours[hour - int(weeks.removeprefix("week")) * WEEK] = other
    return Usual(NOW, hours, START - 30 * DAY, excluded)


def failing(calls: int, failed: int) -> Parts:
    return Parts(calls=calls, failed=failed, errors=failed)


def took(*groups: tuple[int, float]) -> Parts:
    durations = [ms for n, ms in groups for _ in range(n)]
    return Parts(calls=len(durations), duration=Sketch.of(durations))


def errors(windows: Mapping[timedelta, Parts], usual: Usual = NO_USUAL, standing: Standing = QUIET) -> Judgement:
    return errors_fast.judge(errors_fast.Settings(), evidence(windows, usual), standing)


@pytest.mark.parametrize("name", [name for name, kind in kinds().items() if kind.scope is not Scope.SUBJECT])
@pytest.mark.parametrize("standing", [QUIET, FIRING])
def test_no_evidence_is_no_data_and_never_health(name: str, standing: Standing) -> None:
    kind: Kind = kinds()[name]
    nothing = replace(evidence({}), rhythm=None, last_seen=None, project_seen=None)
    assert kind.judge(kind.example or kind.settings(), nothing, standing).verdict is Verdict.NO_DATA


def _ends(kind: Kind) -> bool:
    """Whether its subjects come to an end; an evaluator that is silent is no better for it, and holds its alarm."""
    return kind.scope is Scope.SUBJECT and kind.cause is not Cause.QUALITY


@pytest.mark.parametrize("name", [name for name, kind in kinds().items() if _ends(kind)])
def test_a_subject_that_no_fact_names_any_more_is_over(name: str) -> None:
    """A run that ended or a budget that was taken out must not fire for ever."""
    kind: Kind = kinds()[name]
    assert kind.judge(kind.settings(), evidence({}), FIRING).verdict is Verdict.OK


@pytest.mark.parametrize("name", kinds())
def test_a_kind_says_what_it_means_and_where_it_has_it_from(name: str) -> None:
    module = __import__(f"tocsin.alarms.kinds.{name}", fromlist=["KIND"])
    assert module.__doc__
    assert module.__doc__.startswith(f"Alarm kind `{name}`: ")
    assert "Source: " in module.__doc__ or "ource: the" in module.__doc__


def test_four_failures_never_page_and_five_do() -> None:
    """One error must not page (pyrra#1925)."""
    assert errors({5 * MINUTE: failing(20, 4), 2 * MINUTE: failing(20, 4)}).verdict is Verdict.OK
    found = errors({5 * MINUTE: failing(20, 5), 2 * MINUTE: failing(20, 5)})
    assert found.verdict is Verdict.BREACH
    assert (found.value, found.threshold, found.bad, found.samples) == (0.25, 0.05, 5, 20)


def test_errors_that_are_over_no_longer_count() -> None:
    assert errors({5 * MINUTE: failing(100, 40), 2 * MINUTE: failing(40, 0)}).verdict is Verdict.OK


def test_at_low_traffic_the_window_widens_to_twenty_calls() -> None:
    windows = {2 * MINUTE: failing(1, 1), 5 * MINUTE: failing(2, 2), 30 * MINUTE: failing(6, 5), HOUR: failing(22, 6)}
    found = errors(windows)
    assert found.verdict is Verdict.BREACH
    assert found.window == HOUR


def test_a_service_that_fails_often_as_usual_is_left_alone() -> None:
    usual = usual_of(failing(1000, 40))
    assert errors({5 * MINUTE: failing(200, 20), 2 * MINUTE: failing(80, 8)}, usual).verdict is Verdict.OK
    found = errors({5 * MINUTE: failing(200, 60), 2 * MINUTE: failing(80, 24)}, usual)
    assert found.verdict is Verdict.BREACH
    assert found.threshold == pytest.approx(0.12)
    assert found.usual == pytest.approx(0.04)


def test_five_of_fifty_are_enough_where_failures_are_rare() -> None:
    windows = {5 * MINUTE: failing(50, 5), 2 * MINUTE: failing(20, 2)}
    assert errors(windows, usual_of(failing(1000, 2))).verdict is Verdict.BREACH
    assert errors(windows, usual_of(failing(1000, 12))).verdict is Verdict.OK


def test_a_full_outage_is_seen_in_seconds_and_needs_fifteen_of_patience() -> None:
    windows = {15 * SECOND: failing(30, 20), 2 * MINUTE: failing(400, 20), 5 * MINUTE: failing(1000, 20)}
    found = errors(windows)
    assert (found.verdict, found.window, found.bad) == (Verdict.BREACH, 15 * SECOND, 20)
    patience = Patience(hold=MINUTE, keep=10 * MINUTE)
    shorter = errors_fast.patience_with(errors_fast.Settings(), evidence(windows), found, patience)
    assert shorter == Patience(hold=15 * SECOND, keep=10 * MINUTE)


def test_a_burst_of_retries_is_no_full_outage() -> None:
    assert errors({15 * SECOND: failing(9, 9), 5 * MINUTE: failing(500, 9), 2 * MINUTE: failing(200, 9)}).verdict is (
        Verdict.OK
    )


def test_once_firing_errors_must_fall_under_the_lower_mark() -> None:
    windows = {5 * MINUTE: failing(100, 9), 2 * MINUTE: failing(40, 4)}
    assert errors(windows).verdict is Verdict.OK
    assert errors(windows, standing=FIRING).verdict is Verdict.BREACH


LATENCY = latency_drift.Settings()
FAST = took((900, 1000), (90, 2000), (10, 4000))


def latency(windows: Mapping[timedelta, Parts], usual: Usual = NO_USUAL, standing: Standing = QUIET) -> Judgement:
    return latency_drift.judge(LATENCY, evidence(windows, usual), standing)


def test_calls_as_slow_as_usual_are_no_breach_however_many() -> None:
    assert latency({15 * MINUTE: FAST}, usual_of(FAST)).verdict is Verdict.OK


def test_a_tail_that_grew_is_drift_and_the_quantile_says_by_how_much() -> None:
    found = latency({15 * MINUTE: took((70, 1000), (30, 6000))}, usual_of(FAST))
    assert found.verdict is Verdict.BREACH
    assert found.measure == "latency_p95"
    assert found.value == pytest.approx(6.0, rel=0.02)
    assert found.usual == pytest.approx(2.0, rel=0.02)
    assert (found.bad, found.samples, found.severity) == (30, 100, Severity.TICKET)


def test_three_times_and_ten_seconds_more_is_a_page() -> None:
    found = latency({15 * MINUTE: took((50, 1000), (50, 14_000))}, usual_of(FAST))
    assert (found.verdict, found.severity) == (Verdict.BREACH, Severity.PAGE)


def test_more_slow_calls_without_an_effect_that_matters_are_nothing() -> None:
    slightly = took((700, 1000), (300, 2160))
    assert latency({15 * MINUTE: slightly}, usual_of(FAST)).verdict is Verdict.OK


def test_nine_slow_calls_never_fire() -> None:
    """Sparse windows do not alarm on quantiles (getsentry/sentry#53577)."""
    assert latency({15 * MINUTE: took((9, 60_000), (5, 1000))}, usual_of(FAST)).verdict is Verdict.OK
    assert latency({15 * MINUTE: took((9, 60_000))}, usual_of(FAST)).verdict is Verdict.NO_DATA


def test_a_slow_spell_that_is_over_is_no_drift() -> None:
    windows = {15 * MINUTE: took((70, 1000), (30, 6000)), 5 * MINUTE: took((40, 1000))}
    assert latency(windows, usual_of(FAST)).verdict is Verdict.OK


def test_while_learning_only_the_static_limit_is_armed() -> None:
    found = latency({15 * MINUTE: took((50, 20_000))})
    assert (found.verdict, found.learning, found.threshold) == (Verdict.OK, True, 30.0)
    assert latency({15 * MINUTE: took((50, 40_000))}).verdict is Verdict.BREACH


def test_just_after_a_release_latency_is_given_ten_minutes() -> None:
    patience = Patience(hold=5 * MINUTE, keep=10 * MINUTE)
    said = Judgement(Verdict.BREACH, "latency_p95")
    fresh = replace(evidence({}), changed=NOW - 3 * MINUTE)
    old = replace(evidence({}), changed=NOW - 20 * MINUTE)
    assert latency_drift.patience_with(LATENCY, fresh, said, patience).hold == 10 * MINUTE
    assert latency_drift.patience_with(LATENCY, old, said, patience) == patience


def costing(usd: float, priced: int = 100, unpriced: int = 0) -> Parts:
    return Parts(calls=priced + unpriced, priced=priced, unpriced=unpriced, cost_usd=Decimal(str(usd)))


def cost(parts: Parts, usual: Usual = NO_USUAL, *, seen: datetime = NOW, standing: Standing = QUIET) -> Judgement:
    found = replace(evidence({HOUR: parts}, usual), last_seen=seen)
    return cost_run_rate.judge(cost_run_rate.Settings(), found, standing)


def test_twice_the_usual_cost_fires_and_says_against_what() -> None:
    found = cost(costing(48), usual_of(costing(11)))
    assert (found.verdict, found.value, found.usual, found.threshold) == (Verdict.BREACH, 48.0, 11.0, 22.0)
    assert cost(costing(21), usual_of(costing(11))).verdict is Verdict.OK


def test_cost_that_varies_from_week_to_week_needs_more_than_twice() -> None:
    usual = usual_of(costing(10), week1=costing(4), week2=costing(25), week3=costing(16))
    assert cost(costing(25), usual).verdict is Verdict.OK
    assert cost(costing(50), usual).verdict is Verdict.BREACH


def test_under_the_floor_no_factor_matters() -> None:
    assert cost(costing(4.9), usual_of(costing(0.1))).verdict is Verdict.OK


def test_one_enormous_call_is_enough() -> None:
    assert cost(costing(40, priced=2), usual_of(costing(1))).verdict is Verdict.BREACH
    assert cost(costing(6, priced=2), usual_of(costing(1))).verdict is Verdict.OK


def test_no_calls_cost_nothing_only_where_the_service_is_alive() -> None:
    """Zero rows is a value when the source lives (openobserve#10790)."""
    alive = cost(Parts(), usual_of(costing(11)))
    assert (alive.verdict, alive.value) == (Verdict.OK, 0.0)
    silent = cost(Parts(), usual_of(costing(11)), seen=NOW - HOUR, standing=FIRING)
    assert (silent.verdict, silent.value) == (Verdict.NO_DATA, None)


def test_calls_without_a_price_are_not_free() -> None:
    assert cost(costing(0, priced=0, unpriced=50)).verdict is Verdict.NO_DATA


def silence(settings: no_data.Settings, since: timedelta, **changes: object) -> Judgement:
    found = replace(evidence({}), last_seen=NOW - since, project_seen=NOW)
    return no_data.judge(settings, replace(found, **changes), QUIET)


def test_a_service_that_stops_is_told_with_its_last_span() -> None:
    found = silence(no_data.Settings(), 14 * MINUTE)
    assert (found.verdict, found.value, found.window) == (Verdict.BREACH, 0.0, 14 * MINUTE)
    assert found.note == "last span at 2026-03-30 08:46:00 UTC, usual gap at most 1 min; other services report"
    assert silence(no_data.Settings(), 9 * MINUTE).verdict is Verdict.OK


def test_the_time_since_the_last_span_is_told_in_health_too() -> None:
    assert silence(no_data.Settings(), 9 * MINUTE).window == 9 * MINUTE
    assert silence(no_data.Settings(), 9 * MINUTE, last_seen=None).window == timedelta(0)


def test_our_own_downtime_accuses_nobody() -> None:
    assert silence(no_data.Settings(), HOUR, up_since=NOW - 5 * MINUTE).verdict is Verdict.OK
    assert silence(no_data.Settings(), HOUR, up_since=NOW - MINUTE).verdict is Verdict.NO_DATA


def test_after_a_restart_a_silence_is_told_from_the_last_span_and_what_nobody_could_hear_beside_it() -> None:
    """It said "no data for 11 min", and pages the moment of our start as the time of the last call."""
    judged = silence(no_data.Settings(), 3 * HOUR, up_since=NOW - 11 * MINUTE)
    assert (judged.verdict, judged.window) == (Verdict.BREACH, 3 * HOUR)
    assert judged.note.startswith("last span at 2026-03-30 06:00:00 UTC (nobody listened until 08:49), usual gap")
    found = replace(evidence({}), project_seen=NOW - 3 * HOUR, up_since=NOW - 11 * MINUTE)
    judged = no_data_global.judge(no_data_global.Settings(), found, QUIET)
    assert (judged.verdict, judged.window) == (Verdict.BREACH, 3 * HOUR)
    assert judged.note.endswith("06:00:00 UTC (nobody listened until 08:49)")


def test_when_everything_is_silent_no_service_is_accused() -> None:
    assert silence(no_data.Settings(), 14 * MINUTE, project_seen=NOW - 14 * MINUTE).verdict is Verdict.NO_DATA


def test_a_silence_that_is_usual_at_this_hour_of_the_week_is_none() -> None:
    """A service that sleeps at night must not page every evening."""
    by_day = tuple(START + day * DAY + hour * HOUR for day in range(28) for hour in range(10, 18))
    rhythm = Rhythm(START, 5_000, MINUTE, by_day)
    night = replace(evidence({}), rhythm=rhythm, at=NOW - 4 * HOUR, project_seen=NOW - 4 * HOUR)
    asleep = replace(night, last_seen=NOW - 15 * HOUR)
    assert no_data.judge(no_data.Settings(), asleep, QUIET).verdict is Verdict.OK
    by_noon = replace(asleep, at=NOW + 3 * HOUR, project_seen=NOW + 3 * HOUR)
    assert no_data.judge(no_data.Settings(), by_noon, QUIET).verdict is Verdict.BREACH


def test_in_its_first_week_a_service_with_long_pauses_is_not_judged() -> None:
    young = Rhythm(NOW - 3 * DAY, 5_000, MINUTE, (NOW - 3 * DAY, NOW - 2 * DAY, NOW - DAY))
    assert silence(no_data.Settings(), HOUR, rhythm=young).verdict is Verdict.NO_DATA


def test_nothing_at_all_is_told_by_the_alarm_for_everything() -> None:
    found = replace(evidence({}), project_seen=NOW - 7 * MINUTE)
    judged = no_data_global.judge(no_data_global.Settings(), found, QUIET)
    assert judged.verdict is Verdict.BREACH
    assert judged.note == "last span from any service at 2026-03-30 08:53:00 UTC"


def test_the_hours_of_an_incident_are_left_out_of_the_usual() -> None:
    during = Window(NOW - 10 * HOUR, NOW - 5 * HOUR)
    hours = dict.fromkeys(hours_wanted(NOW)[:24], failing(100, 1))
    for n in range(6, 11):
        hours[NOW - n * HOUR] = failing(100, 90)
    measure = MEASURES["error_share"]
    without = Usual(NOW, hours, NOW - 2 * DAY, (during,))
    assert without.level(measure) == pytest.approx(0.01)
    assert (Usual(NOW, hours, NOW - 2 * DAY).level(measure) or 0) > 0.15


def test_one_bad_week_does_not_move_the_median_of_four() -> None:
    usual = usual_of(failing(200, 2), week2=failing(200, 190))
    assert usual.level(MEASURES["error_share"]) == pytest.approx(0.01)


@pytest.mark.parametrize(("known", "calls"), [(23 * HOUR, 1000), (3 * DAY, 10)])
def test_a_day_and_three_hundred_calls_are_needed_to_know_the_usual(known: timedelta, calls: int) -> None:
    usual = Usual(NOW, dict.fromkeys(hours_wanted(NOW), failing(calls, 1)), NOW - known)
    assert usual.learning
    assert usual.level(MEASURES["error_share"]) is None
    assert usual.hourly(MEASURES["cost_per_hour"]) == ()


def test_gaps_are_read_from_active_hours() -> None:
    hours = (START, START + HOUR, START + 10 * HOUR)
    assert longest_gap(hours) == 8 * HOUR
    assert gap_in_force(hours, START + 5 * HOUR) == 10 * HOUR
    assert gap_in_force(hours, START + HOUR + MINUTE) == timedelta(0)
    assert gap_in_force(hours, START + 20 * HOUR) == timedelta(0)
    assert gap_in_force((), START) == timedelta(0)
