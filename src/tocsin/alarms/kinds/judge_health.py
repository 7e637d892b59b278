"""Alarm kind `judge_health`: an evaluator gives no verdicts, or looks at far fewer answers than it used to.

One instance for each service and evaluator. Breach when, of at least 10 evaluations in 30 minutes, *surely* (Wilson's
lower bound, z 2.33) more than 10 % gave no verdict; or when it looked at less than half of the share of calls that it
usually looks at; or when no verdict came for longer than an hour and five times its usual gap, while calls came. A
ticket. A judge's failure is never a bad score: it is left out of the quality and told here.

Source: the default pack's rule 13. Public reports of failures read as scores: openai/evals#1712, water#57.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.alarms.evidence import Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least, positive, share
from tocsin.alarms.wilson import Z99, lower, upper
from tocsin.model.alarm import Judgement, Patience, Phase, Severity, Standing, Verdict
from tocsin.model.scored import AskJudging, Judging

# The usual coverage is told from so many evaluations at least, and judged on so many that would be expected.
USUAL_ATTEMPTS_MIN = 100
EXPECTED_MIN = 20
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is too much. Shares lie between 0 and 1."""

    window: timedelta = timedelta(minutes=30)
    failed_share_max: float = 0.10
    attempts_min: int = 10
    # Of the usual share of calls that are looked at.
    coverage_factor: float = 0.5
    # No silence up to this long is told, nor up to so many usual gaps.
    silence_min: timedelta = timedelta(hours=1)
    gap_factor: float = 5.0
    # Once firing, health is below this part of the limit.
    recover_factor: float = 0.7

    def __post_init__(self) -> None:
        positive("window", self.window)
        positive("silence_min", self.silence_min)
        share("failed_share_max", self.failed_share_max)
        share("coverage_factor", self.coverage_factor)
        at_least("attempts_min", self.attempts_min, 1)
        at_least("gap_factor", self.gap_factor, 1)
        if not 0 < self.recover_factor <= 1:
            raise ValueError(f"recover_factor must be over 0 and at most 1; got {self.recover_factor:g}")


def ask(settings: Settings) -> AskJudging:
    """Return what is asked for."""
    return AskJudging(window=settings.window)


def needs(settings: Settings) -> Needs:
    """Ask for no window: evaluations are no calls."""
    return Needs(ask=ask(settings))


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge one evaluator; NO_DATA when it was never heard of, or nothing was there to be judged."""
    told = evidence.fact(ask(settings), Judging)
    if told is None:
        return Judgement(Verdict.NO_DATA, "", severity=Severity.TICKET)
    found = Judgement(
        Verdict.OK, "", samples=told.attempts, bad=told.failed, window=settings.window, severity=Severity.TICKET
    )
    easier = 1.0 if standing.phase in {Phase.QUIET, Phase.PENDING} else settings.recover_factor
    silent = _silent(settings, told, evidence)
    if silent:
        return replace(found, verdict=Verdict.BREACH, finding=silent)
    if told.attempts:
        found = replace(found, value=told.failed / told.attempts, threshold=settings.failed_share_max)
    if told.attempts >= settings.attempts_min and _fails(settings, told, easier):
        why = f" (mostly {told.reason})" if told.reason else ""
        text = f"no verdict on {told.failed / told.attempts:.0%} of {told.attempts} evaluations{why}"
        return replace(
            found, verdict=Verdict.BREACH, finding=text, note="the quality it shows is not reliable meanwhile"
        )
    fewer = _fewer(settings, told, easier)
    if fewer:
        return replace(found, verdict=Verdict.BREACH, finding=fewer)
    return found if told.attempts or told.calls else replace(found, verdict=Verdict.NO_DATA)


def _fails(settings: Settings, told: Judging, easier: float) -> bool:
    return lower(told.failed, told.attempts, Z99) > settings.failed_share_max * easier


def _silent(settings: Settings, told: Judging, evidence: Evidence) -> str:
    """Say that no verdict comes any more; empty while that is usual, or while there is nothing to judge."""
    if told.newest is None or not told.calls or told.usual_attempts < USUAL_ATTEMPTS_MIN:
        return ""
    quiet = evidence.at - max(told.newest, evidence.up_since)
    if quiet <= max(settings.silence_min, settings.gap_factor * told.gap_p99):
        return ""
    return f"no verdict for {quiet // MINUTE} min, and {told.calls:,} calls in the last {settings.window // MINUTE}"


def _fewer(settings: Settings, told: Judging, easier: float) -> str:
    """Say that it looks at far fewer calls than it used to; empty while that is not sure."""
    if told.usual_attempts < USUAL_ATTEMPTS_MIN or not told.usual_calls:
        return ""
    usual = min(1.0, told.usual_attempts / told.usual_calls)
    seen = min(told.attempts, told.calls)
    if usual * told.calls < EXPECTED_MIN or upper(seen, told.calls, Z99) >= usual * settings.coverage_factor / easier:
        return ""
    return f"looks at {seen / told.calls:.1%} of the calls, usually at {usual:.1%}"


KIND = Kind(
    title="Judge health",
    scope=Scope.SUBJECT,
    subject="scores",
    cause=Cause.QUALITY,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=5), keep=timedelta(minutes=10)),
    needs=needs,
    judge=judge,
)
