"""Alarm kind `change`: a measure of your choice is far from what is usual for it at this hour.

Breach when the value of a whole window is over `factor` times the usual (`direction = "up"`), under the usual divided
by it ("down"), or either ("both"), and differs by `difference_min` at least. The usual is the median of the same hour
in up to four weeks, else of the last day. While there is none nothing is judged.

Source: the usual levels of the default pack, docs/decisions/0211.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from statistics import median

from tocsin.alarms import watched
from tocsin.alarms.evidence import Evidence
from tocsin.alarms.kind import Cause, Kind, Scope, at_least
from tocsin.model.alarm import Judgement, Patience, Phase, Standing, Verdict
from tocsin.model.measure import Measure, Unit


class Direction(StrEnum):
    """Which way a change must go to be told."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Settings(watched.Watched):
    """What is watched, and how far from the usual is too far."""

    factor: float = 2.0
    direction: Direction = Direction.UP
    # In the unit of the measure: a smaller difference never counts.
    difference_min: float = 0.0
    # Once firing, health is within this part of the factor's distance.
    recover_factor: float = 0.7

    def __post_init__(self) -> None:
        watched.Watched.__post_init__(self)
        if self.metric or self.where:
            raise ValueError("metric and where have no usual level; name a measure, or use kind threshold")
        at_least("factor", self.factor, 1.05)
        at_least("difference_min", self.difference_min, 0)
        if not 0 < self.recover_factor <= 1:
            raise ValueError(f"recover_factor must be over 0 and at most 1; got {self.recover_factor:g}")


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge the value against its usual; NO_DATA while there is none."""
    reading, usual = watched.read(settings, evidence), _usual(evidence, evidence.measures[settings.measure])
    active = standing.phase in {Phase.FIRING, Phase.CLEARING}
    factor = 1 + (settings.factor - 1) * (settings.recover_factor if active else 1.0)
    found = Judgement(
        verdict=Verdict.NO_DATA,
        measure=settings.measure,
        value=reading.value,
        usual=usual,
        samples=reading.samples,
        window=settings.window,
        learning=usual is None,
        severity=settings.severity,
    )
    if usual is None or reading.value is None or not watched.enough(settings, reading, evidence):
        return found
    down = settings.direction is Direction.DOWN or (settings.direction is Direction.BOTH and reading.value < usual)
    limit = usual / factor if down else usual * factor
    beyond = reading.value < limit if down else reading.value > limit
    far = abs(reading.value - usual) >= settings.difference_min
    shown = usual / settings.factor if down else usual * settings.factor
    return replace(found, verdict=Verdict.BREACH if beyond and far else Verdict.OK, threshold=shown)


def _usual(evidence: Evidence, measure: Measure) -> float | None:
    """Return the usual value: of a rate the median of comparable hours, else the level."""
    if measure.unit in {Unit.USD_PER_HOUR, Unit.TOKENS_PER_HOUR, Unit.CALLS_PER_MINUTE}:
        hours = evidence.usual.hourly(measure)
        return median(hours) if hours else None
    return evidence.usual.level(measure)


def unfit(settings: Settings, measures: Mapping[str, Measure]) -> str:
    """Say that a measure isn't known."""
    return watched.unfit(settings, measures)


KIND = Kind(
    title="Change",
    scope=Scope.SERVICE,
    cause=Cause.OWN,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=5), keep=timedelta(minutes=10)),
    needs=watched.needs,
    judge=judge,
    watches=watched.watches,
    unfit=unfit,
    example=Settings(measure="tokens_per_call"),
)
