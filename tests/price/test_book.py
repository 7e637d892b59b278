from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter

import pytest

from tocsin.model.price import PriceRow, Unpriced, UnpricedReason
from tocsin.price.book import PriceBook
from tocsin.price.override import Override

BOOK = PriceBook()
USD = 10**9


def rows(provider: str, model: str, book: PriceBook = BOOK) -> list[PriceRow]:
    found = book.rows_for(provider, model)
    assert isinstance(found, list), found
    return found


def why_not(provider: str, model: str, book: PriceBook = BOOK) -> UnpricedReason:
    found = book.rows_for(provider, model)
    assert isinstance(found, Unpriced), found
    return found.reason


@pytest.mark.parametrize(
    ("provider", "model", "entry"),
    [
        ("openai", "gpt-4o-2024-08-06", "openai/gpt-4o"),
        ("OpenAI", "gpt-4o-mini", "openai/gpt-4o-mini"),
        ("openai", "gpt-5.2-20251211", "openai/gpt-5.2"),
        ("anthropic", "claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5"),
        ("aws.bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "aws/regional.anthropic.claude-haiku-4-5"),
        ("gcp.gemini", "models/gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("gcp.gen_ai", "gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("gcp.vertex_ai", "projects/p/locations/l/publishers/google/models/gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("gcp.vertex_ai", "claude-3-5-sonnet@20240620", "google/claude-3-5-sonnet"),
        ("azure.ai.openai", "gpt-4o", "azure/gpt-4o"),
        ("groq", "llama-3.3-70b-versatile", "groq/llama-3.3-70b-versatile"),
        ("x_ai", "grok-3", "x-ai/grok-3"),
        ("mistral_ai", "mistral-large-latest", "mistral/mistral-large"),
        ("cohere", "command-r-plus", "cohere/command-r-plus"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
    ],
)
def test_a_model_is_found_under_the_names_that_telemetry_gives_it(provider: str, model: str, entry: str) -> None:
    found = rows(provider, model)
    assert all(f" {entry}" in row.source for row in found)
    assert {(row.provider, row.model) for row in found} == {(provider, model)}


@pytest.mark.parametrize(
    ("provider", "model", "entry"),
    [
        ("openrouter", "claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
        ("aws.bedrock", "claude-3-7-sonnet-20250219-v1:0", "aws/regional.anthropic.claude-3-7-sonnet"),
        (
            "aws.bedrock",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-7-sonnet-20250219-v1:0",
            "aws/regional.anthropic.claude-3-7-sonnet",
        ),
    ],
)
def test_a_model_is_found_where_the_emitter_cut_the_name_or_sent_a_path(provider: str, model: str, entry: str) -> None:
    """OpenLLMetry cuts the maker off on spans; Bedrock clients send whole resource names."""
    assert all(f" {entry}" in row.source for row in rows(provider, model))


@pytest.mark.parametrize(
    ("provider", "model", "entry"),
    [
        ("", "gpt-4o", "openai/gpt-4o"),
        ("langchain", "claude-3-opus-20240229", "anthropic/claude-3-opus"),
        ("", "llama-3.3-70b-versatile", "groq/llama-3.3-70b-versatile"),
        ("openai", "deepseek-chat", "deepseek/deepseek-chat"),
        ("openai", "anthropic/claude-3-5-sonnet", "anthropic/claude-3-5-sonnet"),
    ],
)
def test_without_a_useful_provider_the_models_name_decides(provider: str, model: str, entry: str) -> None:
    """The OpenAI client pointed at DeepSeek is still reported as openai."""
    assert all(f" {entry}" in row.source for row in rows(provider, model))


@pytest.mark.parametrize(
    ("provider", "model", "reason"),
    [
        ("openai", "", UnpricedReason.UNKNOWN_MODEL),
        ("openai", "my-own-model", UnpricedReason.UNKNOWN_MODEL),
        ("groq", "gpt-4o", UnpricedReason.UNKNOWN_MODEL),
        ("azure.ai.openai", "team-deployment-7", UnpricedReason.UNKNOWN_MODEL),
        ("", "", UnpricedReason.UNKNOWN_MODEL),
        ("ibm.watsonx.ai", "ibm/granite-3-8b", UnpricedReason.UNKNOWN_PROVIDER),
        ("ollama", "gpt-oss-20b", UnpricedReason.UNKNOWN_PROVIDER),
        ("", "mistralai/mistral-7b-instruct", UnpricedReason.AMBIGUOUS_MODEL),
        ("openai", "whisper-1", UnpricedReason.NOT_PRICED_BY_TOKENS),
    ],
)
def test_a_missing_price_has_a_reason_and_is_never_zero(provider: str, model: str, reason: UnpricedReason) -> None:
    assert why_not(provider, model) == reason


def test_the_price_of_a_date_is_the_one_of_then() -> None:
    before, after = rows("openai", "o3")
    cut = datetime(2025, 6, 10, tzinfo=UTC)
    assert (before.valid_from, before.valid_until, before.input_nano) == (None, cut, 10 * USD)
    assert (after.valid_from, after.valid_until, after.input_nano) == (cut, None, 2 * USD)
    assert after.source.startswith("genai-prices ")
    assert after.source.endswith(" openai/o3 from 2025-06-10")


def test_a_tier_begins_at_the_first_token_over_its_start() -> None:
    low, high = rows("gcp.gemini", "gemini-2.5-pro")
    assert (low.tier_from, low.tier_until, low.output_nano) == (0, 200_001, 10 * USD)
    assert (high.tier_from, high.tier_until, high.output_nano) == (200_001, None, 15 * USD)


def test_off_peak_prices_split_the_day() -> None:
    night, day, evening = rows("deepseek", "deepseek-chat")
    assert [row.day_from_s for row in (night, day, evening)] == [0, 1800, 59_400]
    assert night.input_nano == evening.input_nano < day.input_nano


def test_cache_writes_for_an_hour_have_a_price_of_their_own() -> None:
    row = rows("anthropic", "claude-3-opus-20240229")[0]
    assert row.cached_nano < row.input_nano < row.cache_write_nano < row.cache_write_1h_nano


def test_a_price_for_each_request_is_kept() -> None:
    assert rows("perplexity", "sonar")[0].request_femto == 12 * 10**12


def test_an_override_goes_over_the_catalogue_from_its_date_on() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    own = Override(
        provider="openai",
        model="gpt-4o*",
        since=since,
        input_usd_per_mtok=Decimal("1.5"),
        output_usd_per_mtok=Decimal(6),
        request_usd=Decimal("0.001"),
    )
    before, after = rows("openai", "gpt-4o-mini", PriceBook((own,)))
    assert (before.valid_until, before.input_nano) == (since, 150_000_000)
    assert (after.valid_from, after.input_nano, after.cached_nano) == (since, 1_500_000_000, 1_500_000_000)
    assert (after.output_nano, after.reasoning_nano, after.request_femto) == (6 * USD, 6 * USD, 10**12)
    assert after.source == "configuration openai/gpt-4o* from 2026-01-01"
    assert rows("azure.ai.openai", "gpt-4o-mini", PriceBook((own,))) == rows("azure.ai.openai", "gpt-4o-mini")


def test_an_azure_deployment_can_be_told_to_cost_the_same_as_a_model() -> None:
    book = PriceBook((Override(model="team-deployment-7", same_as="azure.ai.openai/o3"),))
    mine, theirs = rows("azure.ai.openai", "team-deployment-7", book), rows("azure.ai.openai", "o3")
    assert [row.input_nano for row in mine] == [row.input_nano for row in theirs]
    assert [row.valid_from for row in mine] == [row.valid_from for row in theirs]
    assert mine[0].source.startswith("configuration any/team-deployment-7, same as genai-prices ")


def test_same_as_keeps_to_its_dates() -> None:
    since = datetime(2025, 1, 1, tzinfo=UTC)
    book = PriceBook((Override(model="alias", same_as="openai/o3", since=since),))
    first, second = rows("openai", "alias", book)
    assert (first.valid_from, first.input_nano) == (since, 10 * USD)
    assert (second.valid_from, second.input_nano) == (datetime(2025, 6, 10, tzinfo=UTC), 2 * USD)


def test_same_as_something_unknown_says_so() -> None:
    assert why_not("openai", "alias", PriceBook((Override(model="alias", same_as="openai/nope"),))) == (
        UnpricedReason.UNKNOWN_MODEL
    )


def test_the_later_override_wins() -> None:
    def at(usd: int) -> Override:
        return Override(model="m", input_usd_per_mtok=Decimal(usd), output_usd_per_mtok=Decimal(usd))

    assert [row.input_nano for row in rows("any", "m", PriceBook((at(1), at(2))))] == [2 * USD]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": " "}, "must name a model"),
        ({"model": "m"}, "or same_as"),
        ({"model": "m", "input_usd_per_mtok": Decimal(1)}, "output_usd_per_mtok"),
        ({"model": "m", "same_as": "gpt-4o"}, "provider/model"),
        ({"model": "m", "same_as": "a/b", "input_usd_per_mtok": Decimal(1)}, "remove input_usd_per_mtok"),
        ({"model": "m", "input_usd_per_mtok": Decimal(-1), "output_usd_per_mtok": Decimal(1)}, "zero or more"),
        ({"model": "m", "input_usd_per_mtok": Decimal("1e-10"), "output_usd_per_mtok": Decimal(1)}, "9 decimals"),
        ({"model": "m", "same_as": "a/b", "since": datetime(2026, 1, 1)}, "time zone"),  # noqa: DTZ001
        (
            {
                "model": "m",
                "same_as": "a/b",
                "since": datetime(2026, 1, 2, tzinfo=UTC),
                "until": datetime(2026, 1, 1, tzinfo=UTC),
            },
            "before until",
        ),
    ],
)
def test_a_wrong_override_is_refused_with_what_was_found(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Override(**settings)  # type: ignore[arg-type]


def test_two_thousand_pairs_resolve_quickly() -> None:
    """Measured: 0.35 s for 2,330 models that exist; the bound leaves room for a busy machine."""
    began = perf_counter()
    for i in range(1000):
        BOOK.rows_for("openai", f"gpt-4o-2024-08-{i}")
        BOOK.rows_for("", f"never-heard-of-{i}")
    assert perf_counter() - began < 3
