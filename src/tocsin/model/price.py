"""What a model costs, row by row, and why a call has no price."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

DAY_S = 86_400


class UnpricedReason(StrEnum):
    """Why there is no amount: a closed set, shown to people and stored in place of a price row's id."""

    UNKNOWN_PROVIDER = "unknown provider"
    UNKNOWN_MODEL = "unknown model"
    # Several providers sell a model of this name at different prices, and the provider was not told.
    AMBIGUOUS_MODEL = "several providers sell this model"
    # Priced by audio minute, page or character; token counts say nothing about the cost.
    NOT_PRICED_BY_TOKENS = "not priced by tokens"
    NO_PRICE_AT_DATE = "no price at that date"
    USAGE_MISSING = "usage missing"


@dataclass(frozen=True, slots=True)
class Unpriced:
    """No amount, for one reason; `detail` says what was looked for, in plain words."""

    reason: UnpricedReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """The prices of one provider's model, as both are named in the data, in one cell of date, time of day and tier.

    The rows of one pair never overlap, so at most one applies to a call. Token prices (`*_nano`) are in nano-USD per
    million tokens, so that price times tokens is femto-USD (1e-15 USD), an integer: money adds up exactly. Parts that
    have no price of their own already carry the price of the part they belong to.
    """

    # 16 hex digits made of provider, model, start and prices; the same as long as none of them changes.
    id: str
    provider: str
    model: str
    # The catalogue entry or the setting that the row comes from.
    source: str
    # Half-open and aware UTC; None is open.
    valid_from: datetime | None
    valid_until: datetime | None
    # Half-open, in seconds of the UTC day; differs from the whole day for off-peak prices only.
    day_from_s: int
    day_until_s: int
    # Half-open, in total input tokens of the call (cached ones included). The tier prices the *whole* call (a cliff),
    # not only what is above the start. None is open.
    tier_from: int
    tier_until: int | None
    input_nano: int
    cached_nano: int
    cache_write_nano: int
    cache_write_1h_nano: int
    output_nano: int
    reasoning_nano: int
    # For each call, in femto-USD.
    request_femto: int

    def __post_init__(self) -> None:
        assert 0 <= self.day_from_s < self.day_until_s <= DAY_S, "a part of one UTC day"
        assert self.tier_until is None or self.tier_from < self.tier_until, "a tier has tokens in it"
        prices = (
            self.input_nano,
            self.cached_nano,
            self.cache_write_nano,
            self.cache_write_1h_nano,
            self.output_nano,
            self.reasoning_nano,
            self.request_femto,
        )
        assert all(price >= 0 for price in prices), "nobody pays a caller"

    def covers(self, at: datetime) -> bool:
        """Say whether the row holds at an instant (aware), whatever the tier."""
        if self.valid_from is not None and at < self.valid_from:
            return False
        if self.valid_until is not None and at >= self.valid_until:
            return False
        utc = at.astimezone(UTC)
        into_day = utc - utc.replace(hour=0, minute=0, second=0, microsecond=0)
        return timedelta(seconds=self.day_from_s) <= into_day < timedelta(seconds=self.day_until_s)

    def in_tier(self, input_tokens: int) -> bool:
        """Say whether a call with that many input tokens in total is in the row's tier."""
        return self.tier_from <= input_tokens and (self.tier_until is None or input_tokens < self.tier_until)
