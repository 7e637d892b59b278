"""Alarm kind `token_efficiency`: calls have come to take more tokens than usual, or the cache no longer helps.

Breach when over an hour of at least 100 calls
- tokens a call are on average over 1.5 times the usual, or
- the share of prompt tokens from the cache is under 0.6 times the usual, where that is a tenth or more, and by so much
  (4.5 standard deviations) as so many calls hardly ever differ by chance;
and the hour's steps of five minutes say so together, not one of them alone: a one-sided CUSUM of how many standard
deviations each lies off the usual, less a half, is over 8 at the end. The deviation of a step is the largest of three:
that of the usual hours among each other, that of the hour's own steps, and a tenth of the usual.

While there is no usual level nothing is judged. In the first two weeks it is held against the last day's hours that
took most, but two.
Source: Page's CUSUM as in E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954); docs/decisions/0212.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from math import sqrt
from statistics import median

from tocsin.alarms.evidence import End, Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least, share
from tocsin.alarms.usual import Usual
from tocsin.model.alarm import Judgement, Patience, Phase, Severity, Standing, Verdict
from tocsin.model.measure import Measure
from tocsin.model.parts import Parts

TOKENS = "tokens_per_call"
CACHED = "cached_share"
COST = "cost_per_call"
STEP = timedelta(minutes=5)
HOUR = timedelta(hours=1)
# A deviation counts less this, so that chance adds up to nothing, and at most that, so that no step counts alone.
SLACK = 0.5
DEVIATIONS_MAX = 4.0
DEVIATION_MIN = 0.1
# There are twelve hours at least wherever there are any.
HOURS_PASSED_OVER = 2
# Standard deviations that hits must have fallen by, where the mean square of a prompt is so many times its square mean.
SURE = 4.5
UNEVEN = 2.7
# From the median distance to the median to a standard deviation.
OF_MEDIAN = 1.4826


@dataclass(frozen=True, slots=True)
class Settings:
    """How much more, or how much less, is too much."""

    # Times the usual tokens a call.
    tokens_factor: float = 1.5
    # Of the usual share from the cache, where that is at least so much.
    cached_factor: float = 0.6
    cached_share_min: float = 0.1
    calls_min: int = 100
    # Of the sum of deviations.
    decision: float = 8.0
    # Once firing, health is below this part of each limit's distance from the usual.
    recover_factor: float = 0.7

    def __post_init__(self) -> None:
        at_least("tokens_factor", self.tokens_factor, 1.05)
        share("cached_factor", self.cached_factor)
        share("cached_share_min", self.cached_share_min)
        at_least("calls_min", self.calls_min, 1)
        at_least("decision", self.decision, 1)
        if not 0 < self.recover_factor <= 1:
            raise ValueError(f"recover_factor must be over 0 and at most 1; got {self.recover_factor:g}")


def needs(_: Settings) -> Needs:
    """Ask for an hour, in steps of five minutes."""
    return Needs(end=End.SLOW, windows=tuple(n * STEP for n in range(1, 13)))


@dataclass(frozen=True, slots=True)
class _Test:
    """One measure against its usual value; `side` is 1 where more is worse, -1 where less is."""

    measure: Measure
    usual: float
    limit: float
    side: int


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge the cache first, which is what drives the cost, and then the tokens; NO_DATA of too few calls."""
    parts = evidence.parts(HOUR)
    tests = _tests(settings, evidence)
    active = standing.phase in {Phase.FIRING, Phase.CLEARING}
    found: Judgement | None = None
    for test in tests:
        value = test.measure.value(parts, HOUR)
        judged = Judgement(
            verdict=_verdict(settings, evidence, test, value, active=active),
            measure=test.measure.name,
            value=value,
            threshold=test.limit,
            usual=test.usual,
            samples=parts.calls_with_usage,
            window=HOUR,
            severity=Severity.TICKET,
        )
        if judged.verdict is Verdict.BREACH:
            return replace(judged, finding=_words(evidence, test, value))
        found = found or judged
    if found is not None:
        return found
    value = evidence.value(TOKENS, HOUR)
    return Judgement(Verdict.NO_DATA, TOKENS, value=value, samples=parts.calls_with_usage, window=HOUR, learning=True)


def _tests(settings: Settings, evidence: Evidence) -> list[_Test]:
    cached, tokens = evidence.measures[CACHED], evidence.measures[TOKENS]
    tests: list[_Test] = []
    usual = _usual(evidence.usual, cached, most=False)
    if usual is not None and usual >= settings.cached_share_min:
        tests.append(_Test(cached, usual, usual * settings.cached_factor, -1))
    usual = _usual(evidence.usual, tokens, most=True)
    if usual:
        tests.append(_Test(tokens, usual, usual * settings.tokens_factor, 1))
    return tests


def _usual(usual: Usual, measure: Measure, *, most: bool) -> float | None:
    """Return the usual value; of one day, in which hours differ and nobody knows how, nearly its most or its least.

    Two hours are passed over: the trouble's own must not be what it is held against.
    """
    if usual.level(measure) is None:
        return None
    hours = usual.hourly(measure)
    if usual.weekly or not hours:
        return usual.level(measure)
    return sorted(hours, reverse=most)[HOURS_PASSED_OVER]


