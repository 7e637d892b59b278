"""The sentence that says what explains an incident, or honestly that nothing single does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tocsin.alarms.explain import SPREAD, Newcomer, Question, Slice, explain, newcomers, what_changed
from tocsin.alarms.kind import Cause
from tocsin.model.dimension import Dimension
from tocsin.model.parts import Parts, PartsRow

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FAILURES = Question(Cause.ERRORS, lambda parts: (parts.failed, parts.calls), scale=0.01)
MONEY = Question(Cause.COST, lambda parts: (float(parts.cost_usd), 0.0), scale=0.05)


def failing(calls: int, failed: int) -> Parts:
    return Parts(calls=calls, failed=failed, errors=failed)


def costing(calls: int, usd: float) -> Parts:
    return Parts(calls=calls, priced=calls, cost_usd=Decimal(str(usd)))


def one_bad_provider(share_of_traffic: float = 0.3) -> list[Slice]:
    calls = round(200 * share_of_traffic)
    return [
        Slice("openai", failing(calls, round(0.9 * calls)), failing(100 * calls, 0)),
        Slice("anthropic", failing(200 - calls, 1), failing(100 * (200 - calls), 100)),
    ]


def test_the_value_that_fails_is_named_with_its_share_and_its_error() -> None:
    inside = {Dimension.ERROR_TYPE: [Slice("rate_limit", failing(50, 50), Parts()), Slice("", failing(10, 0), Parts())]}
    said = explain(FAILURES, {Dimension.PROVIDER: one_bad_provider()}, lambda _dimension, _value: inside)
    assert said == "98% of the failures are provider openai, error rate_limit"


def test_a_value_with_most_of_the_traffic_can_be_the_cause_too() -> None:
    """Lift can't reach two where one value has over half of the calls; being far worse than the rest counts then."""
    said = explain(FAILURES, {Dimension.PROVIDER: one_bad_provider(0.8)})
    assert said.startswith("99% of the failures are provider openai")


def test_trouble_that_is_everywhere_is_said_to_be_everywhere() -> None:
    slices = {
        Dimension.PROVIDER: [
            Slice("openai", failing(100, 40), failing(9000, 9)),
            Slice("anthropic", failing(100, 42), failing(9000, 9)),
        ],
        Dimension.ERROR_TYPE: [Slice("timeout", failing(80, 80), Parts()), Slice("", failing(120, 0), Parts())],
    }
    assert explain(FAILURES, slices) == f"{SPREAD}, 100% of the failures are error timeout"


def test_a_value_that_is_all_the_traffic_explains_nothing() -> None:
    slices = {Dimension.PROVIDER: [Slice("openai", failing(100, 90), failing(9000, 9))]}
    assert explain(FAILURES, slices) == SPREAD


def test_few_calls_are_no_cause() -> None:
    slices = {
        Dimension.TENANT: [Slice("acme", failing(10, 9), Parts()), Slice("other", failing(200, 1), failing(9000, 9))]
    }
    assert explain(FAILURES, slices) == SPREAD


def test_of_dimensions_that_say_the_same_the_coarser_one_is_named() -> None:
    bad = one_bad_provider()
    model = [Slice(f"model of {one.value}", one.during, one.before) for one in bad]
    said = explain(FAILURES, {Dimension.MODEL: model, Dimension.PROVIDER: bad})
    assert "provider openai" in said


def test_a_value_that_is_new_goes_before_a_coarser_one() -> None:
    bad = one_bad_provider()
    release = [Slice("v2", bad[0].during, Parts()), Slice("v1", bad[1].during, failing(20000, 100))]
    said = explain(FAILURES, {Dimension.PROVIDER: bad, Dimension.RELEASE: release})
    assert "release v2" in said


def test_a_second_level_is_looked_for_inside_the_first() -> None:
    inside = {
        Dimension.MODEL: [
            Slice("gpt-4o", failing(25, 24), failing(900, 1)),
            Slice("gpt-4o-mini", failing(60, 2), failing(900, 1)),
        ]
    }
    said = explain(FAILURES, {Dimension.PROVIDER: one_bad_provider()}, lambda _dimension, _value: inside)
    assert said == "98% of the failures are provider openai, model gpt-4o"


def test_traffic_that_moved_to_a_bad_value_is_not_that_value_getting_worse() -> None:
    slices = {
        Dimension.MODEL: [
            Slice("small", failing(150, 60), failing(100, 40)),
            Slice("big", failing(50, 0), failing(1900, 0)),
        ]
    }
    assert explain(FAILURES, slices) == "Traffic moved to model small, which was like this before"


def test_the_tenant_with_the_extra_cost_is_named() -> None:
    slices = {
        Dimension.TENANT: [
            Slice("acme", costing(100, 50), costing(400, 20)),
            Slice("other", costing(200, 10), costing(4000, 200)),
        ]
    }
    assert explain(MONEY, slices) == "100% of the extra cost is tenant acme"


def test_cost_that_grew_everywhere_alike_has_no_single_cause() -> None:
    slices = {
        Dimension.TENANT: [
            Slice("acme", costing(100, 70), costing(2000, 200)),
            Slice("other", costing(100, 30), costing(2000, 90)),
        ]
    }
    assert explain(MONEY, slices) == SPREAD


def test_silence_is_not_explained_by_dimensions() -> None:
    assert explain(Question(Cause.NO_DATA, lambda _: (0, 0), 1), {Dimension.PROVIDER: one_bad_provider()}) == ""


def row(minute: int, value: str) -> PartsRow:
    return PartsRow(START + timedelta(minutes=minute), (value,), Parts(calls=1))


def test_a_release_first_seen_shortly_before_is_what_changed() -> None:
    found = newcomers(Dimension.RELEASE, [row(-9, "v1"), row(-3, "v2"), row(1, "v2")], {"v1": Parts(calls=9)})
    assert what_changed(found, START) == "New release v2, first seen at 11:57 UTC, 3 min before the start"


def test_a_release_is_told_before_a_model() -> None:
    found = [
        Newcomer(Dimension.MODEL, "big-2", START),
        Newcomer(Dimension.RELEASE, "v2", START + timedelta(minutes=2)),
    ]
    assert what_changed(found, START) == "New release v2, first seen at 12:02 UTC, 2 min after the start"


@pytest.mark.parametrize("known", [["v1", "v2"], []])
def test_what_was_known_is_not_new_and_where_nothing_was_known_nothing_is(known: list[str]) -> None:
    assert newcomers(Dimension.RELEASE, [row(-3, "v2")], known) == []
    assert what_changed([], START) == ""


def test_an_error_that_only_most_have_is_not_said_to_be_all() -> None:
    """“100% of the failures are model x, error rate_limit” stood beside two server errors."""
    types = [Slice("rate_limit", failing(45, 45), Parts()), Slice("server_error", failing(5, 5), Parts())]
    inside = {Dimension.ERROR_TYPE: types}
    said = explain(FAILURES, {Dimension.PROVIDER: one_bad_provider()}, lambda _dimension, _value: inside)
    assert said == "98% of the failures are provider openai, mostly error rate_limit"
