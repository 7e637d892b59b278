"""What every price in the catalogue must satisfy, and that the sum is the one genai-prices makes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelPrice, Provider, TieredPrices
from genai_prices.types import Usage as TheirUsage

from tocsin.model.cost import Cost
from tocsin.model.price import DAY_S, PriceRow, Unpriced, UnpricedReason
from tocsin.model.usage import Usage
from tocsin.price.book import PriceBook
from tocsin.price.cost import cost_of

BOOK = PriceBook()
PROVIDERS = get_snapshot().providers
# Prices in the data that no decimal unit can hold: thirds of a cent and the noise of binary fractions.
ROUNDED_MAX = 40


def rows_of(provider: Provider) -> list[list[PriceRow]]:
    found = (BOOK.rows_for(provider.id, model.id) for model in provider.models)
    return [rows for rows in found if isinstance(rows, list)]


def listed_prices() -> list[Decimal]:
    found: list[Decimal] = []
    for model in (model for provider in PROVIDERS for model in provider.models):
        prices = [model.prices] if isinstance(model.prices, ModelPrice) else [each.prices for each in model.prices]
        for value in (value for price in prices for value in vars(price).values() if value is not None):
            found += [value.base, *(tier.price for tier in value.tiers)] if isinstance(value, TieredPrices) else [value]
    return found


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.id)
def test_the_rows_of_a_model_fill_all_time_and_all_tiers_without_overlap(provider: Provider) -> None:
    for rows in rows_of(provider):
        assert len({row.id for row in rows}) == len(rows)
        edges = sorted({edge for row in rows for edge in (row.valid_from, row.valid_until) if edge})
        for at in (datetime(2020, 1, 1, tzinfo=UTC), *edges, datetime(2100, 1, 1, tzinfo=UTC)):
            for second in {row.day_from_s for row in rows} | {row.day_until_s % DAY_S for row in rows}:
                for tokens in {row.tier_from for row in rows} | {10**9}:
                    moment = at + timedelta(seconds=second)
                    held = [row for row in rows if row.covers(moment) and row.in_tier(tokens)]
                    assert len(held) == 1, (rows[0].model, moment, tokens)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.id)
def test_a_model_without_rows_is_not_priced_by_tokens(provider: Provider) -> None:
    missing = [
        found for model in provider.models if not isinstance(found := BOOK.rows_for(provider.id, model.id), list)
    ]
    assert {found.reason for found in missing} <= {UnpricedReason.NOT_PRICED_BY_TOKENS}


def test_all_listed_prices_but_binary_noise_are_whole_nano_usd() -> None:
    off = [price for price in listed_prices() if price.scaleb(9) != price.scaleb(9).to_integral_value()]
    assert len(off) <= ROUNDED_MAX
    # Noise shows as more digits than anybody bills by.
    assert all(len(price.normalize().as_tuple().digits) >= 13 for price in off)


def drawn(random: Random) -> tuple[Usage, TheirUsage]:
    whole, answer = random.choice([random.randrange(50_000), random.randrange(600_000)]), random.randrange(20_000)
    cached = random.randrange(whole + 1)
    written = random.randrange(whole - cached + 1)
    hour, reasoning = random.randrange(written + 1), random.randrange(answer + 1)
    theirs = TheirUsage(
        input_tokens=whole,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=hour,
        output_tokens=answer,
        output_reasoning_tokens=reasoning,
    )
    return Usage(whole, cached, written, hour, answer, reasoning), theirs


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.id)
def test_every_model_costs_what_genai_prices_says_at_any_time(provider: Provider) -> None:
    """Rounding a price to nano-USD per million tokens moves a call by less than a billionth of a USD."""
    random = Random(provider.id)
    for model in provider.models:
        rows = BOOK.rows_for(provider.id, model.id)
        if isinstance(rows, Unpriced):
            continue
        # A few ids do not match their own entry; those are found by the id itself.
        found = provider.find_model(model.id.lower(), all_providers=PROVIDERS) or model
        for _ in range(5):
            ours, theirs = drawn(random)
            at = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(4 * 366 * DAY_S))
            cost = cost_of(ours, rows, at)
            assert isinstance(cost, Cost)
            want = found.calc_price(theirs, provider, genai_request_timestamp=at).total_price
            assert abs(cost.usd - want) < Decimal("1e-9"), (model.id, at, theirs, rows)
