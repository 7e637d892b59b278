"""Alarm kind `departure`: a measure of your choice departs from its own last days, in steps of a quarter of an hour.

A point is unusual when it, the mean of the last 6 or of the last 24 points lies further out than the series does by
itself: `steps` times as far beyond its 90th percentile as that is from its 99.5th, downwards the same; where the time
of day explains the series, what is left is looked at too. Judged by the points before it, of four days.

Unlike `change` it needs no factor: a series that swings widely must swing more widely still.
Source: docs/decisions/0150, measured on public series.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tocsin.alarms import departures, watched
from tocsin.alarms.evidence import Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.model.added import History, HistoryAsk
from tocsin.model.alarm import Judgement, Patience, Severity, Standing, Verdict
from tocsin.model.measure import Measure
from tocsin.settings import nearest


@dataclass(frozen=True, slots=True)
class Settings:
    """What is watched, and how far out is too far."""

    # A measure of calls, by name.
    measure: str
    # Steps beyond the usual. At 3 noise alone departs once in 5,000 points or less, which is once in seven weeks.
    steps: float = 3.0
    direction: departures.Side = departures.Side.BOTH
    # In the unit of the measure: a smaller difference never counts.
    difference_min: float = 0.0
    # Points of fewer calls are passed over.
    samples_min: int = 20
    # Only these services, environments and projects; * stands for anything.
    service: str = "*"
    environment: str = "*"
    project: str = "*"
    severity: Severity = Severity.TICKET

    def __post_init__(self) -> None:
        if self.samples_min < 1:
            raise ValueError(f"samples_min must be 1 or more; got {self.samples_min}")
        _ = self.wanted

    @property
    def wanted(self) -> departures.Settings:
        """What counts as a departure."""
        return departures.Settings(steps=self.steps, calm=4, side=self.direction, difference_min=self.difference_min)


ASK = HistoryAsk()


def needs(_: Settings) -> Needs:
    """Ask for the last days, step by step."""
    return Needs(ask=ASK)


def judge(settings: Settings, evidence: Evidence, _: Standing) -> Judgement:
    """Judge the newest point by those before it; NO_DATA while they are too few, or when it is old."""
    measure, history = evidence.measures[settings.measure], evidence.fact(ASK, History)
    found = Judgement(Verdict.NO_DATA, settings.measure, window=ASK.step, severity=settings.severity)
    if history is None:
        return found
    series = departures.Departures(settings.wanted)
    last: departures.Point | None = None
    value, samples, newest = 0.0, 0, None
    for at, parts in history.steps:
        here = measure.value(parts, ASK.step)
        if here is not None and measure.samples(parts) >= settings.samples_min:
            value, samples, newest = here, measure.samples(parts), at
            last = series.add(at, here)
    if last is None or newest is None or last.usual is None or evidence.at - newest > 4 * ASK.step:
        return found
    return Judgement(
        verdict=Verdict.BREACH if last.departed else Verdict.OK,
        measure=settings.measure,
        value=value,
        usual=last.usual,
        samples=samples,
        window=ASK.step,
        severity=settings.severity,
        note=f"{last.steps:.1f} steps beyond the usual, limit {settings.steps:g}",
    )


def unfit(settings: Settings, measures: Mapping[str, Measure]) -> str:
    """Say that a measure isn't known."""
    if settings.measure in measures:
        return ""
    return f'measure = "{settings.measure}" is not known; {nearest(settings.measure, measures)}'


KIND = Kind(
    title="Departure",
    scope=Scope.SERVICE,
    cause=Cause.OWN,
    settings=Settings,
    patience=Patience(hold=timedelta(0), keep=timedelta(0)),
    needs=needs,
    judge=judge,
    steady=True,
    watches=watched.watches,
    unfit=unfit,
    example=Settings(measure="tokens_per_call"),
)
