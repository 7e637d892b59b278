"""How fast a budget of bad calls is being spent: what `error_budget` and `burn_rate` share. Pure.

The objective says which share of calls must be good; the rest is the budget. A burn of 1 spends it in exactly 30 days.
The month is the last 30 days: it has no first day on which everything is forgiven. A service that is known for less
has the budget that its calls so far make in 30 days.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Protocol

from tocsin.alarms.evidence import MINUTE, SLOW_STEP, End, Evidence, Needs
from tocsin.alarms.wilson import Z99, lower
from tocsin.model.alarm import Judgement, Phase, Severity, Standing, Verdict
from tocsin.model.parts import Parts
from tocsin.settings import duration, duration_text

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MONTH = 30 * DAY
TIERS_MAX = 8
# Of the standard tiers those are used that can fire at the objective.
# Source: Google SRE Workbook, "Alerting on SLOs", and Sloth's defaults.
STANDARD = ("1h/5m x14.4 page", "6h/30m x6 page", "1d/2h x3 ticket", "3d/6h x1 ticket")
# The fall-back: where calls are too few for any tier, most of a day's calls.
ALL_DAY = DAY
ALL_DAY_BAD_MIN = 10
ALL_DAY_SHARE_MIN = 0.5
# So many of the latest calls say whether it goes on.
LATEST_CALLS_MIN = 5
LATEST = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))

_TIER = re.compile(r"(\w+)/(\w+) x(\d+(?:\.\d+)?) (page|ticket)")

Count = Callable[[Parts], int]


@dataclass(frozen=True, slots=True)
class Tier:
    """Two windows that must both burn faster than `factor`: the long one says it matters, the short that it goes on."""

    long: timedelta
    short: timedelta
    factor: float
    severity: Severity

    def __str__(self) -> str:
        return f"{duration_text(self.long)}/{duration_text(self.short)} x{self.factor:g} {self.severity}"


def tier_of(text: str) -> Tier:
    """Read "6h/30m x6 page". Raises ValueError that says what is wrong."""
    match = _TIER.fullmatch(text)
    if match is None:
        raise ValueError(f'tiers: "{text}" is no tier; write it as in "6h/30m x6 page" or "3d/6h x1 ticket"')
    try:
        long, short = duration(match[1]), duration(match[2])
    except ValueError as wrong:
        raise ValueError(f'tiers: "{text}": a window {wrong}') from None
    if short < SLOW_STEP or short % MINUTE or long % MINUTE:
        raise ValueError(f'tiers: "{text}": windows are whole minutes, the short one of 5m at least')
    if not short < long <= MONTH:
        raise ValueError(f'tiers: "{text}": the first window must be the longer one, of 30d at most')
    if float(match[3]) <= 0:
        raise ValueError(f'tiers: "{text}": the factor must be more than 0')
    return Tier(long, short, float(match[3]), Severity(match[4]))


class Objective(Protocol):
    """The settings that both kinds have; each says in its own file what they mean there."""

    @property
    def objective(self) -> float:
        """The share of calls that must be good."""
        ...

    @property
    def tiers(self) -> tuple[str, ...]:
        """Windows, factor and severity, as texts; empty: the standard ones."""
        ...

    @property
    def bad_min(self) -> int:
        """Fewer bad calls than this in the long window are no alarm."""
        ...

    @property
    def sure_factor(self) -> float:
        """The share is surely over so many times the budget."""
        ...

    @property
    def recover_factor(self) -> float:
        """Once firing, health is below this part of each limit."""
        ...


def sensible(settings: Objective) -> None:
    """Raise ValueError when the settings can't be meant, or a tier could never fire."""
    if not 0 < settings.objective < 1:
        raise ValueError(f"objective must lie between 0 and 1, both excluded (0.99 is 99%); got {settings.objective:g}")
    if len(settings.tiers) > TIERS_MAX:
        raise ValueError(f"tiers must be {TIERS_MAX} at most; got {len(settings.tiers)}")
    if settings.bad_min < 1:
        raise ValueError(f"bad_min must be 1 or more; got {settings.bad_min}")
    if settings.sure_factor <= 0:
        raise ValueError(f"sure_factor must be more than 0; got {settings.sure_factor:g}")
    if not 0 < settings.recover_factor <= 1:
        raise ValueError(f"recover_factor must be over 0 and at most 1; got {settings.recover_factor:g}")
    budget = 1 - settings.objective
    for tier in map(tier_of, settings.tiers):
        if tier.factor * budget >= 1:
            raise ValueError(
                f'tiers: "{tier}" can never fire with objective = {settings.objective:g}: {tier.factor:g} times a '
                f"budget of {budget:.3g} is over all calls; lower the factor below {1 / budget:.3g}"
            )
    if not tiers_of(settings) or settings.sure_factor * budget >= 1:
        raise ValueError(
            f"objective = {settings.objective:g} is too low for any tier to fire; raise it, or lower sure_factor"
        )


