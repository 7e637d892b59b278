"""Measure `swapped_share`: the share of answers from another family of models than was asked for."""

from tocsin.model.measure import share_of
from tocsin.model.signs import Sign

MEASURE = share_of(
    "swapped_share",
    "Answers of another model",
    "answers",
    "of answers from another model than asked for",
    "The share of answers that came from another family of models than was asked for, of calls that name both models.",
    lambda parts: parts.shown(Sign.SWAPPED),
    lambda parts: parts.telling(Sign.MODEL_UNTOLD),
)
