"""From conditional prices, the later over the earlier, to rows that never overlap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

from tocsin.model.price import DAY_S, PriceRow

# Token prices are whole numbers of this many USD per million tokens.
NANO = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Rates:
    """The prices of one tier: nano-USD per million tokens, the request in femto-USD."""

    input_nano: int
    cached_nano: int
    cache_write_nano: int
    cache_write_1h_nano: int
    output_nano: int
    reasoning_nano: int
    request_femto: int


@dataclass(frozen=True, slots=True)
class Layer:
    """Prices under a condition; in a pile of layers the last one whose condition holds is in force."""

    source: str
    # (first total input token count, rates), rising, the first at 0. Empty: in force, and without a token price.
    tiers: tuple[tuple[int, Rates], ...]
    # Half-open, aware UTC; None is open.
    since: datetime | None = None
    until: datetime | None = None
    # Half-open, in seconds of the UTC day; may run over midnight when `day_until_s` is the smaller.
    day_from_s: int = 0
    day_until_s: int = DAY_S

    def in_force(self, at: datetime, second: int) -> bool:
        """Say whether the condition holds at a date's cell and a second of the UTC day."""
        if self.since is not None and at < self.since:
            return False
        if self.until is not None and at >= self.until:
            return False
        if self.day_until_s < self.day_from_s:
            return second >= self.day_from_s or second < self.day_until_s
        return self.day_from_s <= second < self.day_until_s


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of the UTC day with the layer in force, None where there is none."""

    from_s: int
    until_s: int
    layer: Layer | None


_ALWAYS_BEFORE = datetime.min.replace(tzinfo=UTC)


def rows_from(provider: str, model: str, layers: Sequence[Layer]) -> list[PriceRow]:
    """Cut a pile of layers into rows, each with one range of dates, of the day and of input tokens."""
    edges = sorted({edge for layer in layers for edge in (layer.since, layer.until) if edge is not None})
    starts: list[datetime | None] = [None, *edges]
    rows: list[PriceRow] = []
    days = [_day(layers, start or _ALWAYS_BEFORE) for start in starts]
    first = 0
    for i in range(1, len(starts) + 1):
        if i < len(starts) and days[i] == days[first]:
            continue
        until = starts[i] if i < len(starts) else None
        rows.extend(_rows_of(provider, model, starts[first], until, days[first]))
        first = i
    return rows


def _day(layers: Sequence[Layer], at: datetime) -> list[_Stretch]:
    """Cut one day into stretches by the layer in force."""
    edges = sorted({0} | {edge % DAY_S for layer in layers for edge in (layer.day_from_s, layer.day_until_s)})
    stretches: list[_Stretch] = []
    for start, end in zip(edges, [*edges[1:], DAY_S], strict=True):
        held = next((layer for layer in reversed(layers) if layer.in_force(at, start)), None)
        if stretches and stretches[-1].layer is held:
            stretches[-1] = _Stretch(stretches[-1].from_s, end, held)
        else:
            stretches.append(_Stretch(start, end, held))
    return stretches


def _rows_of(
    provider: str, model: str, since: datetime | None, until: datetime | None, day: Iterable[_Stretch]
) -> Iterable[PriceRow]:
    for stretch in day:
        if stretch.layer is None:
            continue
        tiers = stretch.layer.tiers
        for (start, rates), end in zip(tiers, [*(t[0] for t in tiers[1:]), None][: len(tiers)], strict=True):
            yield PriceRow(
                id=_row_id((provider, model, since, stretch.from_s, stretch.until_s, start, rates)),
                provider=provider,
                model=model,
                source=stretch.layer.source,
                valid_from=since,
                valid_until=until,
                day_from_s=stretch.from_s,
                day_until_s=stretch.until_s,
                tier_from=start,
                tier_until=end,
                input_nano=rates.input_nano,
                cached_nano=rates.cached_nano,
                cache_write_nano=rates.cache_write_nano,
                cache_write_1h_nano=rates.cache_write_1h_nano,
                output_nano=rates.output_nano,
                reasoning_nano=rates.reasoning_nano,
                request_femto=rates.request_femto,
            )


def _row_id(said: tuple[object, ...]) -> str:
    """Name a row by what it says. Its end is left out: a newer price must not rename the older one."""
    return sha256(repr(said).encode()).hexdigest()[:16]


def nano(usd_per_mtok: Decimal) -> int:
    """Return a price as whole nano-USD per million tokens, rounded half to even where it has more digits."""
    return int((usd_per_mtok / NANO).to_integral_value())
