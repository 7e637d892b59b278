"""Measure `context_length_share`: the share of calls whose prompt was longer than the model takes."""

from tocsin.model.dimension import ErrorType
from tocsin.model.measure import share_of
from tocsin.model.signs import of_error

_SIGN = of_error(ErrorType.CONTEXT_LENGTH)

MEASURE = share_of(
    "context_length_share",
    "Calls too long for the model",
    "errors",
    "of calls with a prompt too long for the model",
    "The share of calls whose prompt was longer than the model takes, of all calls.",
    lambda parts: parts.shown(_SIGN),
    lambda parts: parts.calls,
)
