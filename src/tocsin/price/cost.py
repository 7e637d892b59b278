"""What a call costs: the reference for the same sum in the engine. Only tests call it; the server asks the engine.

    (input - cached - cache_write) * input price + cached * cached price
    + (cache_write - cache_write_1h) * cache write price + cache_write_1h * its price
    + (output - reasoning) * output price + reasoning * its price + request price

Prices are nano-USD per million tokens, so every product is a whole number of femto-USD (1e-15 USD).
A count that was not reported is 0 as a part; as a whole it makes the call unpriced, except an unreported output of a
model whose output is free (embeddings).
"""

from collections.abc import Sequence
from datetime import datetime

from tocsin.model.cost import Cost
from tocsin.model.price import PriceRow, Unpriced, UnpricedReason
from tocsin.model.usage import Usage


def cost_of(usage: Usage, rows: Sequence[PriceRow], at: datetime) -> Cost | Unpriced:
    """Price one call that started `at` (aware), by the rows of its provider and model."""
    if usage.input_tokens is None:
        return Unpriced(UnpricedReason.USAGE_MISSING, "no input tokens were reported")
    held = [row for row in rows if row.covers(at) and row.in_tier(usage.input_tokens)]
    if not held:
        return Unpriced(UnpricedReason.NO_PRICE_AT_DATE, f"{len(rows)} rows, none at {at.isoformat()}")
    assert len(held) == 1, "rows of one pair never overlap"
    row = held[0]
    if usage.output_tokens is None and row.output_nano > 0:
        return Unpriced(UnpricedReason.USAGE_MISSING, "no output tokens were reported")
    cached, written = usage.cached_tokens or 0, usage.cache_write_tokens or 0
    hour, reasoning = usage.cache_write_1h_tokens or 0, usage.reasoning_tokens or 0
    return Cost(
        price=row.id,
        input_femto=(usage.input_tokens - cached - written) * row.input_nano,
        cached_femto=cached * row.cached_nano,
        cache_write_femto=(written - hour) * row.cache_write_nano + hour * row.cache_write_1h_nano,
        output_femto=((usage.output_tokens or 0) - reasoning) * row.output_nano,
        reasoning_femto=reasoning * row.reasoning_nano,
        request_femto=row.request_femto,
    )
