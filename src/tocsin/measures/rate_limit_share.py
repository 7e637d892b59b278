"""Measure `rate_limit_share`: the share of calls that the provider refused because of a rate limit or a quota."""

from tocsin.model.dimension import ErrorType
from tocsin.model.measure import share_of
from tocsin.model.signs import of_error

_SIGN = of_error(ErrorType.RATE_LIMIT)

MEASURE = share_of(
    "rate_limit_share",
    "Rate limited calls",
    "errors",
    "of calls rate limited (429)",
    "The share of calls that the provider refused because of a rate limit or a quota, of all calls.",
    lambda parts: parts.shown(_SIGN),
    lambda parts: parts.calls,
)
