"""Alarm kind `model_swap`: another family of models answers than was asked for.

Breach when the share of such answers in 15 minutes is *surely* (Wilson's lower bound, z 2.33) over 5 % and three times
its usual share, with five of them at least; over half of all calls it is a page. Only calls that name both models
count, and versions of one family are the same: `gpt-4o` answered by `gpt-4o-2024-08-06` is no swap.

Not judged before the usual share is known: a deployment under a name of its own (Azure) looks like a swap in every
call, and only habit tells that it is none.

Source: the default pack's rule 10. Public reports of silent fallbacks: openclaw#39818, hermes-agent#73772.
"""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.alarms.evidence import Evidence
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.alarms.shares import Limits, Watched, bad_minute, bad_of, calm, judge_shares, needs, shown, telling
from tocsin.model.alarm import Judgement, Patience, Standing
from tocsin.model.signs import Sign

PAGE_SHARE = 0.5
WATCHED = (Watched("swapped_share", shown(Sign.SWAPPED), telling(Sign.MODEL_UNTOLD), 5, PAGE_SHARE, None),)


@dataclass(frozen=True, slots=True)
class Settings(Limits):
    """How many are too many. Shares lie between 0 and 1."""

    window: timedelta = timedelta(minutes=15)
    # Says whether it goes on.
    recent_window: timedelta = timedelta(minutes=5)
    share_min: float = 0.05
    # Times the usual share.
    usual_factor: float = 3.0


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge each share; NO_DATA without a call that tells."""
    return judge_shares(WATCHED, settings, evidence, standing)


KIND = Kind(
    title="Model swap",
    scope=Scope.SERVICE,
    cause=Cause.ANSWERS,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=2), keep=timedelta(minutes=10)),
    needs=needs,
    judge=judge,
    calm=calm(WATCHED),
    steady=True,
    bad_minute=bad_minute(WATCHED),
    bad_of=bad_of(WATCHED),
)
