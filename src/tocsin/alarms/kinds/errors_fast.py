"""Alarm kind `errors_fast`: calls fail, now, and more often than chance or habit explain.

Breach when five calls or more failed, the last two minutes show that it goes on, and either
- the share of failed calls is *surely* over the limit: Wilson's lower bound (z 2.33) of failed in all calls. The limit
  is 5 %, or three times the usual share where that is more; or
- the share is over the limit, and *surely* (z 3.09) over five times the usual share, once that is known (and taken as
  half a percent at least): at few calls it takes long to be sure of 5 %, and not so long to be sure that this is not
  usual.

The window is 5 minutes; where it holds fewer than 20 calls it widens, to 6 h at most. Where it holds enough calls but
says too little, up to an hour may say it, as long as the 5 minutes' own share is over the limit too: so a steady
brown-out doesn't hide behind short windows. Cancelled calls and content-filter blocks are no failures.

A full outage needs no minute of patience: when within the last minute at least 10 calls came, and the share of failed
ones is surely (z 3.09) over 25 %, 15 seconds of it are enough. Nor does trouble that has lasted that minute already:
where the failures are surely unusual, and those from before the last minute are over the limit by themselves. See
docs/decisions/0021 and 0191.

Source: Google SRE Workbook, "Alerting on SLOs", for two windows; the sample guard and the limits were found by
simulation (tests/story/errors_fast, tests/alarms/test_false_alarms.py). The windows end at the tick itself, late spans
or not: a failure that is here can't be taken back, and more of them can only confirm.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.alarms.evidence import End, Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least, positive, share
from tocsin.alarms.wilson import Z99, Z999, lower
from tocsin.model.alarm import Judgement, Patience, Phase, Severity, Standing, Verdict
from tocsin.model.parts import Parts

MEASURE = "error_share"
# The usual share is told from so many calls at least.
USUAL_CALLS_MIN = 300
# A day without a failure does not make the first five of them a certainty.
USUAL_SHARE_MIN = 0.005
RECENT_CALLS_MIN = 5
# So many calls without a failure say that it is over: at 10 % all of them succeed once in 24 times.
RECENT_CALLS_SURE = 30
MINUTE = timedelta(minutes=1)
OUTAGE_WINDOWS = (timedelta(seconds=15), timedelta(seconds=30), MINUTE)
# So many failures from before the last minute show that it has lasted.
LASTED_FAILED_MIN = 2
LONGER_MAX = timedelta(hours=1)
WIDER = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 60, 120, 360))


@dataclass(frozen=True, slots=True)
class Settings:
    """How sure to be of how much. Shares lie between 0 and 1."""

    window: timedelta = timedelta(minutes=5)
    recent_window: timedelta = timedelta(minutes=2)
    share_min: float = 0.05
    recent_share_min: float = 0.025
    # Times the usual share.
    usual_factor: float = 3.0
    far_factor: float = 5.0
    failed_min: int = 5
    # With fewer calls the window widens.
    calls_min: int = 20
    outage_share_min: float = 0.25
    outage_calls_min: int = 10
    outage_hold: timedelta = timedelta(seconds=15)
    # Once firing, health is below this part of each limit.
    recover_factor: float = 0.7

    def __post_init__(self) -> None:
        for name in ("window", "recent_window"):
            positive(name, getattr(self, name))
        for name in ("share_min", "recent_share_min", "outage_share_min"):
            share(name, getattr(self, name))
        at_least("usual_factor", self.usual_factor, 1)
        at_least("far_factor", self.far_factor, self.usual_factor)
        at_least("failed_min", self.failed_min, 1)
        at_least("calls_min", self.calls_min, self.failed_min)
        at_least("outage_calls_min", self.outage_calls_min, self.failed_min)
        if not 0 < self.recover_factor <= 1:
            raise ValueError(f"recover_factor must be over 0 and at most 1; got {self.recover_factor:g}")
        if self.recent_window > self.window:
            raise ValueError(
                f"recent_window must not be longer than window; got {self.recent_window} and {self.window}"
            )


def needs(settings: Settings) -> Needs:
    """Ask for the short windows always; for wider ones where some calls failed and the short ones may not tell."""
    return Needs(
        end=End.TICK,
        windows=(*OUTAGE_WINDOWS, settings.recent_window, settings.window),
        wider=tuple(length for length in WIDER if length > settings.window),
        widen=lambda parts: (
            parts.failed > 0
            and (parts.calls < settings.calls_min or parts.failed > settings.recent_share_min * parts.calls)
        ),
    )


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge the share of failed calls; NO_DATA without a call."""
    usual = evidence.usual.level(evidence.measures[MEASURE], USUAL_CALLS_MIN)
    limit = max(settings.share_min, settings.usual_factor * (usual or 0.0))
    verdict, length = _verdict(settings, evidence, _limits(settings, usual, standing.phase))
    outage = _outage(settings, evidence, usual) if verdict is Verdict.OK else None
    if outage is not None:
        verdict, length = Verdict.BREACH, outage
    parts = evidence.parts(length)
    return Judgement(
        verdict=verdict,
        measure=MEASURE,
        value=evidence.value(MEASURE, length),
        threshold=limit,
        usual=usual,
        samples=parts.calls,
        bad=parts.failed,
        window=length,
        learning=evidence.learning,
        severity=Severity.PAGE,
    )