def tiers_of(settings: Objective) -> Sequence[Tier]:
    """Return the tiers, pages first; of the standard ones those that can fire."""
    return _tiers(settings.tiers or STANDARD, settings.objective)


@lru_cache(maxsize=256)
def _tiers(texts: tuple[str, ...], objective: float) -> Sequence[Tier]:
    given = [tier_of(text) for text in texts]
    able = [tier for tier in given if tier.factor * (1 - objective) < 1]
    return sorted(able, key=lambda tier: tier.severity is not Severity.PAGE)


def needs(settings: Objective, *, signs: bool = False) -> Needs:
    """Ask for the windows of every tier, for the day and the latest hours, and for the month."""
    windows = {length for tier in tiers_of(settings) for length in (tier.long, tier.short)}
    return Needs(end=End.SLOW, windows=tuple(sorted({*windows, *LATEST, ALL_DAY, MONTH})), signs=signs)


@dataclass(frozen=True, slots=True)
class Budget:
    """What is judged: how to count the bad calls, of how many; and the measure that is their share."""

    bad: Count
    of: Count
    measure: str


@dataclass(frozen=True, slots=True)
class _Found:
    """One tier, or the fall-back, against its limit."""

    verdict: Verdict
    length: timedelta
    limit: float
    severity: Severity
    # How far over its limit the long window is; what is nearest to firing is told in health.
    over: float


