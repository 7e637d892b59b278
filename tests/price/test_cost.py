from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.cost import Cost, usd
from tocsin.model.price import Unpriced, UnpricedReason
from tocsin.model.usage import Usage
from tocsin.price.book import PriceBook
from tocsin.price.cost import cost_of
from tocsin.price.layers import Layer, Rates, rows_from

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
PRICE = st.integers(0, 10**12)
TOKENS = st.integers(0, 10**9)


def cost(usage: Usage, provider: str = "anthropic", model: str = "claude-3-opus-20240229") -> Cost:
    rows = PriceBook().rows_for(provider, model)
    assert isinstance(rows, list)
    found = cost_of(usage, rows, AT)
    assert isinstance(found, Cost), found
    return found


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    whole, answer = draw(TOKENS), draw(TOKENS)
    cached = draw(st.integers(0, whole))
    written = draw(st.integers(0, whole - cached))
    return Usage(whole, cached, written, draw(st.integers(0, written)), answer, draw(st.integers(0, answer)))


def rates(values: list[int]) -> Rates:
    return Rates(*values)


ANY_RATES = st.lists(PRICE, min_size=7, max_size=7).map(rates)


def test_each_part_has_its_price_and_none_is_counted_twice() -> None:
    found = cost(Usage(1_000_000, 300_000, 200_000, 50_000, 100_000, 40_000))
    # 15 in, 1.5 cached, 18.75 and 30 cache writes, 75 out: USD for a million tokens.
    assert usd(found.input_femto) == Decimal("7.5")
    assert usd(found.cached_femto) == Decimal("0.45")
    assert usd(found.cache_write_femto) == Decimal("4.3125")
    assert usd(found.output_femto) == Decimal("4.5")
    assert usd(found.reasoning_femto) == Decimal(3)
    assert found.usd == Decimal("19.7625")


def test_over_the_tiers_start_the_whole_call_costs_more() -> None:
    at_start = cost(Usage(200_000, output_tokens=0), "gcp.gemini", "gemini-2.5-pro")
    over = cost(Usage(200_001, output_tokens=0), "gcp.gemini", "gemini-2.5-pro")
    assert at_start.usd == Decimal("0.25")
    assert over.usd == Decimal("0.5000025")


def test_the_hour_of_the_day_chooses_the_price() -> None:
    rows = PriceBook().rows_for("deepseek", "deepseek-chat")
    assert isinstance(rows, list)
    night = cost_of(Usage(1000, output_tokens=0), rows, datetime(2025, 1, 1, 0, 29, 59, tzinfo=UTC))
    day = cost_of(Usage(1000, output_tokens=0), rows, datetime(2025, 1, 1, 0, 30, tzinfo=UTC))
    assert isinstance(night, Cost)
    assert isinstance(day, Cost)
    assert day.femto == 2 * night.femto


@pytest.mark.parametrize("usage", [Usage(), Usage(output_tokens=5), Usage(input_tokens=5)])
def test_missing_usage_is_unpriced_and_not_free(usage: Usage) -> None:
    rows = PriceBook().rows_for("openai", "gpt-4o")
    assert isinstance(rows, list)
    found = cost_of(usage, rows, AT)
    assert isinstance(found, Unpriced)
    assert found.reason == UnpricedReason.USAGE_MISSING


def test_an_embedding_has_no_output_and_still_a_price() -> None:
    assert cost(Usage(input_tokens=1_000_000), "openai", "text-embedding-3-small").usd == Decimal("0.02")


def test_outside_the_dates_of_all_rows_there_is_no_price() -> None:
    layer = Layer("x", ((0, Rates(1, 1, 1, 1, 1, 1, 0)),), since=datetime(2027, 1, 1, tzinfo=UTC))
    found = cost_of(Usage(1, output_tokens=1), rows_from("p", "m", [layer]), AT)
    assert isinstance(found, Unpriced)
    assert found.reason == UnpricedReason.NO_PRICE_AT_DATE


@pytest.mark.parametrize(
    "counts",
    [
        {"input_tokens": 5, "cached_tokens": 6},
        {"input_tokens": 5, "cached_tokens": 3, "cache_write_tokens": 3},
        {"input_tokens": 5, "cache_write_tokens": 1, "cache_write_1h_tokens": 2},
        {"output_tokens": 5, "reasoning_tokens": 6},
        {"cached_tokens": 1},
        {"input_tokens": -1},
    ],
)
def test_a_part_never_exceeds_its_whole(counts: dict[str, int]) -> None:
    with pytest.raises(AssertionError):
        Usage(**counts)


@given(usages(), ANY_RATES)
def test_the_parts_sum_to_the_whole_exactly(usage: Usage, prices: Rates) -> None:
    found = cost_of(usage, rows_from("p", "m", [Layer("x", ((0, prices),))]), AT)
    assert isinstance(found, Cost)
    parts = (
        found.input_femto,
        found.cached_femto,
        found.cache_write_femto,
        found.output_femto,
        found.reasoning_femto,
        found.request_femto,
    )
    assert sum(usd(part) for part in parts) == found.usd == Decimal(found.femto).scaleb(-15)


@given(usages(), st.integers(0, 10**12))
def test_at_one_price_for_all_kinds_only_the_wholes_matter(usage: Usage, price: int) -> None:
    """Whatever is taken out of a whole as a part is put back: nothing is lost and nothing is counted twice."""
    prices = Rates(price, price, price, price, price, price, 0)
    found = cost_of(usage, rows_from("p", "m", [Layer("x", ((0, prices),))]), AT)
    assert isinstance(found, Cost)
    assert usage.input_tokens is not None
    assert usage.output_tokens is not None
    assert found.femto == (usage.input_tokens + usage.output_tokens) * price


@given(st.integers(-(10**40), 10**40))
def test_femto_usd_becomes_usd_without_loss(femto: int) -> None:
    assert Fraction(usd(femto)) * 10**15 == femto
