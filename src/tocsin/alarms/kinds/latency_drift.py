"""Alarm kind `latency_drift`: calls take longer than is usual at this hour.

An exceedance test: over 15 minutes, how many calls are slower than the usual p50, p95 or p99? Half, one in twenty and
one in a hundred are to be expected. Breach when surely (Wilson's lower bound, z 3.09) more than 70 %, 10 % or 3 % are,
at least ten calls, and the quantile itself is up by a quarter and by 250 ms. With fewer than 60 calls the window
widens, to 6 h at most. When the last 5 minutes alone, on 20 calls or more, are as usual again, it is over: a short
slow spell is not drift. Calls that failed are left out: they are fast or slow for other reasons.

While learning, a static limit is armed on p95: 30 s, or 5 s to the first token.

Why not "p95 over 1.5 times the usual": at 60 calls an hour that gave 82 false alarms a week in simulation, and with a
guard of 100 calls it was blind; the exceedance test gave none and still sees. Source: the project's own simulation,
docs/decisions/0022.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from tocsin.alarms.evidence import Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least, positive, share
from tocsin.alarms.wilson import Z999, lower
from tocsin.model.alarm import Judgement, Patience, Phase, Severity, Standing, Verdict
from tocsin.model.parts import Parts
from tocsin.model.sketch import Sketch

SECOND = timedelta(seconds=1)
WIDER = tuple(timedelta(minutes=minutes) for minutes in (30, 60, 120, 360))


class Timing(StrEnum):
    """Which time of a call."""

    LATENCY = "latency"
    TTFT = "ttft"


@dataclass(frozen=True, slots=True)
class Settings:
    """How sure to be of how much. Shares lie between 0 and 1."""

    timing: Timing = Timing.LATENCY
    window: timedelta = timedelta(minutes=15)
    recent_window: timedelta = timedelta(minutes=5)
    recent_calls_min: int = 20
    # Shares of calls slower than the usual quantile.
    p50_share_min: float = 0.70
    p95_share_min: float = 0.10
    p99_share_min: float = 0.03
    slow_min: int = 10
    # With fewer calls the window widens.
    calls_min: int = 60
    # The quantile must be up by this factor and by this much.
    factor_min: float = 1.25
    extra_min: timedelta = timedelta(milliseconds=250)
    # The limit on p95 while there is no usual level.
    learning_p95_max: timedelta = timedelta(seconds=30)
    # A page instead of a ticket: p95 up by this factor and by this much.
    page_factor: float = 3.0
    page_extra: timedelta = timedelta(seconds=10)
    # Within so long of a new release the alarm waits as long before it fires.
    release_grace: timedelta = timedelta(minutes=10)
    # Once firing, health is below this part of each limit's distance from the usual.
    recover_factor: float = 0.7

    def __post_init__(self) -> None:
        for name in ("window", "recent_window", "learning_p95_max"):
            positive(name, getattr(self, name))
        for name in ("p50_share_min", "p95_share_min", "p99_share_min"):
            share(name, getattr(self, name))
        for name in ("slow_min", "calls_min", "recent_calls_min", "factor_min", "page_factor"):
            at_least(name, getattr(self, name), 1)
        if not 0 < self.recover_factor <= 1:
            raise ValueError(f"recover_factor must be over 0 and at most 1; got {self.recover_factor:g}")
        if self.recent_window > self.window:
            raise ValueError(
                f"recent_window must not be longer than window; got {self.recent_window} and {self.window}"
            )


def _sketch(settings: Settings, parts: Parts) -> Sketch:
    return parts.duration if settings.timing is Timing.LATENCY else parts.ttft


def needs(settings: Settings) -> Needs:
    """Ask for sketches of the window; for wider ones where a few calls came, but not enough."""
    return Needs(
        windows=(settings.recent_window, settings.window),
        wider=tuple(length for length in WIDER if length > settings.window),
        widen=lambda parts: 0 < _sketch(settings, parts).n < settings.calls_min,
        sketches=True,
    )


@dataclass(frozen=True, slots=True)
class _Test:
    """One quantile against its usual value; times in seconds."""

    measure: str
    expected_share: float
    share_min: float
    usual_s: float | None
    limit_s: float
    slower_than_s: float


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge each quantile; the judgement tells of the first in breach, p95 before p99 before p50."""
    active = standing.phase in {Phase.FIRING, Phase.CLEARING}
    length = _length(settings, evidence)
    sketch = _sketch(settings, evidence.parts(length))
    tests = _tests(settings, evidence)
    found: Judgement | None = None
    for test in tests:
        found_now = _apply(settings, evidence, test, length, active=active)
        found = found or found_now
        if sketch.n < settings.slow_min or found_now.verdict is Verdict.BREACH:
            return found_now
    assert found is not None, "there is always a test"
    return found


def calm(settings: Settings, evidence: Evidence) -> bool:
    """No count that is no greater share than allowed is surely a greater one."""
    parts = evidence.parts(_length(settings, evidence))
    sketch = _sketch(settings, parts)
    return sketch.n < settings.slow_min or all(
        sketch.slower_than(test.slower_than_s * 1000) <= test.share_min * sketch.n
        for test in _tests(settings, evidence)
    )


