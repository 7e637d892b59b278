"""Measure `refused_share`: the share of answers that a refusal or a content filter ended."""

from tocsin.model.measure import share_of

MEASURE = share_of(
    "refused_share",
    "Refused answers",
    "answers",
    "of answers refused or filtered",
    "The share of calls that a refusal or a content filter ended, of calls that say why they ended.",
    lambda parts: parts.refused,
    lambda parts: parts.endings,
)
