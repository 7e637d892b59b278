"""Alarm kind `error_class_surge`: one class of errors is far more frequent than usual, small as its share may be.

Breach when the share of rate limits, timeouts, refused keys, too long prompts or wrong requests in all calls of 10
minutes is *surely* (Wilson's lower bound, z 2.33) over 2 % and four times its usual share; while that is not known yet,
over 5 %. At least five such calls, three for refused keys: a key does not fail by chance. Refused keys page; rate
limits and timeouts do when they are surely over 20 %.

Which key was refused is reported by no instrumentation, so the share is of all calls, not of one key's.

What is plainly broken is told by `errors_fast`; this one finds what a small share hides.

Source: the default pack's rule 3; the limits are held to a false-alarm budget by simulation
(tests/alarms/test_shares.py).
"""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.alarms.evidence import Evidence
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.alarms.shares import Limits, Watched, bad_minute, bad_of, calls, calm, judge_shares, needs, shown
from tocsin.model.alarm import Judgement, Patience, Standing
from tocsin.model.dimension import ErrorType
from tocsin.model.signs import of_error

LEARNING_SHARE = 0.05
PAGE_SHARE = 0.2


def _watched(error: ErrorType, bad_min: int, page_share: float | None) -> Watched:
    return Watched(f"{error}_share", shown(of_error(error)), calls, bad_min, page_share, LEARNING_SHARE)


WATCHED = (
    _watched(ErrorType.AUTH, 3, 0.0),
    _watched(ErrorType.RATE_LIMIT, 5, PAGE_SHARE),
    _watched(ErrorType.TIMEOUT, 5, PAGE_SHARE),
    _watched(ErrorType.CONTEXT_LENGTH, 5, None),
    _watched(ErrorType.INVALID_REQUEST, 5, None),
)


@dataclass(frozen=True, slots=True)
class Settings(Limits):
    """How much is a surge. Shares lie between 0 and 1."""

    window: timedelta = timedelta(minutes=10)
    # Says whether it goes on.
    recent_window: timedelta = timedelta(minutes=3)
    share_min: float = 0.02
    # Times the usual share.
    usual_factor: float = 4.0


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge each share; NO_DATA without a call that tells."""
    return judge_shares(WATCHED, settings, evidence, standing)


KIND = Kind(
    title="Errors of one class",
    scope=Scope.SERVICE,
    cause=Cause.ERROR_CLASS,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=2), keep=timedelta(minutes=10)),
    needs=needs,
    judge=judge,
    calm=calm(WATCHED),
    steady=True,
    bad_minute=bad_minute(WATCHED),
    bad_of=bad_of(WATCHED),
)
