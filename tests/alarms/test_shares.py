"""Alarms on shares: healthy services leave them quiet, sick ones are told soon, and a filter that is off is noticed."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from statistics import median

import pytest
from tests.alarms.test_kinds import NOW, evidence
from tests.alarms.world import APP, DAY, HOUR, MEASURES, MINUTE, START

from tocsin.alarms.pack import pack
from tocsin.alarms.replay import replay
from tocsin.alarms.series import Series
from tocsin.model.alarm import Phase, Severity, Standing, Verdict
from tocsin.model.dimension import ErrorType
from tocsin.model.parts import Parts
from tocsin.model.served import AskServed, Served
from tocsin.model.signs import Sign, Signs, of_error
from tocsin.model.window import Window

NAMES = ("error_class_surge", "bad_answers", "model_swap")
ALARMS = [one for one in pack({}) if one.name in NAMES]
# What a healthy service shows, as shares of its calls.
HEALTHY = {
    of_error(ErrorType.TIMEOUT): 0.002,
    of_error(ErrorType.RATE_LIMIT): 0.003,
    of_error(ErrorType.INVALID_REQUEST): 0.001,
    of_error(ErrorType.CONTENT_FILTER): 0.001,
    Sign.CUT_SHORT: 0.03,
    Sign.EMPTY: 0.002,
    Sign.REFUSED: 0.005,
    Sign.SWAPPED: 0.01,
}


def some_calls(random: Random, per_minute: float, shares: dict[str, float]) -> Parts:
    """Draw a minute's calls, each showing at most one thing."""
    n, at = 0, random.expovariate(per_minute)
    while at < 1:
        n, at = n + 1, at + random.expovariate(per_minute)
    shown = random.choices([*shares, ""], [*shares.values(), 1 - sum(shares.values())], k=n)
    counts = {name: shown.count(name) for name in shares}
    errors = sum(count for name, count in counts.items() if name.startswith(of_error("")))
    failed = errors - counts.get(of_error(ErrorType.CONTENT_FILTER), 0)
    return Parts(calls=n, failed=failed, errors=errors, calls_with_usage=n - errors, signs=Signs.of(counts))


def series_of(random: Random, per_hour: float, *stretches: tuple[dict[str, float], timedelta]) -> Series:
    series = Series(START)
    for shares, length in stretches:
        for _ in range(length // MINUTE):
            series.append(some_calls(random, per_hour / 60, shares))
    return series


@pytest.mark.slow
@pytest.mark.parametrize("per_hour", [6, 60, 600])
def test_thirty_healthy_days_give_no_page_and_at_most_one_ticket(per_hour: int) -> None:
    """The budget is for the whole pack; three of its alarms may take a third of it."""
    series = series_of(Random(3), per_hour, (HEALTHY, 30 * DAY))
    replayed = replay(ALARMS, {APP: series}, MEASURES, Window(START, START + 30 * DAY))
    assert replayed.pages == 0, replayed.firings
    assert len(replayed.firings) <= 1, replayed.firings


@pytest.mark.parametrize("per_hour", [6, 60, 600])
def test_a_healthy_day_is_quiet(per_hour: int) -> None:
    """The short form of the test above, for every run."""
    series = series_of(Random(per_hour), per_hour, (HEALTHY, 2 * DAY))
    assert replay(ALARMS, {APP: series}, MEASURES, Window(START + DAY, START + 2 * DAY)).firings == ()


@pytest.mark.parametrize(
    ("sign", "share", "minutes"),
    [
        (of_error(ErrorType.RATE_LIMIT), 0.10, 15),
        (of_error(ErrorType.TIMEOUT), 0.10, 15),
        (of_error(ErrorType.CONTEXT_LENGTH), 0.10, 15),
        (of_error(ErrorType.AUTH), 0.10, 10),
        (Sign.EMPTY, 0.10, 25),
        (Sign.REFUSED, 0.10, 25),
        (of_error(ErrorType.CONTENT_FILTER), 0.10, 25),
        (Sign.CUT_SHORT, 0.25, 30),
        (Sign.SWAPPED, 0.25, 15),
    ],
)
def test_a_tenth_or_a_quarter_is_told_soon(sign: str, share: float, minutes: float) -> None:
    """At 600 calls an hour, after a day of history; the median of a few runs."""
    waits: list[float] = []
    for seed in range(5):
        series = series_of(Random(seed), 600, (HEALTHY, 26 * HOUR), ({**HEALTHY, sign: share}, HOUR))
        since = START + 26 * HOUR
        found = replay(ALARMS, {APP: series}, MEASURES, Window(since, since + HOUR)).firings
        waits.append((found[0].fired - since) / MINUTE if found else 60)
    assert median(waits) <= minutes, waits


def test_a_new_model_behind_an_old_name_is_a_ticket_that_names_both() -> None:
    """Of one family it is no swap, and still what changed when answers are different from today on."""
    swap = next(one for one in ALARMS if one.name == "model_swap")
    fact = Served("gpt-4o", "gpt-4o-2024-11-20", NOW - HOUR / 2, 25)
    at_rest = Standing(Phase.QUIET, NOW - DAY)
    calls = evidence(dict.fromkeys((5 * MINUTE, 15 * MINUTE), Parts(calls=300)))
    assert swap.kind.judge(swap.settings, calls, at_rest).verdict is Verdict.NO_DATA
    assert swap.kind.calm(swap.settings, calls)
    told = replace(calls, facts={AskServed(): fact})
    found = swap.kind.judge(swap.settings, told, at_rest)
    assert (found.verdict, found.severity, found.samples) == (Verdict.BREACH, Severity.TICKET, 25)
    assert found.finding == "gpt-4o is answered by gpt-4o-2024-11-20, which never answered before"
    assert not swap.kind.calm(swap.settings, told)
