"""Measure `invalid_request_share`: the share of calls that the provider refused as wrong in themselves."""

from tocsin.model.dimension import ErrorType
from tocsin.model.measure import share_of
from tocsin.model.signs import of_error

_SIGN = of_error(ErrorType.INVALID_REQUEST)

MEASURE = share_of(
    "invalid_request_share",
    "Calls that were wrong",
    "errors",
    "of calls refused as wrong requests",
    "The share of calls that the provider refused as wrong in themselves, of all calls.",
    lambda parts: parts.shown(_SIGN),
    lambda parts: parts.calls,
)
