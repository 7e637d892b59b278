"""Alarm kind `error_budget`: at this pace the month's budget of failed calls is soon gone.

The objective (99 % of calls must succeed) leaves a budget of failures. Breach when two windows both burn faster than a
tier's factor: the long one says that it matters, the short one that it goes on. Of the standard tiers (1h/5m x14.4 and
6h/30m x6 page, 1d/2h x3 and 3d/6h x1 are tickets) those are used that can fire at the objective. The long window must
hold 5 failures, and the share of failed calls must surely (Wilson's lower bound, z 2.33) be over twice the budget.
Where too few call for that, 10 failures in a day that are half of its calls, and half of the latest, are a page.

The month is the last 30 days. An empty short window fires nothing, and ends nothing.
Source: Google SRE Workbook, "Alerting on SLOs"; the sample guard and the fall-back are ours, docs/decisions/0210.
"""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.alarms import burning
from tocsin.alarms.evidence import Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.model.alarm import Judgement, Patience, Standing
from tocsin.model.parts import Parts

BUDGET = burning.Budget(bad=lambda parts: parts.failed, of=lambda parts: parts.calls, measure="error_share")


@dataclass(frozen=True, slots=True)
class Settings:
    """The objective, and how fast is too fast."""

    # The share of calls that must succeed.
    objective: float = 0.99
    # Long window, short window, times the budget, and how loud, as in ["6h/30m x6 page"]. Empty: the standard ones.
    tiers: tuple[str, ...] = ()
    # In the long window.
    bad_min: int = 5
    # The share is surely over so many times the budget.
    sure_factor: float = 2.0
    # Once firing, health is below this part of each limit.
    recover_factor: float = 0.7

    def __post_init__(self) -> None:
        burning.sensible(self)


def needs(settings: Settings) -> Needs:
    """Ask for the windows of every tier, and for the month."""
    return burning.needs(settings)


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge every tier; NO_DATA without a call in any of them."""
    return burning.judge(settings, BUDGET, evidence, standing)


def bad_minute(_: Settings, judgement: Judgement, minute: Parts) -> bool:
    """A minute belongs to the trouble when a greater share failed in it than the limit allows."""
    return minute.failed > 0 and minute.failed / minute.calls > (judgement.threshold or 0.0)


def bad_of(_: Settings, __: Judgement, parts: Parts) -> tuple[float, float]:
    """Count the failed calls, of all."""
    return parts.failed, parts.calls


KIND = Kind(
    title="Error budget",
    scope=Scope.SERVICE,
    cause=Cause.ERROR_BUDGET,
    settings=Settings,
    patience=Patience(hold=timedelta(0), keep=timedelta(minutes=15)),
    needs=needs,
    judge=judge,
    bad_minute=bad_minute,
    steady=True,
    bad_of=bad_of,
)
