"""Alarm kind `absence`: a service of your choice, or an OTLP metric, has not been heard of for a time of your choice.

Breach when the newest span of the service, or the newest point of the metric, is older than `silence`. Unlike `no_data`
it knows no habits: it fires at night too. Silence is counted from the server's own start at the earliest. A service
that was silent for a week, and a metric that was for a day longer than `silence`, are held as they stand.

Source: the rule people write as "absent for"; what is never seen is no fault, docs/decisions/0211.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.alarms import watched
from tocsin.alarms.evidence import DAY, MINUTE, End, Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.model.alarm import Judgement, Patience, Severity, Standing, Verdict
from tocsin.model.metric import MetricAsk, MetricFact
from tocsin.settings import duration_text

# What a message knows silence by.
MEASURE = "calls_per_minute"
SILENCE_MAX = 7 * DAY
FORGOTTEN_AFTER = DAY


@dataclass(frozen=True, slots=True)
class Settings:
    """What must be heard of, and how often."""

    silence: timedelta
    # An OTLP metric; empty: the service's spans.
    metric: str = ""
    # Only points with one of these values.
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    # Only these services, environments and projects; * stands for anything.
    service: str = "*"
    environment: str = "*"
    project: str = "*"
    severity: Severity = Severity.TICKET

    def __post_init__(self) -> None:
        if not MINUTE <= self.silence <= SILENCE_MAX or self.silence % MINUTE:
            raise ValueError(f"silence must be whole minutes, from 1m to 7d; got {duration_text(self.silence)}")
        if self.attributes and not self.metric:
            raise ValueError("attributes are those of a metric's points; name a metric, or leave them out")

    @property
    def ask(self) -> MetricAsk | None:
        """What has to be asked for."""
        if not self.metric:
            return None
        pairs = tuple(sorted(self.attributes.items()))
        return MetricAsk(metric=self.metric, window=self.silence, attributes=pairs, back=FORGOTTEN_AFTER)


def needs(settings: Settings) -> Needs:
    """Ask for no window: when it was last seen is enough."""
    return Needs(end=End.TICK, ask=settings.ask)


def judge(settings: Settings, evidence: Evidence, _: Standing) -> Judgement:
    """Judge the time since it was last heard of; NO_DATA when it never was, or not for long."""
    seen = _seen(settings, evidence)
    found = Judgement(
        verdict=Verdict.NO_DATA,
        measure=settings.metric or MEASURE,
        window=timedelta(0) if seen is None else max(evidence.at - seen, timedelta(0)),
        severity=settings.severity,
    )
    if seen is None:
        return found
    silence = evidence.at - max(seen, evidence.up_since)
    breach = silence > settings.silence
    return Judgement(
        verdict=Verdict.BREACH if breach else Verdict.OK,
        measure=found.measure,
        value=0.0 if breach else None,
        window=found.window,
        severity=settings.severity,
        finding=f"no point of {settings.metric} for over {duration_text(settings.silence)}" if settings.metric else "",
        note=f"last heard of at {seen:%Y-%m-%d %H:%M:%S} UTC" if breach else "",
    )


def _seen(settings: Settings, evidence: Evidence) -> datetime | None:
    if settings.ask is None:
        return evidence.last_seen
    fact = evidence.fact(settings.ask, MetricFact)
    return None if fact is None else fact.seen


KIND = Kind(
    title="Absence",
    scope=Scope.SERVICE,
    cause=Cause.NO_DATA,
    settings=Settings,
    patience=Patience(hold=timedelta(0), keep=timedelta(minutes=2)),
    needs=needs,
    judge=judge,
    watches=watched.watches,
    example=Settings(silence=timedelta(minutes=30)),
)
