"""The published prices, from the data of the genai-prices package, as layers.

Source: genai-prices (Pydantic, MIT), the snapshot inside the installed version; nothing is fetched.
Semantics carried over from it: the last price whose condition holds is in force, and the first one where none does; a
tier prices the whole call once the total input is over its start; a part without a price of its own is priced as the
part it belongs to; an entry with no prices at all is free.
Gaps: batch, flex and priority prices, audio, image and page prices, and web searches are left out, since calls do not
tell them apart; the discount of DeepSeek at weekends is not in the data.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version

from genai_prices.data_snapshot import find_provider_by_id, get_snapshot
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from tocsin.model.price import Unpriced, UnpricedReason
from tocsin.price.layers import Layer, Rates, nano
from tocsin.price.providers import BORROWED, CATALOGUE_ID, OWN_MACHINES

# Kinds of price that a token count says nothing about; a model with only these can't be priced from its usage.
_TOKEN_PRICES = ("input_mtok", "output_mtok")
# `projects/…/models/gemini-…`, `publishers/google/models/…`, `arn:aws:bedrock:…:inference-profile/us.anthropic.…`.
_PATH = re.compile(r"^(?:.*/)?(?:models|endpoints|inference-profile|foundation-model)/")


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of one provider in the catalogue: its name there, and its prices as layers."""

    name: str
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The prices of one release of the data. Build it with `of` or take the installed one."""

    release: str
    providers: list[Provider]
    # Every model of every provider by its id, and each seller's by what follows the last slash, where that is one.
    by_id: dict[str, list[tuple[Provider, ModelInfo]]]
    by_last_part: dict[tuple[str, str], ModelInfo]

    @classmethod
    def of(cls, release: str, providers: list[Provider]) -> "Catalogue":
        """Index the providers of a release; `release` begins every row's source."""
        by_id: dict[str, list[tuple[Provider, ModelInfo]]] = {}
        parts: dict[tuple[str, str], list[ModelInfo]] = {}
        for provider in providers:
            for model in provider.models:
                name = model.id.lower()
                by_id.setdefault(name, []).append((provider, model))
                parts.setdefault((provider.id, name.rsplit("/", 1)[-1]), []).append(model)
        return cls(release, providers, by_id, {part: models[0] for part, models in parts.items() if len(models) == 1})

    def find(self, provider: str, model: str) -> Entry | Unpriced:
        """Look a model up by the provider's and the model's names as the data has them.

        For an empty or unknown provider the maker is found by the model's name, or whoever sells a model of exactly
        that name, if there is one or all sell it at the same prices.
        """
        asked = provider.strip().lower()
        if not model.strip():
            return Unpriced(UnpricedReason.UNKNOWN_MODEL, "the call names no model")
        if asked in OWN_MACHINES:
            detail = f"{provider} runs on own machines; a price can be configured"
            return Unpriced(UnpricedReason.UNKNOWN_PROVIDER, detail)
        seller = self._seller(asked)
        refs = _spellings(model.strip().lower(), seller.id if seller else "")
        if seller is not None:
            if found := self._sold_by(seller, refs):
                return self._entry(seller, found)
            if seller.id not in BORROWED:
                return Unpriced(UnpricedReason.UNKNOWN_MODEL, f"{seller.id} has no model {model!r} in the catalogue")
        return self._by_model(refs, seller, provider, model)

    def _seller(self, asked: str) -> Provider | None:
        return find_provider_by_id(self.providers, CATALOGUE_ID.get(asked, asked)) if asked else None

    def _sold_by(self, seller: Provider, refs: list[str]) -> ModelInfo | None:
        for ref in refs:
            if found := seller.find_model(ref, all_providers=self.providers):
                return found
        # Some instrumentations cut the maker off: `claude-sonnet-4.5` for `anthropic/claude-sonnet-4.5`.
        return next((found for ref in refs if (found := self.by_last_part.get((seller.id, ref)))), None)

    def _by_model(self, refs: list[str], seller: Provider | None, provider: str, model: str) -> Entry | Unpriced:
        """Ask the provider that the model's prefix names, then the makers who claim such a name."""
        prefix = refs[0].split("/", 1)[0] if "/" in refs[0] else ""
        if prefix and (named := self._seller(prefix)) and (found := self._sold_by(named, refs)):
            return self._entry(named, found)
        claims = self._claims(refs)
        if not claims and seller is None:
            claims = {sold[0].id: self._entry(*sold) for sold in self.by_id.get(refs[0], ())}
        if len({_prices_of(entry) for entry in claims.values()}) == 1:
            return next(iter(claims.values()))
        if claims:
            return Unpriced(UnpricedReason.AMBIGUOUS_MODEL, f"{model!r} is sold by {', '.join(sorted(claims))}")
        if seller is None and provider.strip():
            detail = f"no provider {provider!r} and no maker of {model!r} is known"
            return Unpriced(UnpricedReason.UNKNOWN_PROVIDER, detail)
        return Unpriced(UnpricedReason.UNKNOWN_MODEL, f"no maker of {model!r} is known")

    def _claims(self, refs: list[str]) -> dict[str, Entry]:
        """Return the entries of makers whose kind of name this is."""
        claims: dict[str, Entry] = {}
        for maker in self.providers:
            claimed = [ref for ref in refs if maker.model_match is not None and maker.model_match.is_match(ref)]
            if claimed and (found := self._sold_by(maker, claimed)):
                claims[maker.id] = self._entry(maker, found)
        return claims

    def _entry(self, provider: Provider, model: ModelInfo) -> Entry:
        name = f"{provider.id}/{model.id}"
        source = f"{self.release} {name}"
        if isinstance(model.prices, ModelPrice):
            return Entry(name, (_layer(source, None, model.prices),))
        first = model.prices[0]
        # Where no condition holds, the first prices do.
        bottom = () if first.constraint is None else (_layer(source, None, first.prices),)
        return Entry(name, bottom + tuple(_layer(source, price.constraint, price.prices) for price in model.prices))


