"""Alarm kind `bad_answers`: calls succeed, and what comes back is no good: empty, cut short or refused.

Breach when the share of empty answers (no token and no tool call), of answers that ended at the length limit, or of
refusals and filtered answers in 30 minutes is *surely* (Wilson's lower bound, z 2.33) over 2 % and three times its
usual share; while that is not known yet, over 10 %. At least five of them. Surely over 20 % it is a page, but not for
answers cut short: many applications live with a tight limit.

It reads reasons and counts, never the text. Calls that report neither are left out of the share.

Source: the default pack's rule 11. Public reports of empty 200s: litellm#38199, adk-java#1416.
"""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.alarms.evidence import Evidence
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.alarms.shares import Limits, Watched, bad_minute, bad_of, calm, endings, judge_shares, needs, shown, telling
from tocsin.model.alarm import Judgement, Patience, Standing
from tocsin.model.signs import Sign

LEARNING_SHARE = 0.1
PAGE_SHARE = 0.2
BAD_MIN = 5

WATCHED = (
    Watched("empty_share", shown(Sign.EMPTY), telling(Sign.OUTPUT_UNTOLD), BAD_MIN, PAGE_SHARE, LEARNING_SHARE),
    Watched("refused_share", lambda parts: parts.refused, endings, BAD_MIN, PAGE_SHARE, LEARNING_SHARE),
    # Without a habit to compare with nobody knows which share is meant.
    Watched("cut_short_share", shown(Sign.CUT_SHORT), endings, BAD_MIN, None, None),
)


@dataclass(frozen=True, slots=True)
class Settings(Limits):
    """How many are too many. Shares lie between 0 and 1."""

    window: timedelta = timedelta(minutes=30)
    # Says whether it goes on.
    recent_window: timedelta = timedelta(minutes=10)
    share_min: float = 0.02
    # Times the usual share.
    usual_factor: float = 3.0


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge each share; NO_DATA without a call that tells."""
    return judge_shares(WATCHED, settings, evidence, standing)


KIND = Kind(
    title="Bad answers",
    scope=Scope.SERVICE,
    cause=Cause.ANSWERS,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=5), keep=timedelta(minutes=10)),
    needs=needs,
    judge=judge,
    calm=calm(WATCHED),
    steady=True,
    bad_minute=bad_minute(WATCHED),
    bad_of=bad_of(WATCHED),
)
