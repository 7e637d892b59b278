"""What several kinds have in common: shares of calls, each held against a limit and against what is usual. Pure.

A share is in breach when Wilson's lower bound (z 2.33) of its bad calls is over its limit: the larger of a fixed share
and so many times the usual one. One instance watches several shares; it speaks of the one that is furthest over its
limit, so that a trouble which changes its face stays one alarm.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tocsin.alarms.evidence import Evidence, Needs
from tocsin.alarms.kind import at_least, positive, share
from tocsin.alarms.wilson import Z99, lower
from tocsin.model.alarm import Judgement, Phase, Severity, Standing, Verdict
from tocsin.model.parts import Parts
from tocsin.model.signs import Sign

# The usual share is told from so many calls at least.
USUAL_CALLS_MIN = 300
# So many of the latest calls say whether it goes on.
RECENT_CALLS_MIN = 10


Count = Callable[[Parts], int]


def shown(sign: str) -> Count:
    """Return how to count the calls that show a sign."""
    return lambda parts: parts.shown(sign)


def telling(untold: Sign) -> Count:
    """Return how to count the calls without an error that tell what the sign says is untold."""
    return lambda parts: parts.telling(untold)


def calls(parts: Parts) -> int:
    """Count every call."""
    return parts.calls


def refused(parts: Parts) -> int:
    """Count the calls that a refusal or a filter ended."""
    return parts.refused


def endings(parts: Parts) -> int:
    """Count the calls that say why they ended."""
    return parts.endings


@dataclass(frozen=True, slots=True)
class Watched:
    """One share: its measure, and how loud it is."""

    measure: str
    # The bad calls, and all that can be looked at: what the measure divides.
    bad: Count
    of: Count
    # Fewer bad calls than this never are an alarm.
    bad_min: int
    # Surely over this share it is a page; None: never.
    page_share: float | None
    # Without a usual level: the limit, or None where nothing can be said then.
    learning_share: float | None
    # How sure to be. What is usually not rare needs more: there chance alone piles up.
    z: float = Z99


@dataclass(frozen=True, slots=True)
class Limits:
    """How the shares are held against their limits; the settings of each kind that watches shares.

    Shares lie between 0 and 1. Raises ValueError for what makes no sense.
    """

    window: timedelta = timedelta(minutes=15)
    # Says whether it goes on.
    recent_window: timedelta = timedelta(minutes=5)
    share_min: float = 0.05
    # Times the usual share.
    usual_factor: float = 3.0
    # Once firing, health is below this part of each limit.
    recover_factor: float = 0.7

    def __post_init__(self) -> None:
        positive("window", self.window)
        positive("recent_window", self.recent_window)
        share("share_min", self.share_min)
        at_least("usual_factor", self.usual_factor, 1)
        if not 0 < self.recover_factor <= 1:
            raise ValueError(f"recover_factor must be over 0 and at most 1; got {self.recover_factor:g}")
        if self.recent_window > self.window:
            raise ValueError(
                f"recent_window must not be longer than window; got {self.recent_window} and {self.window}"
            )


def needs(limits: Limits) -> Needs:
    """Ask for the window, and the short one that says whether it goes on."""
    return Needs(windows=(limits.recent_window, limits.window), signs=True)


@dataclass(frozen=True, slots=True)
class _Found:
    watched: Watched
    value: float
    limit: float
    usual: float | None
    bad: int
    of: int
    breach: bool
    surely: float


def judge_shares(watched: Sequence[Watched], limits: Limits, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge all shares and tell of the one furthest over its limit; NO_DATA where none can be taken."""
    active = standing.phase in {Phase.FIRING, Phase.CLEARING}
    found = [one for item in watched if (one := _found(item, limits, evidence, active=active)) is not None]
    if not found:
        return Judgement(
            Verdict.NO_DATA,
            watched[0].measure,
            window=limits.window,
            learning=evidence.learning,
            severity=Severity.TICKET,
        )
    most = max(found, key=lambda one: (one.breach, one.surely / one.limit, one.value))
    page = most.watched.page_share
    return Judgement(
        verdict=Verdict.BREACH if most.breach else Verdict.OK,
        measure=most.watched.measure,
        value=most.value,
        threshold=most.limit,
        usual=most.usual,
        samples=most.of,
        bad=most.bad,
        window=limits.window,
        learning=most.usual is None,
        severity=Severity.PAGE if page is not None and most.surely > page else Severity.TICKET,
    )


def calm(watched: Sequence[Watched]) -> Callable[[Limits, Evidence], bool]:
    """Return the look of a kind that watches these: a few bad calls are no breach, nor is a share under all limits."""

    def looks(limits: Limits, evidence: Evidence) -> bool:
        parts = evidence.parts(limits.window)
        return all((bad := one.bad(parts)) < one.bad_min or bad <= limits.share_min * one.of(parts) for one in watched)

    return looks


def _found(watched: Watched, limits: Limits, evidence: Evidence, *, active: bool) -> _Found | None:
    parts, measure = evidence.parts(limits.window), evidence.measures[watched.measure]
    of, value = measure.samples(parts), measure.value(parts, limits.window)
    usual = evidence.usual.level(measure, USUAL_CALLS_MIN)
    if value is None or (usual is None and watched.learning_share is None):
        return None
    floor = limits.share_min if usual is not None else max(limits.share_min, watched.learning_share or 0.0)
    limit = max(floor, limits.usual_factor * (usual or 0.0))
    ease = limits.recover_factor if active else 1.0
    bad = watched.bad(parts)
    surely = lower(bad, of, watched.z)
    breach = bad >= (1 if active else watched.bad_min) and surely > limit * ease
    recent = evidence.parts(limits.recent_window)
    now = measure.value(recent, limits.recent_window)
    over = now is not None and measure.samples(recent) >= RECENT_CALLS_MIN and now <= limit * ease / 2
    return _Found(watched, value, limit, usual, bad, of, breach and not over, surely)


def bad_of(watched: Sequence[Watched]) -> Callable[[object, Judgement, Parts], tuple[float, float]]:
    """Return how to count the bad calls, and of how many, of the share that a judgement speaks of."""
    known = {one.measure: one for one in watched}

    def count(_: object, judgement: Judgement, parts: Parts) -> tuple[float, float]:
        one = known[judgement.measure]
        return one.bad(parts), one.of(parts)

    return count


def bad_minute(watched: Sequence[Watched]) -> Callable[[object, Judgement, Parts], bool]:
    """Return whether one minute shows the trouble of a judgement: more than its limit in two calls or more."""
    counted = bad_of(watched)

    def shows(settings: object, judgement: Judgement, minute: Parts) -> bool:
        bad, of = counted(settings, judgement, minute)
        return bad > 1 and bad > (judgement.threshold or 0.0) * of

    return shows
