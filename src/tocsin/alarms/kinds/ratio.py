"""Alarm kind `ratio`: of some counted things of calls, too large a part is something else that is counted.

Breach when `bad` divided by `of` is over `above` in a whole window. Where both count calls it must be so surely
(Wilson's lower bound, z 2.33), and rest on `bad_min` bad ones. Counts are those that every measure is made from: calls,
failed, errors, priced, unpriced, calls_with_usage, and the tokens.

Source: the rules people write for themselves, docs/decisions/0211.
"""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.alarms import watched
from tocsin.alarms.evidence import MINUTE, End, Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least
from tocsin.alarms.wilson import Z99, lower
from tocsin.model.alarm import Judgement, Patience, Phase, Severity, Standing, Verdict
from tocsin.model.parts import COUNTS
from tocsin.settings import duration_text, nearest


@dataclass(frozen=True, slots=True)
class Settings:
    """Two counts, and the limit of their ratio."""

    bad: str
    of: str
    above: float
    window: timedelta = timedelta(minutes=15)
    bad_min: int = 5
    # Once firing, health is below this part of the limit.
    recover_factor: float = 0.7
    # Only these services, environments and projects; * stands for anything.
    service: str = "*"
    environment: str = "*"
    project: str = "*"
    severity: Severity = Severity.TICKET

    def __post_init__(self) -> None:
        for name in ("bad", "of"):
            if getattr(self, name) not in COUNTS:
                raise ValueError(
                    f'{name} = "{getattr(self, name)}" is no count; {nearest(getattr(self, name), COUNTS)}'
                )
        if self.bad == self.of:
            raise ValueError(f"bad and of are both {self.of}; name two counts")
        if self.above <= 0:
            raise ValueError(f"above must be more than 0; got {self.above:g}")
        if self.window < MINUTE or self.window % MINUTE or self.window > watched.WINDOW_MAX:
            raise ValueError(f"window must be whole minutes, from 1m to 30d; got {duration_text(self.window)}")
        at_least("bad_min", self.bad_min, 1)
        if not 0 < self.recover_factor <= 1:
            raise ValueError(f"recover_factor must be over 0 and at most 1; got {self.recover_factor:g}")


def needs(settings: Settings) -> Needs:
    """Ask for one window of sums."""
    end = End.WATERMARK if settings.window <= watched.MINUTELY_MAX else End.SLOW
    return Needs(end=end, windows=(settings.window,))


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge the ratio of the window; NO_DATA where there is nothing to divide by."""
    parts = evidence.parts(settings.window)
    bad, of = int(getattr(parts, settings.bad)), int(getattr(parts, settings.of))
    active = standing.phase in {Phase.FIRING, Phase.CLEARING}
    limit = settings.above * (settings.recover_factor if active else 1.0)
    value = bad / of if of else None
    sure = value or 0.0
    of_calls = "tokens" not in settings.bad and "tokens" not in settings.of and bad <= of
    if not active and of_calls:
        sure = lower(bad, of, Z99) if bad >= settings.bad_min else 0.0
    name, among = settings.bad.replace("_", " "), settings.of.replace("_", " ")
    return Judgement(
        verdict=Verdict.NO_DATA if value is None else Verdict.BREACH if sure > limit else Verdict.OK,
        measure="",
        value=value,
        threshold=settings.above,
        # A message calls these calls.
        samples=of if of_calls else 0,
        bad=bad if of_calls else 0,
        window=settings.window,
        severity=settings.severity,
        finding="" if value is None else f"{name} of {among} {watched.number(value)}, limit {settings.above:g}",
    )


KIND = Kind(
    title="Ratio",
    scope=Scope.SERVICE,
    cause=Cause.OWN,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=2), keep=timedelta(minutes=5)),
    needs=needs,
    judge=judge,
    watches=watched.watches,
    example=Settings(bad="unpriced", of="calls_with_usage", above=0.2),
)