def _verdict(settings: Settings, evidence: Evidence, test: _Test, value: float | None, *, active: bool) -> Verdict:
    parts = evidence.parts(HOUR)
    if value is None or parts.calls_with_usage < settings.calls_min:
        return Verdict.NO_DATA
    limit = test.usual + (test.limit - test.usual) * (settings.recover_factor if active else 1.0)
    if test.side * (value - limit) <= 0:
        return Verdict.OK
    if not active and test.measure.name == CACHED and not _fewer_surely(test.usual, value, parts.calls_with_usage):
        return Verdict.OK
    return Verdict.BREACH if active or _sum(evidence, test) >= settings.decision else Verdict.OK


def _fewer_surely(usual: float, value: float, calls: int) -> bool:
    """Whether so many calls would hardly ever hit so little by chance: a call hits or not, and prompts differ much."""
    return (usual - value) * sqrt(calls) > SURE * sqrt(UNEVEN * usual * (1 - usual))


def _sum(evidence: Evidence, test: _Test) -> float:
    """Add up how far the steps lie off the usual, the oldest first; never below zero."""
    steps = _steps(evidence)
    values = [(value, step) for step in steps if (value := test.measure.value(step, STEP)) is not None]
    weights = [test.measure.samples(step) for _, step in values]
    total = sum(weights)
    if len(values) < 2 or not total:
        return 0.0
    mean = sum(value * weight for (value, _), weight in zip(values, weights, strict=True)) / total
    # Of a step with as many calls as the steps have on average.
    own = sqrt(sum(weight * (value - mean) ** 2 for (value, _), weight in zip(values, weights, strict=True)) / total)
    deviation = max(own, _of_hours(evidence.usual, test), DEVIATION_MIN * test.usual)
    found = 0.0
    for (value, _), weight in zip(values, weights, strict=True):
        off = test.side * (value - test.usual) / deviation * sqrt(weight * len(values) / total)
        found = max(0.0, found + min(off, DEVIATIONS_MAX) - SLACK)
    return found


def _of_hours(usual: Usual, test: _Test) -> float:
    """Return the deviation of a step as the usual hours tell it: a step has fewer calls than they have."""
    hours = usual.hourly(test.measure)
    if not hours:
        return 0.0
    middle = median(hours)
    length = 2 * HOUR if usual.weekly else HOUR
    return OF_MEDIAN * median(abs(hour - middle) for hour in hours) * sqrt(length / STEP)


def _steps(evidence: Evidence) -> Sequence[Parts]:
    """Return the hour's steps, the oldest first: what each window has more than the next shorter one."""
    windows = [Parts(), *(evidence.parts(n * STEP) for n in range(1, 13))]
    steps = [
        Parts(
            input_tokens=longer.input_tokens - shorter.input_tokens,
            cached_tokens=longer.cached_tokens - shorter.cached_tokens,
            output_tokens=longer.output_tokens - shorter.output_tokens,
            calls_with_usage=longer.calls_with_usage - shorter.calls_with_usage,
        )
        for shorter, longer in pairwise(windows)
    ]
    return steps[::-1]


def _words(evidence: Evidence, test: _Test, value: float | None) -> str:
    """Say what changed from what to what, and what that does to the cost of a call."""
    if value is None:
        return ""
    if test.measure.name == CACHED:
        said = f"cache hits fell {test.usual:.0%} → {value:.0%}"
    else:
        said = f"tokens a call rose {test.usual:,.0f} → {value:,.0f}"
    usual, cost = evidence.usual.level(evidence.measures[COST]), evidence.value(COST, HOUR)
    if not usual or cost is None or abs(cost / usual - 1) < 0.01:
        return said
    return f"{said}, costs {cost / usual - 1:+.0%} a call"


def calm(settings: Settings, evidence: Evidence) -> bool:
    """Whether an hour has too few calls to be judged."""
    return evidence.parts(HOUR).calls_with_usage < settings.calls_min


def bad_minute(_: Settings, judgement: Judgement, minute: Parts) -> bool:
    """A minute belongs to the trouble when it is beyond the limit itself."""
    limit = judgement.threshold or 0.0
    if judgement.measure == CACHED:
        return minute.input_tokens > 0 and minute.cached_tokens < limit * minute.input_tokens
    return minute.input_tokens + minute.output_tokens > limit * minute.calls_with_usage


def bad_of(_: Settings, __: Judgement, parts: Parts) -> tuple[float, float]:
    """Return the money: what more tokens and fewer hits come to."""
    return float(parts.cost_usd), 0.0


KIND = Kind(
    title="Tokens and cache",
    scope=Scope.SERVICE,
    cause=Cause.COST,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=15), keep=timedelta(minutes=15)),
    needs=needs,
    judge=judge,
    steady=True,
    calm=calm,
    bad_minute=bad_minute,
    bad_of=bad_of,
)
