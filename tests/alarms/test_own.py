"""Alarms of one's own: what is refused when it is written down, and what is judged at the edges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.alarms.test_kinds import NOW, QUIET, evidence, failing
from tests.alarms.world import APP, DAY, HOUR, MINUTE

from tocsin.alarms.kinds import absence, forecast, ratio, threshold
from tocsin.config import parse
from tocsin.model.added import Period
from tocsin.model.alarm import Verdict
from tocsin.model.parts import Parts
from tocsin.model.problem import BadSetting
from tocsin.model.rhythm import Rhythm

FIVE = 5 * MINUTE


def refused(kind: str, body: str) -> str:
    with pytest.raises(BadSetting) as told:
        parse(f'[alarms.mine]\nkind = "{kind}"\n{body}', "tocsin.toml", {})
    (fault,) = told.value.faults
    return str(fault)


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (
            "threshold",
            'measure = "latency_p59"\nabove = 1',
            'measure = "latency_p59" is not known; did you mean latency_p',
        ),
        ("threshold", 'measure = "latency_p95"', "above or below must be given, one of them; got neither"),
        (
            "threshold",
            'measure = "latency_p95"\nabove = 1\nbelow = 2',
            "above or below must be given, one of them; got both",
        ),
        ("threshold", "above = 1", "measure or metric must be given, one of them; got neither"),
        ("threshold", 'measure = "latency_p95"\nmetric = "q"\nabove = 1', "one of them; got both"),
        ("threshold", 'metric = "q"\nabove = 1\nwindow = "30s"', "window must be whole minutes, from 1m to 30d"),
        ("threshold", 'metric = "q"\nabove = 1\naggregate = "p42"', 'aggregate = "p42" is not known'),
        ("threshold", 'metric = "q"\nabove = 1\nwhere = { model = ["a"] }', "for a metric write attributes"),
        ("threshold", 'measure = "latency_p95"\nabove = 1\nwhere = { modl = ["a"] }', "did you mean model?"),
        ("threshold", 'measure = "latency_p95"\nabove = 1\nrecover = 2', "recover must lie on the healthy side of 1"),
        ("ratio", 'bad = "faild"\nof = "calls"\nabove = 0.1', 'bad = "faild" is no count; did you mean failed?'),
        ("ratio", 'bad = "calls"\nof = "calls"\nabove = 0.1', "bad and of are both calls"),
        ("burn_rate", 'objective = 0.9\ntiers = ["1h/5m x14.4 page"]', "can never fire with objective = 0.9"),
        ("burn_rate", 'objective = 0.9\nmeasure = "latency_p95"', "is no share of calls"),
        ("burn_rate", "", "objective is missing and has no default"),
        ("absence", 'silence = "30s"', "silence must be whole minutes, from 1m to 7d"),
        ("forecast", 'measure = "error_share"\nlimit = 3', 'measure = "error_share" does not add up to anything'),
        ("forecast", 'measure = "cost_per_hour"\nlimit = 0', "limit must be more than 0; got 0"),
        ("change", 'metric = "q"', "metric and where have no usual level"),
        ("change", 'measure = "latency_p95"\nfactor = 1', "factor must be 1.05 or more; got 1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(kind: str, body: str, said: str) -> None:
    assert said in refused(kind, body)


def test_too_few_calls_say_nothing() -> None:
    settings = threshold.Settings(measure="error_share", above=0.2, samples_min=20)
    assert threshold.judge(settings, evidence({FIVE: failing(19, 19)}), QUIET).verdict is Verdict.NO_DATA
    assert threshold.judge(settings, evidence({FIVE: failing(20, 19)}), QUIET).verdict is Verdict.BREACH


def test_fewer_than_one_call_is_a_number_where_the_source_lives() -> None:
    """Zero rows is a value when the source lives (openobserve#10790)."""
    settings = threshold.Settings(measure="calls_per_minute", below=1.0)
    assert threshold.judge(settings, evidence({}), QUIET).verdict is Verdict.BREACH
    deaf = replace(evidence({}), up_since=NOW - MINUTE)
    assert threshold.judge(settings, deaf, QUIET).verdict is Verdict.NO_DATA


def test_a_ratio_of_few_calls_is_not_sure() -> None:
    settings = ratio.Settings(bad="failed", of="calls", above=0.3)
    quarter = timedelta(minutes=15)
    assert ratio.judge(settings, evidence({quarter: failing(10, 5)}), QUIET).verdict is Verdict.OK
    found = ratio.judge(settings, evidence({quarter: failing(100, 50)}), QUIET)
    assert (found.verdict, found.finding) == (Verdict.BREACH, "failed of calls 0.5, limit 0.3")


def test_our_own_downtime_is_nobodys_absence() -> None:
    settings = absence.Settings(silence=timedelta(minutes=30))
    silent = replace(evidence({}), last_seen=NOW - HOUR)
    assert absence.judge(settings, silent, QUIET).verdict is Verdict.BREACH
    assert absence.judge(settings, replace(silent, up_since=NOW - MINUTE), QUIET).verdict is Verdict.OK


def test_a_month_is_forecast_by_the_pace_of_the_week() -> None:
    settings = forecast.Settings(measure="cost_per_hour", limit=1000.0)
    spent = {
        forecast.WEEK: Parts(calls=700, priced=700, cost_usd=Decimal(350)),
    }
    facts = {settings.ask: Parts(calls=2000, priced=2000, cost_usd=Decimal(900))}
    known = replace(evidence(spent), rhythm=Rhythm(NOW - 40 * DAY, 700, MINUTE, ()), facts=facts)
    found = forecast.judge(settings, known, QUIET)
    assert found.verdict is Verdict.OK, "two days are left, of 50 USD each"
    more = replace(known, facts={settings.ask: Parts(calls=2000, priced=2000, cost_usd=Decimal(950))})
    found = forecast.judge(settings, more, QUIET)
    assert found.verdict is Verdict.BREACH
    assert found.finding.endswith(" USD by the end of the month, limit 1,000")


def test_a_period_is_of_the_calendar_and_half_open() -> None:
    at = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert Period.MONTH.around(at).until == datetime(2027, 1, 1, tzinfo=UTC)
    assert Period.MONTH.around(at).since == datetime(2026, 12, 1, tzinfo=UTC)
    assert Period.DAY.around(at).length == DAY


def test_an_alarm_watches_no_service_that_its_pattern_leaves_out() -> None:
    config = parse(
        '[alarms.mine]\nkind = "threshold"\nmeasure = "latency_p95"\nabove = 9\nservice = "checkout-*"', "", {}
    )
    mine = config.alarms[-1]
    assert mine.covers(replace(APP, service="checkout-eu"))
    assert not mine.covers(APP)
