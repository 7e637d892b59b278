"""Prices and costs against public data that others keep."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from genai_prices.types import Provider, _providers_from_raw  # pyright: ignore[reportPrivateUsage]

from tocsin.model.cost import Cost
from tocsin.model.price import UnpricedReason
from tocsin.model.usage import Usage
from tocsin.price.book import PriceBook
from tocsin.price.catalogue import Catalogue
from tocsin.price.cost import cost_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
# Before the newest price changes in the snapshot, which the expectations do not know, and outside every peak window.
AT = datetime(2026, 8, 16, 12, tzinfo=UTC)
# About when the other table was made.
NOW = datetime(2026, 11, 24, tzinfo=UTC)
# Kinds that we do not price apart, since calls do not tell them apart.
OTHER_KINDS = ("audio", "image", "video")

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.exists(), reason="the public data is not beside the repository"),
]


def recorded_book() -> PriceBook:
    with gzip.open(DATA / "price_tables" / "genai_prices-data.json.gz") as file:
        raw = json.load(file, parse_float=Decimal)
    providers: list[Provider] = _providers_from_raw(raw)
    return PriceBook(catalogue=Catalogue.of("recorded", providers))


def cases() -> Iterator[tuple[str, str, dict[str, int], Decimal | None]]:
    """Yield provider, model, usage and the expected cost in USD, None where none is expected."""
    with gzip.open(DATA / "usage_cost_cases" / "usages.jsonl.gz", "rt") as lines:
        for line in lines:
            case = cast("dict[str, Any]", json.loads(line))
            for extracted in case["extracted"] if "model" in case else ():
                for told in extracted["extractors"]:
                    priced = "input_price" in told or "output_price" in told
                    whole = Decimal(told.get("input_price", "0")) + Decimal(told.get("output_price", "0"))
                    yield told["provider_id"], case["model"], extracted["usage"], whole if priced else None


def ours(usage: dict[str, int]) -> Usage:
    return Usage(
        input_tokens=usage.get("input_tokens", 0),
        cached_tokens=usage.get("cache_read_tokens"),
        cache_write_tokens=usage.get("cache_write_tokens"),
        cache_write_1h_tokens=usage.get("cache_write_1h_tokens"),
        output_tokens=usage.get("output_tokens", 0),
        reasoning_tokens=usage.get("output_reasoning_tokens"),
    )


def test_recorded_usage_costs_what_is_expected_of_it() -> None:
    book, seen = recorded_book(), Counter[str]()
    wrong: list[object] = []
    for provider, model, usage, want in cases():
        rows = book.rows_for(provider, model)
        got = cost_of(ours(usage), rows, AT) if isinstance(rows, list) else rows
        if want is None:
            seen["not expected to be priced"] += 1
        elif not isinstance(got, Cost):
            # The recorded table is two thirds of the whole.
            seen[got.reason] += 1
        elif abs(got.usd - want) <= Decimal("1e-9"):
            seen["right"] += 1
        elif any(kind in text for text in (*usage, model) for kind in OTHER_KINDS):
            seen["another kind of token"] += 1
        else:
            wrong.append((provider, model, usage, got.usd, want))
    assert not wrong, (len(wrong), wrong[:10])
    assert seen["right"] > 2000, seen
    assert seen[UnpricedReason.UNKNOWN_MODEL] < 10, seen
    assert seen["another kind of token"] < 40


def test_the_two_public_tables_agree_on_nearly_all_models_that_both_have() -> None:
    """A model found under a wrong entry would show here; where they differ, one of the tables is behind."""
    with gzip.open(DATA / "price_tables" / "litellm_model_prices_and_context_window-1.110.2.json.gz") as file:
        table = cast("dict[str, dict[str, Any]]", json.load(file, parse_float=Decimal))
    book, same, differ = PriceBook(), 0, list[object]()
    for model, entry in table.items():
        provider = entry.get("litellm_provider")
        if provider not in {"openai", "anthropic", "gemini", "groq", "xai", "deepseek"} or entry.get("mode") != "chat":
            continue
        rows = book.rows_for(provider, model)
        if not isinstance(rows, list) or "input_cost_per_token" not in entry:
            continue
        theirs = tuple(Decimal(entry[f"{kind}_cost_per_token"]) * 10**15 for kind in ("input", "output"))
        # At any hour: of off-peak prices, the other table has one.
        now = (row for row in rows if any(row.covers(NOW + timedelta(hours=hour)) for hour in range(24)))
        ours_now = [(row.input_nano, row.output_nano) for row in now if not row.tier_from]
        if theirs in ours_now:
            same += 1
        else:
            differ.append((model, theirs, ours_now))
    assert same > 150, same
    assert len(differ) < 0.1 * same, (same, differ)
