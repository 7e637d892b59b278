"""Measure `timeout_share`: the share of calls that took longer than somebody was ready to wait."""

from tocsin.model.dimension import ErrorType
from tocsin.model.measure import share_of
from tocsin.model.signs import of_error

_SIGN = of_error(ErrorType.TIMEOUT)

MEASURE = share_of(
    "timeout_share",
    "Calls that timed out",
    "errors",
    "of calls timed out",
    "The share of calls that took longer than somebody was ready to wait, of all calls.",
    lambda parts: parts.shown(_SIGN),
    lambda parts: parts.calls,
)
