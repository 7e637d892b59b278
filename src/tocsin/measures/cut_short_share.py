"""Measure `cut_short_share`: the share of answers that ended at the length limit."""

from tocsin.model.measure import share_of
from tocsin.model.signs import Sign

MEASURE = share_of(
    "cut_short_share",
    "Answers cut short",
    "answers",
    "of answers cut short at the length limit",
    "The share of answers that ended at the length limit, of calls that say why they ended.",
    lambda parts: parts.shown(Sign.CUT_SHORT),
    lambda parts: parts.endings,
)
