"""Measure `empty_share`: the share of answers without a token and without a tool call."""

from tocsin.model.measure import share_of
from tocsin.model.signs import Sign

MEASURE = share_of(
    "empty_share",
    "Empty answers",
    "answers",
    "of answers empty",
    "The share of answers without a token and without a tool call, of calls that report their output.",
    lambda parts: parts.shown(Sign.EMPTY),
    lambda parts: parts.telling(Sign.OUTPUT_UNTOLD),
)