@lru_cache(maxsize=1)
def installed() -> Catalogue:
    """Return the catalogue inside the installed genai-prices."""
    return Catalogue.of(f"genai-prices {version('genai-prices')}", get_snapshot().providers)


def _spellings(model: str, seller: str) -> list[str]:
    """Return the model's name and what it may be called in the catalogue, the likeliest first."""
    bare = _PATH.sub("", model)
    refs = [model, bare]
    if "/" in bare:
        refs += [bare.split("/", 1)[1], bare.rsplit("/", 1)[1]]
    if seller == "aws":
        # Some instrumentations cut the maker off the names of Bedrock.
        refs += [f"{maker}.{bare}" for maker in ("anthropic", "amazon", "meta", "cohere", "mistral")]
    return list(dict.fromkeys(refs))


def _prices_of(entry: Entry) -> tuple[Layer, ...]:
    return tuple(replace(layer, source="") for layer in entry.layers)


def _layer(source: str, condition: StartDateConstraint | TimeOfDateConstraint | None, prices: ModelPrice) -> Layer:
    tiers = _tiers(prices)
    if isinstance(condition, StartDateConstraint):
        since = datetime.combine(condition.start_date, time(), tzinfo=UTC)
        return Layer(f"{source} from {condition.start_date.isoformat()}", tiers, since=since)
    if isinstance(condition, TimeOfDateConstraint):
        start, end = condition.start_time, condition.end_time
        named = f"{source} {start:%H:%M} to {end:%H:%M} UTC"
        return Layer(named, tiers, day_from_s=_second(start), day_until_s=_second(end))
    return Layer(source, tiers)


def _second(at: time) -> int:
    """Return the second of the UTC day."""
    utc = datetime.combine(datetime(2000, 1, 2, tzinfo=UTC), at, tzinfo=at.tzinfo or UTC).astimezone(UTC)
    return utc.hour * 3600 + utc.minute * 60 + utc.second


def _tiers(prices: ModelPrice) -> tuple[tuple[int, Rates], ...]:
    values = {key: value for key, value in vars(prices).items() if value is not None}
    if values and not any(key in values for key in _TOKEN_PRICES):
        return ()
    # The catalogue's tier begins above its start, ours at its first token.
    starts = {t.start + 1 for value in values.values() if isinstance(value, TieredPrices) for t in value.tiers}
    return tuple((start, _rates(prices, start)) for start in sorted({0} | starts))


def _rates(prices: ModelPrice, input_tokens: int) -> Rates:
    """Resolve the prices for calls of that many input tokens, parts filled in from the whole."""

    def at(price: Decimal | TieredPrices | None) -> Decimal | None:
        if not isinstance(price, TieredPrices):
            return price
        reached = [tier.price for tier in price.tiers if input_tokens > tier.start]
        return reached[-1] if reached else price.base

    def first(*choices: Decimal | TieredPrices | None) -> int:
        return nano(next((usd for choice in choices if (usd := at(choice)) is not None), Decimal(0)))

    whole, written = prices.input_mtok, prices.cache_write_mtok
    request = at(prices.requests_kcount) or Decimal(0)
    return Rates(
        input_nano=first(whole),
        cached_nano=first(prices.cache_read_mtok, whole),
        cache_write_nano=first(prices.cache_write_5m_mtok, written, whole),
        cache_write_1h_nano=first(prices.cache_write_1h_mtok, written, whole),
        output_nano=first(prices.output_mtok),
        reasoning_nano=first(prices.output_reasoning_mtok, prices.output_mtok),
        request_femto=nano(request) * 1000,
    )