def judge(settings: Objective, budget: Budget, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge every tier; the judgement tells of the first in breach, pages first. NO_DATA without a call in any."""
    active = standing.phase in {Phase.FIRING, Phase.CLEARING}
    found = _all(settings, budget, evidence, active=False)
    chosen = _first(found, Verdict.BREACH)
    if chosen is None and active:
        # What only holds the alarm open makes it no louder.
        held = [replace(one, severity=Severity.TICKET) for one in _all(settings, budget, evidence, active=True)]
        chosen = _first(held, Verdict.BREACH) or _first(held, Verdict.NO_DATA)
    chosen = chosen or max(found, key=lambda one: one.over)
    parts = evidence.parts(chosen.length)
    of, bad = budget.of(parts), budget.bad(parts)
    found_out = Judgement(
        verdict=chosen.verdict,
        measure=budget.measure,
        value=bad / of if of else None,
        threshold=chosen.limit,
        samples=of,
        bad=bad,
        window=chosen.length,
        severity=chosen.severity,
    )
    if chosen.verdict is not Verdict.BREACH:
        return found_out
    finding, note = _words(settings, budget, evidence, chosen)
    return replace(found_out, finding=finding, note=note)


def _all(settings: Objective, budget: Budget, evidence: Evidence, *, active: bool) -> list[_Found]:
    """Return every tier and the fall-back, pages first."""
    ease = settings.recover_factor if active else 1.0
    found = [_tier(settings, budget, evidence, tier, ease=ease) for tier in tiers_of(settings)]
    found.append(_all_day(budget, evidence, active=active))
    return sorted(found, key=lambda one: one.severity is not Severity.PAGE)


def _first(found: Sequence[_Found], verdict: Verdict) -> _Found | None:
    return next((one for one in found if one.verdict is verdict), None)


def _share(budget: Budget, evidence: Evidence, length: timedelta) -> float | None:
    parts = evidence.parts(length)
    of = budget.of(parts)
    return budget.bad(parts) / of if of else None


def _tier(settings: Objective, budget: Budget, evidence: Evidence, tier: Tier, *, ease: float) -> _Found:
    limit = tier.factor * (1 - settings.objective)
    long, short = _share(budget, evidence, tier.long), _share(budget, evidence, tier.short)
    over = 0.0 if long is None else long / limit
    parts = evidence.parts(tier.long)
    sure = lower(budget.bad(parts), budget.of(parts), Z99) > settings.sure_factor * (1 - settings.objective) * ease
    if long is None:
        verdict = Verdict.NO_DATA
    elif long <= limit * ease or not sure or (ease == 1.0 and budget.bad(parts) < settings.bad_min):
        verdict = Verdict.OK
    elif short is None:
        # Nobody called lately: no news of the trouble, and none of its end.
        verdict = Verdict.NO_DATA if ease < 1.0 else Verdict.OK
    else:
        verdict = Verdict.BREACH if short > limit * ease else Verdict.OK
    return _Found(verdict, tier.long, limit, tier.severity, over)


def _all_day(budget: Budget, evidence: Evidence, *, active: bool) -> _Found:
    """Where hardly anybody calls no tier has enough calls; but most of a day's calls are most of them."""
    share = _share(budget, evidence, ALL_DAY)
    over = 0.0 if share is None else share / ALL_DAY_SHARE_MIN
    latest = next((length for length in LATEST if budget.of(evidence.parts(length)) >= LATEST_CALLS_MIN), LATEST[-1])
    now = _share(budget, evidence, latest)
    if share is None:
        verdict = Verdict.NO_DATA
    elif share < ALL_DAY_SHARE_MIN or budget.bad(evidence.parts(ALL_DAY)) < ALL_DAY_BAD_MIN:
        verdict = Verdict.OK
    elif now is None:
        verdict = Verdict.NO_DATA if active else Verdict.OK
    else:
        verdict = Verdict.BREACH if now >= ALL_DAY_SHARE_MIN else Verdict.OK
    return _Found(verdict, ALL_DAY, ALL_DAY_SHARE_MIN, Severity.PAGE, over)


def _words(settings: Objective, budget: Budget, evidence: Evidence, found: _Found) -> tuple[str, str]:
    """Say when the budget will be gone at this pace, and how much of it went."""
    allowed = 1 - settings.objective
    burn = (_share(budget, evidence, found.length) or 0.0) / allowed
    # Rhythms are told once an hour: what has none began within it.
    first = evidence.until - HOUR if evidence.rhythm is None else evidence.rhythm.first_seen
    known = min(max(evidence.until - first, HOUR), MONTH)
    month = evidence.parts(MONTH)
    total = allowed * budget.of(month) * (MONTH / known)
    used = budget.bad(month) / total
    here = budget.bad(evidence.parts(found.length)) / total
    since = max(evidence.until - found.length, first)
    when = f"{since:%H:%M}" if found.length < DAY else f"{since.day} {since:%b %H:%M}"
    # A window cannot have used more than all of the month.
    note = f"{_percent(min(here, used))} of it used since {when} UTC, {_percent(used)} in 30 days"
    if used >= 1:
        return f"month's error budget is gone (burn {_short(burn)})", note
    left = (1 - used) * MONTH / burn
    return f"month's error budget gone in {_left(left)} (burn {_short(burn)})", note


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if value < 100 else f"{value:.0f}"


def _percent(share: float) -> str:
    return f"{_short(100 * share)}%"


def _left(span: timedelta) -> str:
    if span < 2 * HOUR:
        return f"{max(1, round(span / MINUTE))} min"
    return f"{round(span / HOUR)} h" if span < 3 * DAY else f"{round(span / DAY)} d"
