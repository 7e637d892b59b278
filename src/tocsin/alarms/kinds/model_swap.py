"""Alarm kind `model_swap`: another family of models answers than was asked for.

Breach when the share of such answers in 15 minutes is *surely* (Wilson's lower bound, z 2.33) over 5 % and three times
its usual share, with five of them at least; over half of all calls it is a page. Only calls that name both models
count, and versions of one family are the same: `gpt-4o` answered by `gpt-4o-2024-08-06` is no swap.

It is a ticket too when a name that a service was never answered under, in seven days, has given twenty answers within
the hour to a name that was asked for all along: the model behind an alias has changed.

Shares are not judged before the usual share is known: a deployment under a name of its own (Azure) looks like a swap in
every call, and only habit tells that it is none.

Source: the default pack's rule 10. Public reports of silent fallbacks: openclaw#39818, hermes-agent#73772.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.alarms.evidence import Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope
from tocsin.alarms.shares import Limits, Watched, bad_minute, bad_of, judge_shares, shown, telling
from tocsin.alarms.shares import calm as few_of
from tocsin.model.alarm import Judgement, Patience, Severity, Standing, Verdict
from tocsin.model.served import AskServed, Served
from tocsin.model.signs import Sign

PAGE_SHARE = 0.5
ASK = AskServed()
WATCHED = (Watched("swapped_share", shown(Sign.SWAPPED), telling(Sign.MODEL_UNTOLD), 5, PAGE_SHARE, None),)
few_bad = few_of(WATCHED)


@dataclass(frozen=True, slots=True)
class Settings(Limits):
    """How many are too many. Shares lie between 0 and 1."""

    window: timedelta = timedelta(minutes=15)
    # Says whether it goes on.
    recent_window: timedelta = timedelta(minutes=5)
    share_min: float = 0.05
    # Times the usual share.
    usual_factor: float = 3.0


def needs(settings: Settings) -> Needs:
    """Ask for the windows of the share, and for models that never answered before."""
    return Needs(windows=(settings.recent_window, settings.window), signs=True, ask=ASK)


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge the share, then whether a new model answers; NO_DATA without a call that tells."""
    found = judge_shares(WATCHED, settings, evidence, standing)
    new = evidence.fact(ASK, Served)
    if new is None or found.verdict is Verdict.BREACH:
        return found
    return replace(
        found,
        verdict=Verdict.BREACH,
        value=found.value or 0.0,
        threshold=None,
        samples=new.calls,
        bad=0,
        window=ASK.lately,
        severity=Severity.TICKET,
        finding=f"{new.asked} is answered by {new.model}, which never answered before",
    )


def calm(settings: Settings, evidence: Evidence) -> bool:
    """Whether there are too few other answers for a breach, and no new model."""
    return few_bad(settings, evidence) and evidence.fact(ASK, Served) is None


KIND = Kind(
    title="Model swap",
    scope=Scope.SERVICE,
    cause=Cause.ANSWERS,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=2), keep=timedelta(minutes=10)),
    needs=needs,
    judge=judge,
    calm=calm,
    steady=True,
    bad_minute=bad_minute(WATCHED),
    bad_of=bad_of(WATCHED),
)
