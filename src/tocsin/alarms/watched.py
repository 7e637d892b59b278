"""What an alarm of one's own watches: a measure of calls, all or some, or an OTLP metric; and of which services.

Shared by the kinds that judge anything a person names. A metric nobody ever sent, or calls nobody ever made, are no
fault: the alarm has no instance and waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Protocol

from tocsin.alarms.evidence import DAY, MINUTE, End, Evidence, Needs
from tocsin.alarms.kind import at_least
from tocsin.model.added import AddedAsk
from tocsin.model.alarm import Group, Judgement, Severity
from tocsin.model.dimension import Dimension
from tocsin.model.fact import Ask
from tocsin.model.measure import Measure, Unit
from tocsin.model.metric import Aggregate, MetricAsk, MetricFact
from tocsin.model.parts import Parts
from tocsin.settings import nearest

# Windows longer than this end on the grid of long windows.
MINUTELY_MAX = timedelta(hours=6)
WINDOW_MAX = 30 * DAY
NO_WHERE: Mapping[str, tuple[str, ...]] = {}
# What these words in an alarm's name or settings would say is told by `service` and `environment`.
_BY_PATTERN = {Dimension.SERVICE, Dimension.ENVIRONMENT}


def _no_where() -> Mapping[str, tuple[str, ...]]:
    return NO_WHERE


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched, of which services, and how loud it is."""

    # A measure of calls, by name; in its own unit: seconds, shares from 0 to 1, USD an hour.
    measure: str = ""
    # Or an OTLP metric, by name; in the sender's unit.
    metric: str = ""
    # How the metric's points of a window become one number.
    aggregate: Aggregate = Aggregate.LAST
    # Only points with one of these values, as in { queue = ["mail", "images"] }.
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=_no_where)
    # Only calls with one of these values, as in { model = ["gpt-4o"], tenant = ["acme"] }.
    where: Mapping[str, tuple[str, ...]] = field(default_factory=_no_where)
    # Only these services, environments and projects; * stands for anything.
    service: str = "*"
    environment: str = "*"
    project: str = "*"
    window: timedelta = timedelta(minutes=5)
    # Fewer calls, points or observations say nothing.
    samples_min: int = 1
    severity: Severity = Severity.TICKET

    def __post_init__(self) -> None:
        if bool(self.measure) == bool(self.metric):
            found = "both" if self.measure else "neither"
            raise ValueError(f"measure or metric must be given, one of them; got {found}")
        if self.metric and self.where:
            raise ValueError("where is about calls; for a metric write attributes")
        if self.measure and self.attributes:
            raise ValueError("attributes are those of a metric's points; for calls write where")
        if self.measure and self.aggregate is not Aggregate.LAST:
            raise ValueError("aggregate is for metrics; a measure says itself how calls add up")
        for name in self.where:
            if name not in set(Dimension) - _BY_PATTERN:
                hint = f"write {name} = ..." if name in _BY_PATTERN else nearest(name, set(Dimension) - _BY_PATTERN)
                raise ValueError(f"where: {name} is nothing that calls can be told apart by here; {hint}")
        if self.window < MINUTE or self.window % MINUTE or self.window > WINDOW_MAX:
            raise ValueError(f"window must be whole minutes, from 1m to 30d; got {self.window}")
        at_least("samples_min", self.samples_min, 1)

    @property
    def filters(self) -> tuple[tuple[Dimension, tuple[str, ...]], ...]:
        """What `where` says, so that equal ones are one."""
        return tuple((Dimension(name), values) for name, values in sorted(self.where.items()))

    @property
    def ask(self) -> Ask | None:
        """What has to be asked for, where no window of all calls will do."""
        if self.metric:
            pairs = tuple(sorted(self.attributes.items()))
            return MetricAsk(metric=self.metric, aggregate=self.aggregate, window=self.window, attributes=pairs)
        return AddedAsk(length=self.window, where=self.filters) if self.where else None


