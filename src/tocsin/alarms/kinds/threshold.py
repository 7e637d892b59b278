"""Alarm kind `threshold`: a measure or an OTLP metric of your own choice is above, or below, a limit.

Breach when the value of a whole window is over `above`, or under `below`, and rests on enough calls, points or
observations. Once firing it ends when the value is back at `recover`, which is the limit itself unless it is given.
No calls are 0 calls and 0 USD where the service is alive; they have no latency and no share of errors.

Source: the rules people write for themselves; how numbers are added up is that of the graphs, docs/decisions/0211.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.alarms import watched
from tocsin.alarms.evidence import Evidence
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.model.alarm import Judgement, Patience, Phase, Standing, Verdict


@dataclass(frozen=True, slots=True)
class Settings(watched.Watched):
    """What is watched, and one limit; in the unit of what is watched."""

    # One of both.
    above: float | None = None
    below: float | None = None
    # Once firing it takes this to end.
    recover: float | None = None

    def __post_init__(self) -> None:
        watched.Watched.__post_init__(self)
        if (self.above is None) is (self.below is None):
            raise ValueError(
                f"above or below must be given, one of them; got {'neither' if self.above is None else 'both'}"
            )
        if self.recover is not None and (
            self.recover > self.limit if self.above is not None else self.recover < self.limit
        ):
            raise ValueError(f"recover must lie on the healthy side of {self.limit:g}; got {self.recover:g}")

    @property
    def limit(self) -> float:
        """The limit that was given."""
        return self.above if self.above is not None else self.below or 0.0


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge the value of the window; NO_DATA where it can't be told."""
    reading = watched.read(settings, evidence)
    active = standing.phase in {Phase.FIRING, Phase.CLEARING}
    found = Judgement(
        verdict=_verdict(settings, evidence, reading, active=active),
        measure=settings.measure or settings.metric,
        value=reading.value,
        threshold=settings.limit,
        samples=reading.samples,
        window=settings.window,
        severity=settings.severity,
    )
    return replace(found, **watched.said(settings, reading, found))


def _verdict(settings: Settings, evidence: Evidence, reading: watched.Reading, *, active: bool) -> Verdict:
    if reading.value is None or not watched.enough(settings, reading, evidence):
        return Verdict.NO_DATA
    limit = settings.recover if active and settings.recover is not None else settings.limit
    beyond = reading.value > limit if settings.above is not None else reading.value < limit
    return Verdict.BREACH if beyond else Verdict.OK


KIND = Kind(
    title="Threshold",
    scope=Scope.SERVICE,
    cause=Cause.OWN,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=2), keep=timedelta(minutes=5)),
    needs=watched.needs,
    judge=judge,
    watches=watched.watches,
    unfit=watched.unfit,
    example=Settings(measure="latency_p95", above=30.0),
)