def _length(settings: Settings, evidence: Evidence) -> timedelta:
    length = settings.window
    if _sketch(settings, evidence.parts(length)).n >= settings.calls_min:
        return length
    for length in sorted(evidence.windows):
        if length >= settings.window and _sketch(settings, evidence.windows[length]).n >= settings.calls_min:
            break
    return max(length, settings.window)


def _tests(settings: Settings, evidence: Evidence) -> list[_Test]:
    return evidence.usual.made(settings, lambda: _made_tests(settings, evidence))


def _made_tests(settings: Settings, evidence: Evidence) -> list[_Test]:
    shares = {"p95": (0.05, settings.p95_share_min)}
    if settings.timing is Timing.LATENCY:
        shares |= {"p99": (0.01, settings.p99_share_min), "p50": (0.5, settings.p50_share_min)}
    tests: list[_Test] = []
    for quantile, (expected, least) in shares.items():
        measure = f"{settings.timing}_{quantile}"
        usual = evidence.usual.level(evidence.measures[measure])
        if usual is not None:
            limit = max(usual * settings.factor_min, usual + settings.extra_min / SECOND)
            tests.append(_Test(measure, expected, least, usual, limit, slower_than_s=usual))
        elif quantile == "p95":
            limit = settings.learning_p95_max / SECOND
            tests.append(_Test(measure, expected, least, None, limit, slower_than_s=limit))
    return tests


def _apply(settings: Settings, evidence: Evidence, test: _Test, length: timedelta, *, active: bool) -> Judgement:
    sketch = _sketch(settings, evidence.parts(length))
    value = evidence.value(test.measure, length)
    slow = sketch.slower_than(test.slower_than_s * 1000)
    verdict = _verdict(settings, test, value, _Count(slow, sketch.n), ease=settings.recover_factor if active else 1.0)
    if verdict is Verdict.BREACH and _usual_again(settings, evidence, test):
        verdict = Verdict.OK
    return Judgement(
        verdict=verdict,
        measure=test.measure,
        value=value,
        threshold=test.limit_s,
        usual=test.usual_s,
        samples=sketch.n,
        bad=slow,
        window=length,
        learning=test.usual_s is None,
        severity=_severity(settings, test, value),
    )


@dataclass(frozen=True, slots=True)
class _Count:
    slow: int
    n: int


def _verdict(settings: Settings, test: _Test, value: float | None, count: _Count, *, ease: float) -> Verdict:
    """`ease` below 1 is for an alarm that fires already: it takes more health to end than to stay away."""
    slow, n = count.slow, count.n
    if value is None or n < settings.slow_min:
        return Verdict.NO_DATA
    share_limit = test.expected_share + ease * (test.share_min - test.expected_share)
    value_limit = test.limit_s if test.usual_s is None else test.usual_s + ease * (test.limit_s - test.usual_s)
    if value < value_limit or (slow < settings.slow_min and ease == 1.0):
        return Verdict.OK
    return Verdict.BREACH if lower(slow, n, Z999) > share_limit else Verdict.OK


def _usual_again(settings: Settings, evidence: Evidence, test: _Test) -> bool:
    recent = _sketch(settings, evidence.parts(settings.recent_window))
    slow = recent.slower_than(test.slower_than_s * 1000)
    return recent.n >= settings.recent_calls_min and slow <= test.expected_share * recent.n


def _severity(settings: Settings, test: _Test, value: float | None) -> Severity:
    if value is None or test.usual_s is None or not test.measure.endswith("p95"):
        return Severity.TICKET
    far = value >= test.usual_s * settings.page_factor and value >= test.usual_s + settings.page_extra / SECOND
    return Severity.PAGE if far else Severity.TICKET


def patience_with(settings: Settings, evidence: Evidence, _: Judgement, patience: Patience) -> Patience:
    """Wait longer just after a new release: warm-up is not drift."""
    if evidence.changed is None or evidence.at - evidence.changed >= settings.release_grace:
        return patience
    return replace(patience, hold=max(patience.hold, settings.release_grace))


def bad_minute(settings: Settings, judgement: Judgement, minute: Parts) -> bool:
    """A minute belongs to the trouble when twice the expected share of its calls is slow."""
    slow, calls = bad_of(settings, judgement, minute)
    expected = {"p50": 0.5, "p95": 0.05, "p99": 0.01}[judgement.measure[-3:]]
    return calls > 0 and slow / calls > min(2 * expected, settings.p50_share_min)


def bad_of(settings: Settings, judgement: Judgement, parts: Parts) -> tuple[float, float]:
    """Count the calls slower than usual, of all that succeeded."""
    sketch = _sketch(settings, parts)
    mark_s = judgement.usual if judgement.usual is not None else judgement.threshold or 0.0
    return sketch.slower_than(mark_s * 1000), sketch.n


KIND = Kind(
    title="Latency",
    scope=Scope.SERVICE,
    cause=Cause.LATENCY,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=5), keep=timedelta(minutes=10)),
    needs=needs,
    judge=judge,
    calm=calm,
    steady=True,
    patience_with=patience_with,
    bad_minute=bad_minute,
    bad_of=bad_of,
)