def calm(settings: Settings, evidence: Evidence) -> bool:
    """Without a failure nothing is wrong; nor is it where enough calls are under the limit and none of it is new."""
    parts = evidence.parts(settings.window)
    if parts.failed == 0:
        longest = evidence.parts(max(evidence.windows, default=settings.window))
        return parts.calls >= RECENT_CALLS_MIN or longest.failed == 0
    return (
        parts.calls >= settings.calls_min
        and parts.failed <= settings.share_min * parts.calls
        and all(evidence.parts(length).failed < settings.failed_min for length in OUTAGE_WINDOWS)
    )


@dataclass(frozen=True, slots=True)
class _Limits:
    share: float
    # Never reached while there is no usual share.
    far_from_usual: float
    active: bool
    pending: bool
    ease: float


def _verdict(settings: Settings, evidence: Evidence, limits: _Limits) -> tuple[Verdict, timedelta]:
    """Return the verdict and the window that says it."""
    length = _narrowest(evidence, settings.window, settings.calls_min)
    if evidence.parts(length).calls == 0:
        return Verdict.NO_DATA, length
    longer = (longer for longer in sorted(evidence.windows) if length < longer <= LONGER_MAX)
    candidates = (length, *longer) if (evidence.value(MEASURE, length) or 0.0) > limits.share else (length,)
    for candidate in candidates:
        if _surely(settings, limits, evidence.parts(candidate)):
            return _going_on(settings, evidence, limits), candidate
    return Verdict.OK, length


def _going_on(settings: Settings, evidence: Evidence, limits: _Limits) -> Verdict:
    """Return whether the trouble that a window shows is still there.

    While an alarm is pending, few calls without a failure do not say that it is over, only that nobody knows yet.
    """
    recent = _narrowest(evidence, settings.recent_window, RECENT_CALLS_MIN)
    if (evidence.value(MEASURE, recent) or 0.0) > settings.recent_share_min * limits.ease:
        return Verdict.BREACH
    few = evidence.parts(recent).calls < RECENT_CALLS_SURE
    return Verdict.NO_DATA if few and limits.pending else Verdict.OK


def _surely(settings: Settings, limits: _Limits, parts: Parts) -> bool:
    failed, calls = parts.failed, parts.calls
    if failed < (1 if limits.active else settings.failed_min):
        return False
    if lower(failed, calls, Z99) > limits.share:
        return True
    return failed > limits.share * calls and lower(failed, calls, Z999) > limits.far_from_usual


def _limits(settings: Settings, usual: float | None, phase: Phase) -> _Limits:
    """Once firing, the limits are those of recovery: noise around a limit is neither trouble nor health."""
    ease = settings.recover_factor if phase in {Phase.FIRING, Phase.CLEARING} else 1.0
    share = max(settings.share_min, settings.usual_factor * (usual or 0.0)) * ease
    far = 1.0 if usual is None else settings.far_factor * max(usual, USUAL_SHARE_MIN) * ease
    active = phase in {Phase.FIRING, Phase.CLEARING}
    return _Limits(share, far, active=active, pending=phase is Phase.PENDING, ease=ease)


def patience_with(settings: Settings, evidence: Evidence, judgement: Judgement, patience: Patience) -> Patience:
    """Be less patient with a full outage, and with what has lasted already."""
    if patience.hold <= settings.outage_hold:
        return patience
    if _outage(settings, evidence, judgement.usual) is None and not _has_lasted(settings, evidence, judgement):
        return patience
    return replace(patience, hold=settings.outage_hold)


def _has_lasted(settings: Settings, evidence: Evidence, judgement: Judgement) -> bool:
    """Return whether what is surely unusual was over the limit before the last minute, without what came in it."""
    all_of_it, newest = evidence.parts(judgement.window), evidence.parts(MINUTE)
    failed, calls = all_of_it.failed - newest.failed, all_of_it.calls - newest.calls
    if judgement.usual is None or failed < LASTED_FAILED_MIN or failed <= (judgement.threshold or 0.0) * calls:
        return False
    far = settings.far_factor * max(judgement.usual, USUAL_SHARE_MIN)
    return lower(all_of_it.failed, all_of_it.calls, Z999) > far


def _narrowest(evidence: Evidence, least: timedelta, calls_min: int) -> timedelta:
    """Return the narrowest window of at least `least` with enough calls, or else the widest there is."""
    length = least
    for length in sorted(evidence.windows):
        if length >= least and evidence.windows[length].calls >= calls_min:
            break
    return max(length, least)


def _outage(settings: Settings, evidence: Evidence, usual: float | None) -> timedelta | None:
    """Return the shortest window that shows a full outage by itself, if one does."""
    limit = max(settings.outage_share_min, settings.usual_factor * (usual or 0.0))
    for length in OUTAGE_WINDOWS:
        parts = evidence.parts(length)
        if parts.failed < settings.failed_min or parts.calls < settings.outage_calls_min:
            continue
        if lower(parts.failed, parts.calls, Z999) > limit:
            return length
    return None


def bad_minute(_: Settings, judgement: Judgement, minute: Parts) -> bool:
    """A minute belongs to the trouble when a greater share failed in it than the limit allows."""
    return minute.failed > 0 and minute.failed / minute.calls > (judgement.threshold or 0.0)


def bad_of(_: Settings, __: Judgement, parts: Parts) -> tuple[float, float]:
    """Count the failed calls, of all."""
    return parts.failed, parts.calls


KIND = Kind(
    title="Errors",
    scope=Scope.SERVICE,
    cause=Cause.ERRORS,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=1), keep=timedelta(minutes=10)),
    needs=needs,
    judge=judge,
    calm=calm,
    patience_with=patience_with,
    bad_minute=bad_minute,
    bad_of=bad_of,
    drilled=True,
)
