"""Measure `auth_share`: the share of calls that were refused because of their key or its rights."""

from tocsin.model.dimension import ErrorType
from tocsin.model.measure import share_of
from tocsin.model.signs import of_error

_SIGN = of_error(ErrorType.AUTH)

MEASURE = share_of(
    "auth_share",
    "Calls refused for their key",
    "errors",
    "of calls refused for their key (401, 403)",
    "The share of calls that were refused because of their key or its rights, of all calls.",
    lambda parts: parts.shown(_SIGN),
    lambda parts: parts.calls,
)
