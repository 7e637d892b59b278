"""Tokens a call and cache hits: how often health is called trouble, and what is said of trouble."""

from datetime import timedelta
from decimal import Decimal
from math import exp, sqrt
from random import Random

import pytest
from tests.alarms.world import APP, DAY, HOUR, MEASURES, MINUTE, START

from tocsin.alarms.pack import pack
from tocsin.alarms.replay import Replayed, replay
from tocsin.alarms.series import NO_PARTS, Series
from tocsin.model.parts import Parts
from tocsin.model.window import Window

# Sigma of the logarithm of tokens a call: the mean of a hundred is off by a sixth.
SIGMA = 1.0
# So many calls of a minute are drawn one by one; of more, their sum as the normal distribution has it.
ONE_BY_ONE_MAX = 30


def drawn(random: Random, calls: float, tokens: float, hits: float) -> Parts:
    """Draw a minute: lognormal prompts, of which a share of calls hits the cache for nine tenths."""
    n = 0
    at = random.expovariate(calls)
    while at < 1:
        n += 1
        at += random.expovariate(calls)
    if not n:
        return NO_PARTS
    middle = tokens / exp(SIGMA**2 / 2)
    if n <= ONE_BY_ONE_MAX:
        prompts = [round(middle * random.lognormvariate(0, SIGMA)) for _ in range(n)]
        cached = sum(round(0.9 * prompt) for prompt in prompts if random.random() < hits)
        total = sum(prompts)
    else:
        spread = tokens * sqrt((exp(SIGMA**2) - 1) / n)
        total = round(n * max(tokens / 2, random.gauss(tokens, spread)))
        cached = round(0.9 * total * min(1.0, max(0.0, random.gauss(hits, 2 * sqrt(hits * (1 - hits) / n)))))
    cost = Decimal(total - cached + round(0.1 * cached)).scaleb(-5)
    return Parts(calls=n, input_tokens=total, cached_tokens=cached, calls_with_usage=n, priced=n, cost_usd=cost)


def series(seed: int, per_hour: float, *stretches: tuple[timedelta, float, float]) -> Series:
    random, made = Random(seed), Series(START)
    for length, tokens, hits in stretches:
        for _ in range(length // MINUTE):
            made.append(drawn(random, per_hour / 60, tokens, hits))
    return made


def told(made: Series, since: timedelta, until: timedelta) -> Replayed:
    alarms = [one for one in pack({}) if one.name == "token_efficiency"]
    return replay(alarms, {APP: made}, MEASURES, Window(START + since, START + until))


@pytest.mark.slow
@pytest.mark.parametrize("hits", [0.15, 0.7])
@pytest.mark.parametrize("per_hour", [6, 60, 600, 6000])
def test_thirty_healthy_days_are_quiet(per_hour: int, hits: float) -> None:
    replayed = told(series(3, per_hour, (30 * DAY, 1500, hits)), DAY, 30 * DAY)
    assert replayed.firings == ()


def test_a_cache_that_no_longer_helps_is_told_with_what_it_costs() -> None:
    made = series(5, 600, (2 * DAY, 1500, 0.8), (3 * HOUR, 1500, 0.1))
    replayed = told(made, 2 * DAY, 2 * DAY + 3 * HOUR)
    (fired,) = replayed.firings
    assert fired.fired - START - 2 * DAY < 90 * MINUTE
    assert fired.judgement.finding.startswith("cache hits fell ")
    assert ", costs +" in fired.judgement.finding
    assert replayed.pages == 0


def test_calls_of_twice_the_tokens_are_told_within_two_hours() -> None:
    made = series(6, 600, (2 * DAY, 1500, 0.0), (3 * HOUR, 3000, 0.0))
    (fired,) = told(made, 2 * DAY, 2 * DAY + 3 * HOUR).firings
    assert fired.fired - START - 2 * DAY < 2 * HOUR
    assert fired.judgement.finding.startswith("tokens a call rose 1,")


def test_one_enormous_call_is_no_change_of_what_calls_take() -> None:
    made = series(7, 600, (2 * DAY, 1500, 0.0))
    made.append(Parts(calls=1, input_tokens=3_000_000, calls_with_usage=1))
    random = Random(8)
    for _ in range(180):
        made.append(drawn(random, 10, 1500, 0.0))
    assert told(made, 2 * DAY, 2 * DAY + 3 * HOUR).firings == ()
