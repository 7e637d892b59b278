"""Prices from the configuration: they go over the catalogue's, from a date on."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tocsin.price.layers import Layer, Rates, nano

_PRICES = (
    "input_usd_per_mtok",
    "cached_usd_per_mtok",
    "cache_write_usd_per_mtok",
    "cache_write_1h_usd_per_mtok",
    "output_usd_per_mtok",
    "reasoning_usd_per_mtok",
    "request_usd",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Either prices of one's own (`input_usd_per_mtok` and `output_usd_per_mtok` at least), or those of `same_as`."""

    # As the data has it, case ignored; a `*` at the end matches any ending.
    model: str
    # As the data has it; empty means any.
    provider: str = ""
    # Half-open, aware UTC; None is open.
    since: datetime | None = None
    until: datetime | None = None
    # `provider/model`, as telemetry or the catalogue would name them: for Azure deployments and proxies' names.
    same_as: str = ""
    input_usd_per_mtok: Decimal | None = None
    # The parts below default to the price of the whole they belong to.
    cached_usd_per_mtok: Decimal | None = None
    cache_write_usd_per_mtok: Decimal | None = None
    cache_write_1h_usd_per_mtok: Decimal | None = None
    output_usd_per_mtok: Decimal | None = None
    reasoning_usd_per_mtok: Decimal | None = None
    # For each call.
    request_usd: Decimal = field(default=Decimal(0))

    def __post_init__(self) -> None:
        if not self.model.strip("* "):
            raise ValueError("model must name a model, as the data has it")
        if self.same_as:
            self._require_same_as()
        elif self.input_usd_per_mtok is None or self.output_usd_per_mtok is None:
            raise ValueError("give input_usd_per_mtok and output_usd_per_mtok, or same_as")
        for name in _PRICES:
            self._require_price(name)
        for name in ("since", "until"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{name} needs a time zone; got {moment.isoformat()}")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError(f"since must lie before until; got {self.since.isoformat()}, {self.until.isoformat()}")

    def _require_same_as(self) -> None:
        if "/" not in self.same_as.strip("/"):
            raise ValueError(f'same_as must be "provider/model"; got {self.same_as!r}')
        given = [name for name in _PRICES if getattr(self, name)]
        if given:
            raise ValueError(f"same_as takes all prices from elsewhere; remove {', '.join(given)}")

    def _require_price(self, name: str) -> None:
        price: Decimal | None = getattr(self, name)
        if price is None:
            return
        if not price.is_finite() or price < 0:
            raise ValueError(f"{name} must be zero or more; got {price}")
        if Decimal(nano(price)).scaleb(-9) != price:
            raise ValueError(f"{name} may have at most 9 decimals; got {price}")

    def applies_to(self, provider: str, model: str) -> bool:
        """Say whether the override is about this pair, as the data has it."""
        if self.provider and self.provider.strip().lower() != provider.strip().lower():
            return False
        mine, asked = self.model.strip().lower(), model.strip().lower()
        return asked.startswith(mine[:-1]) if mine.endswith("*") else asked == mine

    def layer(self) -> Layer:
        """Return prices of one's own as a layer; not for `same_as`."""
        assert not self.same_as, "the book resolves same_as"
        whole, answer = self.input_usd_per_mtok, self.output_usd_per_mtok
        assert whole is not None, "checked when made"
        assert answer is not None, "checked when made"

        def own(price: Decimal | None, default: Decimal) -> int:
            return nano(default if price is None else price)

        written = whole if self.cache_write_usd_per_mtok is None else self.cache_write_usd_per_mtok
        rates = Rates(
            input_nano=nano(whole),
            cached_nano=own(self.cached_usd_per_mtok, whole),
            cache_write_nano=nano(written),
            cache_write_1h_nano=own(self.cache_write_1h_usd_per_mtok, written),
            output_nano=nano(answer),
            reasoning_nano=own(self.reasoning_usd_per_mtok, answer),
            request_femto=nano(self.request_usd) * 1_000_000,
        )
        return Layer(f"configuration {self.named}", ((0, rates),), self.since, self.until)

    @property
    def named(self) -> str:
        """The override in words: what it is about and since when."""
        about = f"{self.provider or 'any'}/{self.model}"
        return f"{about} from {self.since.date().isoformat()}" if self.since else about
