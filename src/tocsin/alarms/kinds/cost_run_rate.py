"""Alarm kind `cost_run_rate`: money is being spent much faster than is usual at this hour.

Breach when the last 60 minutes cost more than twice the usual (median M of the same hour in up to four weeks, else of
the last day's hours), more than M + 4 x the spread (median absolute deviation, at least a tenth of M), and more than a
floor: 5 USD an hour or 1 % of the monthly budget. All three: the factor says it matters, the spread that it is not
noise, the floor that it is worth waking somebody.

While learning: more than twice an even share of the monthly budget where one is set, else a static limit.

No calls cost nothing, which is true only of a service that is alive; a silent one is held as it stands.
Source: the project's own simulation of heavy-tailed cost, docs/decisions/0023.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from statistics import median

from tocsin.alarms.evidence import Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least, positive
from tocsin.model.alarm import Judgement, Patience, Phase, Severity, Standing, Verdict
from tocsin.model.parts import Parts

MEASURE = "cost_per_hour"
# Times the factor, while no week is known. A working day costs up to twice a day off, and three times is none of it.
UNKNOWN_WEEK_FACTOR = 1.5
HOURS_OF_MONTH = 30 * 24


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is too much. Money is USD for one hour unless it says month."""

    window: timedelta = timedelta(minutes=60)
    # Times the usual.
    factor: float = 2.0
    # Times the spread, which counts as at least this part of the usual.
    spreads: float = 4.0
    spread_share_min: float = 0.1
    # Below this an hour is never too dear.
    floor_hourly: Decimal = Decimal(5)
    # The limit while there is neither a usual level nor a budget.
    learning_hourly_max: Decimal = Decimal(50)
    monthly_budget: Decimal | None = None
    # Silent for longer, and longer than it often is: nobody knows what it costs.
    alive_within: timedelta = timedelta(minutes=15)
    # Fewer priced calls decide nothing, unless each of them is over the floor.
    priced_min: int = 20
    # Once firing, health is below this part of the limit.
    recover_factor: float = 0.7

    def __post_init__(self) -> None:
        positive("window", self.window)
        positive("alive_within", self.alive_within)
        at_least("factor", self.factor, 1)
        at_least("spreads", self.spreads, 0)
        at_least("spread_share_min", self.spread_share_min, 0)
        at_least("priced_min", self.priced_min, 1)
        if self.monthly_budget is not None and self.monthly_budget <= 0:
            raise ValueError(f"monthly_budget must be more than 0 USD; got {self.monthly_budget}")
        for name in ("floor_hourly", "learning_hourly_max"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be more than 0 USD; got {getattr(self, name)}")
        if not 0 < self.recover_factor <= 1:
            raise ValueError(f"recover_factor must be over 0 and at most 1; got {self.recover_factor:g}")

    @property
    def floor(self) -> float:
        """The floor in USD for one hour."""
        return max(float(self.floor_hourly), float(self.monthly_budget or 0) * 0.01)


def needs(settings: Settings) -> Needs:
    """Ask for one window of sums."""
    return Needs(windows=(settings.window,))


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge the cost of the window as an hourly rate; NO_DATA when the service is silent or nothing has a price."""
    parts = evidence.parts(settings.window)
    value = evidence.value(MEASURE, settings.window) if _alive(settings, evidence) else None
    usual, limit = evidence.usual.made(settings, lambda: _limit(settings, evidence))
    active = standing.phase in {Phase.FIRING, Phase.CLEARING}
    return Judgement(
        verdict=_verdict(settings, parts, value, limit, active=active),
        measure=MEASURE,
        value=value,
        threshold=limit,
        usual=usual,
        samples=parts.priced,
        window=settings.window,
        learning=usual is None,
        severity=Severity.PAGE,
    )


def calm(settings: Settings, evidence: Evidence) -> bool:
    """What is within the limit is not too dear."""
    value = evidence.value(MEASURE, settings.window)
    return value is None or value <= evidence.usual.made(settings, lambda: _limit(settings, evidence))[1]


def _alive(settings: Settings, evidence: Evidence) -> bool:
    usual_gap = evidence.rhythm.gap_p99 if evidence.rhythm else timedelta(0)
    within = max(settings.alive_within, 2 * usual_gap)
    return evidence.last_seen is not None and evidence.at - evidence.last_seen <= within


def _verdict(settings: Settings, parts: Parts, value: float | None, limit: float, *, active: bool) -> Verdict:
    if value is None:
        return Verdict.NO_DATA
    if value <= limit * (settings.recover_factor if active else 1.0):
        return Verdict.OK
    dear = parts.priced > 0 and float(parts.cost_usd) / parts.priced > settings.floor
    return Verdict.BREACH if active or dear or parts.priced >= settings.priced_min else Verdict.OK


def _limit(settings: Settings, evidence: Evidence) -> tuple[float | None, float]:
    """Return the usual cost of an hour (None: not known yet) and the limit, in USD."""
    hours = evidence.usual.hourly(evidence.measures[MEASURE])
    if not hours:
        if settings.monthly_budget is None:
            return None, float(settings.learning_hourly_max)
        return None, max(settings.floor, 2 * float(settings.monthly_budget) / HOURS_OF_MONTH)
    # One day says nothing about this hour of it: a busy morning is held against the busiest hour, not the night.
    usual = median(hours) if evidence.usual.weekly else max(hours)
    spread = max(median(abs(hour - usual) for hour in hours), settings.spread_share_min * usual)
    # A week has quiet days; until one is known, the day before may have been one of them.
    factor = settings.factor if evidence.usual.week_known else settings.factor * UNKNOWN_WEEK_FACTOR
    return usual, max(factor * usual, usual + settings.spreads * spread, settings.floor)


def bad_minute(_: Settings, judgement: Judgement, minute: Parts) -> bool:
    """A minute belongs to the trouble when an hour of it would cost more than the limit."""
    return float(minute.cost_usd) * 60 > (judgement.threshold or 0.0)


def bad_of(_: Settings, __: Judgement, parts: Parts) -> tuple[float, float]:
    """Return the money; every dollar is as bad as the next, so it is explained by what there is more of."""
    return float(parts.cost_usd), 0.0


KIND = Kind(
    title="Cost",
    scope=Scope.SERVICE,
    cause=Cause.COST,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=10), keep=timedelta(minutes=10)),
    needs=needs,
    judge=judge,
    calm=calm,
    bad_minute=bad_minute,
    bad_of=bad_of,
)
