"""Alarm kind `burn_rate`: a budget of your own is soon spent: of failed calls, or of anything else that is counted.

Like `error_budget`, with an objective of your own, for the services you name, and with bad calls of your choice: a
share that is counted in calls, such as `error_share`, `timeout_share` or `unpriced_share`. The objective is the share
of calls that must not be so. The month is the last 30 days.

Source: Google SRE Workbook, "Alerting on SLOs"; docs/decisions/0210.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tocsin.alarms import burning, watched
from tocsin.alarms.evidence import Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.model.alarm import Judgement, Patience, Standing
from tocsin.model.measure import Better, Measure, Unit
from tocsin.model.parts import Parts
from tocsin.settings import nearest


@dataclass(frozen=True, slots=True)
class Settings:
    """The objective, what is bad, and how fast is too fast."""

    # The share of calls that must be good; 0.99 is 99 %.
    objective: float
    # The share that is bad, a measure by name.
    measure: str = "error_share"
    # Long window, short window, times the budget, and how loud, as in ["6h/30m x6 page"]. Empty: the standard ones.
    tiers: tuple[str, ...] = ()
    # In the long window.
    bad_min: int = 5
    # The share is surely over so many times the budget.
    sure_factor: float = 2.0
    # Once firing, health is below this part of each limit.
    recover_factor: float = 0.7
    # Only these services, environments and projects; * stands for anything.
    service: str = "*"
    environment: str = "*"
    project: str = "*"

    def __post_init__(self) -> None:
        burning.sensible(self)


def needs(settings: Settings) -> Needs:
    """Ask for the windows of every tier, and for the month."""
    return burning.needs(settings, signs=settings.measure not in {"error_share", "unpriced_share"})


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge every tier; NO_DATA without a call in any of them."""
    return burning.judge(settings, _budget(evidence.measures[settings.measure]), evidence, standing)


def _budget(measure: Measure) -> burning.Budget:
    """Count by the measure itself: its share of what it rests on is a whole number of calls."""
    return burning.Budget(
        bad=lambda parts: round((measure.value(parts, burning.HOUR) or 0.0) * measure.samples(parts)),
        of=measure.samples,
        measure=measure.name,
    )


def unfit(settings: Settings, measures: Mapping[str, Measure]) -> str:
    """Say that a measure isn't known, or is no share of bad calls."""
    shares = [name for name, one in measures.items() if one.unit is Unit.SHARE and one.better is Better.LOWER]
    if settings.measure in shares:
        return ""
    what = "is no share of calls that lower is better of" if settings.measure in measures else "is not known"
    return f'measure = "{settings.measure}" {what}; {nearest(settings.measure, shares)}'


def bad_minute(_: Settings, judgement: Judgement, minute: Parts) -> bool:
    """A minute belongs to the trouble when a greater share failed in it than the limit allows."""
    if judgement.measure != "error_share":
        return False
    return minute.failed > 0 and minute.failed / minute.calls > (judgement.threshold or 0.0)


KIND = Kind(
    title="Burn rate",
    scope=Scope.SERVICE,
    cause=Cause.ERROR_BUDGET,
    settings=Settings,
    patience=Patience(hold=timedelta(0), keep=timedelta(minutes=15)),
    needs=needs,
    judge=judge,
    steady=True,
    bad_minute=bad_minute,
    watches=watched.watches,
    unfit=unfit,
    example=Settings(objective=0.999),
)
