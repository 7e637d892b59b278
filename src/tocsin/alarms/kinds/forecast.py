"""Alarm kind `forecast`: by the end of the day or month, what adds up will be over a limit.

What came so far since the day or month began (UTC), and the pace of the last week for the time that is left; of a
service that is known for less, the pace since then. Breach when that is over `limit`, or what came already is. Nothing
is judged before a tenth of the day or month is over, or under a tenth of the limit.

Only for measures that add up: `cost_per_hour` to USD, `input_tokens_per_hour` and `output_tokens_per_hour` to tokens,
`calls_per_minute` to calls. Source: the project's own; a week holds each day of the week once, docs/decisions/0211.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.alarms import watched
from tocsin.alarms.evidence import DAY, HOUR, MINUTE, End, Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.model.added import AddedAsk, Period
from tocsin.model.alarm import Judgement, Patience, Severity, Standing, Verdict
from tocsin.model.measure import Measure, Unit
from tocsin.model.parts import Parts
from tocsin.settings import nearest

WEEK = 7 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The time in which a rate comes to its own number, and what that is a number of.
ADDS_UP = {
    Unit.USD_PER_HOUR: (HOUR, "USD"),
    Unit.TOKENS_PER_HOUR: (HOUR, "tokens"),
    Unit.CALLS_PER_MINUTE: (MINUTE, "calls"),
}
ELAPSED_MIN = 0.1
SPENT_MIN = 0.1


@dataclass(frozen=True, slots=True)
class Settings:
    """What adds up, to how much, by when."""

    measure: str
    # Of a day or month: USD, tokens or calls.
    limit: float
    by: Period = Period.MONTH
    # Only these services, environments and projects; * stands for anything.
    service: str = "*"
    environment: str = "*"
    project: str = "*"
    severity: Severity = Severity.TICKET

    def __post_init__(self) -> None:
        if self.limit <= 0:
            raise ValueError(f"limit must be more than 0; got {self.limit:g}")

    @property
    def ask(self) -> AddedAsk:
        """What came since the day or month began."""
        return AddedAsk(every=timedelta(minutes=10), since=self.by)


def needs(settings: Settings) -> Needs:
    """Ask for the last week, and for what came so far."""
    return Needs(end=End.SLOW, windows=(WEEK,), ask=settings.ask)


def judge(settings: Settings, evidence: Evidence, _: Standing) -> Judgement:
    """Judge what it will come to; NO_DATA where nothing is known of the last week."""
    measure = evidence.measures[settings.measure]
    so_far, rhythm = evidence.fact(settings.ask, Parts), evidence.rhythm
    found = Judgement(Verdict.NO_DATA, measure="", threshold=settings.limit, severity=settings.severity, window=WEEK)
    week = evidence.parts(WEEK)
    if rhythm is None or so_far is None or not week.calls:
        return found
    per, what = ADDS_UP[measure.unit]
    # As of when it was asked: a month that is over must not be held against the next.
    window = settings.ask.window(evidence.at - (evidence.at - EPOCH) % settings.ask.every)
    whole = settings.by.around(window.until)
    known = min(max(evidence.until - rhythm.first_seen, HOUR), WEEK)
    came, pace = measure.value(so_far, per), measure.value(week, known)
    if came is None or pace is None:
        return found
    will = came + pace * ((whole.until - window.until) / per)
    early = window.length < ELAPSED_MIN * whole.length or came < SPENT_MIN * settings.limit
    limit = watched.number(settings.limit)
    breach = came > settings.limit or (will > settings.limit and not early)
    return Judgement(
        verdict=Verdict.BREACH if breach else Verdict.OK,
        measure="",
        value=will,
        threshold=settings.limit,
        samples=week.calls,
        window=WEEK,
        severity=settings.severity,
        finding=f"{watched.number(will)} {what} by the end of the {settings.by}, limit {limit}",
        note=f"{watched.number(came)} {what} so far",
    )


def unfit(settings: Settings, measures: Mapping[str, Measure]) -> str:
    """Say that a measure isn't known, or doesn't add up."""
    fitting = [name for name, one in measures.items() if one.unit in ADDS_UP]
    if settings.measure in fitting:
        return ""
    what = "does not add up to anything" if settings.measure in measures else "is not known"
    return f'measure = "{settings.measure}" {what}; {nearest(settings.measure, fitting)}'


KIND = Kind(
    title="Forecast",
    scope=Scope.SERVICE,
    cause=Cause.OWN,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=30), keep=timedelta(minutes=30)),
    needs=needs,
    judge=judge,
    watches=watched.watches,
    unfit=unfit,
    example=Settings(measure="cost_per_hour", limit=5000.0),
)