def needs(settings: Watched) -> Needs:
    """Ask for a window of all calls, or for what has to be asked for."""
    ask = settings.ask
    if ask is not None:
        return Needs(ask=ask)
    end = End.WATERMARK if settings.window <= MINUTELY_MAX else End.SLOW
    timed = settings.measure.startswith(("latency", "ttft"))
    # Shares of calls that show something rest on signs; reading them where none are is a matter of time only.
    return Needs(end=end, windows=(settings.window,), sketches=timed, signs=settings.measure.endswith("_share"))


class Named(Protocol):
    """Settings that name services by pattern."""

    @property
    def service(self) -> str:
        """A pattern."""
        ...

    @property
    def environment(self) -> str:
        """A pattern."""
        ...

    @property
    def project(self) -> str:
        """A pattern."""
        ...


def watches(settings: Named, group: Group) -> bool:
    """Say whether a service is among those that are meant."""
    return (
        fnmatchcase(group.service, settings.service)
        and fnmatchcase(group.environment, settings.environment)
        and fnmatchcase(group.project, settings.project)
    )


def unfit(settings: Watched, measures: Mapping[str, Measure]) -> str:
    """Say that a measure isn't known."""
    if settings.measure and settings.measure not in measures:
        return f'measure = "{settings.measure}" is not known; {nearest(settings.measure, measures)}'
    return ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is watched came to in one group and window; `value` None: nothing can be said."""

    value: float | None
    samples: int
    # Of a metric, as the sender names it; of a measure None, since that says its own.
    unit: str | None = None


def read(settings: Watched, evidence: Evidence) -> Reading:
    """Return what is watched came to. Raises LookupError when it could not be asked for."""
    ask = settings.ask
    if isinstance(ask, MetricAsk):
        fact = evidence.fact(ask, MetricFact)
        return Reading(None, 0) if fact is None else Reading(fact.value, fact.samples, fact.unit)
    measure = evidence.measures[settings.measure]
    parts = evidence.parts(settings.window) if ask is None else evidence.fact(ask, Parts) or Parts()
    value = measure.value(parts, settings.window)
    if not parts.calls and not _listened(settings, evidence):
        value = None
    return Reading(value, measure.samples(parts) if parts.calls else 0)


def _listened(settings: Watched, evidence: Evidence) -> bool:
    """Whether no calls are a true zero: the service was heard of lately, and nobody was deaf in the window."""
    return evidence.last_seen is not None and evidence.up_since <= evidence.until - settings.window


def enough(settings: Watched, reading: Reading, evidence: Evidence) -> bool:
    """Whether the reading rests on enough; no calls at all are enough for what counts calls or money."""
    if reading.value is None:
        return False
    if settings.measure and not reading.samples:
        return evidence.measures[settings.measure].unit not in {Unit.SHARE, Unit.SECONDS}
    return reading.samples >= settings.samples_min


def said(settings: Watched, reading: Reading, judgement: Judgement) -> dict[str, str]:
    """Say in words what a metric came to, and which calls are meant: a message knows neither."""
    meant = "; ".join(f"only {name.replace('_', ' ')} {', '.join(values)}" for name, values in settings.where.items())
    if reading.unit is None or judgement.value is None:
        return {"note": meant}
    unit = "" if reading.unit in {"", "1"} else f" {reading.unit}"
    how = "" if settings.aggregate is Aggregate.LAST else f" ({settings.aggregate.replace('_', ' ')})"
    limit = "" if judgement.threshold is None else f", limit {judgement.threshold:g}{unit}"
    of = "; ".join(f"{key} {', '.join(values)}" for key, values in settings.attributes.items())
    return {
        "finding": f"{settings.metric}{how} {number(judgement.value)}{unit}{limit}",
        "note": f"only {of}" if of else "",
    }


def number(value: float) -> str:
    """Write a number with as many digits as mean something."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
