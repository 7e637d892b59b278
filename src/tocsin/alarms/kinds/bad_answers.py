"""Alarm kind `bad_answers`: calls succeed, and what comes back is no good: empty, cut short or refused.

Breach when the share of empty answers (no token and no tool call), of answers that ended at the length limit, or of
refusals and filtered answers in 30 minutes is *surely* (Wilson's lower bound, z 2.33) over 2 % and three times its
usual share; while that is not known yet, over 10 %. At least five of them. Surely over 20 % it is a page.

Answers cut short are no page, wait for a usual share, and need more certainty (z 3.09): many applications live with a
tight limit, and where three in a hundred are usual chance alone makes seven of thirty (tests/alarms/test_shares.py).

A filter that is off is no good either: where one answer in a hundred is usually refused or filtered at this hour of the
week, and for 24 hours none was, it is a ticket, if there were so many answers that chance is no reason.

It reads reasons and counts, never the text. Calls that report neither are left out of the share.

Source: the default pack's rule 11. Public reports of empty 200s: litellm#38199, adk-java#1416.
"""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.alarms.evidence import Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.alarms.shares import (
    USUAL_CALLS_MIN,
    Limits,
    Watched,
    bad_minute,
    bad_of,
    endings,
    judge_shares,
    refused,
    shown,
    telling,
)
from tocsin.alarms.shares import calm as few_of
from tocsin.alarms.usual import DAY, HOUR
from tocsin.alarms.wilson import Z99, Z999, upper
from tocsin.model.alarm import Judgement, Patience, Severity, Standing, Verdict
from tocsin.model.signs import Sign

LEARNING_SHARE = 0.1
PAGE_SHARE = 0.2
BAD_MIN = 5
REFUSED = "refused_share"
# A filter that usually stops so many answers is known to be there.
FILTERED_MIN = 0.01

WATCHED = (
    Watched("empty_share", shown(Sign.EMPTY), telling(Sign.OUTPUT_UNTOLD), BAD_MIN, PAGE_SHARE, LEARNING_SHARE),
    Watched(REFUSED, refused, endings, BAD_MIN, PAGE_SHARE, LEARNING_SHARE),
    # Without a habit to compare with nobody knows which share is meant.
    Watched("cut_short_share", shown(Sign.CUT_SHORT), endings, BAD_MIN, None, None, Z999),
)
few_bad = few_of(WATCHED)


@dataclass(frozen=True, slots=True)
class Settings(Limits):
    """How many are too many. Shares lie between 0 and 1."""

    window: timedelta = timedelta(minutes=30)
    # Says whether it goes on.
    recent_window: timedelta = timedelta(minutes=10)
    share_min: float = 0.02
    # Times the usual share.
    usual_factor: float = 3.0


def needs(settings: Settings) -> Needs:
    """Ask for the windows of the shares, and the last hour."""
    return Needs(windows=(settings.recent_window, settings.window, HOUR), signs=True)


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge each share, then whether a filter is off; NO_DATA without a call that tells."""
    found = judge_shares(WATCHED, settings, evidence, standing)
    return found if found.verdict is Verdict.BREACH else _off(evidence) or found


def _off(evidence: Evidence) -> Judgement | None:
    """Say that nothing is refused any more where it usually is; None where something is, or it may be chance."""
    # The day ends with the last whole hour; the hour up to now holds all that came since.
    usual, day, now = evidence.usual, evidence.usual.whole_day, evidence.parts(HOUR)
    if not usual.weekly or day is None or day.refused or now.refused:
        return None
    level = usual.level(evidence.measures[REFUSED], USUAL_CALLS_MIN)
    if level is None or level < FILTERED_MIN or upper(0, day.endings, Z99) > level / 2:
        return None
    return Judgement(
        Verdict.BREACH,
        REFUSED,
        value=0.0,
        usual=level,
        samples=day.endings,
        window=DAY,
        severity=Severity.TICKET,
        finding="no answer refused or filtered for 24 h",
    )


def calm(settings: Settings, evidence: Evidence) -> bool:
    """Whether no share has enough bad calls for a breach, and no filter is off."""
    return few_bad(settings, evidence) and _off(evidence) is None


KIND = Kind(
    title="Bad answers",
    scope=Scope.SERVICE,
    cause=Cause.ANSWERS,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=5), keep=timedelta(minutes=10)),
    needs=needs,
    judge=judge,
    steady=True,
    calm=calm,
    bad_minute=bad_minute(WATCHED),
    bad_of=bad_of(WATCHED),
)
