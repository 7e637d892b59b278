"""NAB's scoring, written anew from its description: what flags on a series are worth against its labelled windows.

Every window is worth at most `tp`, by its first flag: all of it at the left edge, falling to nothing at the right. A
window without a flag costs `fn`. Every flag outside of windows costs up to `fp`: less right after a window, all of it
three widths on and before the first. Flags in the first 15% of a series (of at most 5,000 points) count for nothing. A
corpus is scaled so that no flags at all are 0, and one at the left edge of each window and none elsewhere is 100.

Source: A. Lavin and S. Ahmad, "Evaluating real-time anomaly detection algorithms", ICMLA 2015; widths and edges as in
the scorer that made the published results (numenta/NAB 1.1).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, floor

PROBATION = 0.15
PROBATION_OF_MAX = 5000
STEEPNESS = 5.0
# So many widths after a window a false flag costs all that it can.
FAR = 3.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What right and wrong flags are worth to one kind of user."""

    name: str
    tp: float
    fp: float
    fn: float


STANDARD = Profile("standard", tp=1.0, fp=0.11, fn=1.0)
LOW_FP = Profile("low_fp", tp=1.0, fp=0.22, fn=1.0)
LOW_FN = Profile("low_fn", tp=1.0, fp=0.11, fn=2.0)
PROFILES = (STANDARD, LOW_FP, LOW_FN)


@dataclass(frozen=True, slots=True)
class Window:
    """Points `first` to `last`, both included, within which an anomaly lies."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Score:
    """What the flags on one series came to; `raw` is not scaled."""

    raw: float
    windows: int
    found: int
    false_flags: int


def probation(points: int) -> int:
    """Return how many of the first points are not scored."""
    return floor(PROBATION * min(points, PROBATION_OF_MAX))


def score(flags: Iterable[int], windows: Sequence[Window], points: int, profile: Profile) -> Score:
    """Score the flagged points of one series; `windows` in time order, none touching another."""
    starts = [window.first for window in windows]
    start = probation(points)
    best: dict[int, float] = {}
    false_flags = 0
    cost = 0.0
    for flag in flags:
        if flag < start:
            continue
        place = bisect_left(starts, flag + 1) - 1
        if place >= 0 and flag <= windows[place].last:
            best[place] = max(best.get(place, 0.0), _worth(flag, windows[place]) * profile.tp)
        else:
            false_flags += 1
            cost += profile.fp * (_shape(_past(flag, windows[place])) if place >= 0 else -1.0)
    scored = sum(window.last >= start for window in windows)
    return Score(sum(best.values()) + cost - profile.fn * (scored - len(best)), scored, len(best), false_flags)


def scaled(scores: Sequence[Score], profile: Profile) -> float:
    """Return a corpus' score: 0 for no flags at all, 100 for perfect ones."""
    windows = sum(one.windows for one in scores)
    assert windows, "a corpus without windows has no scale"
    nothing, perfect = -profile.fn * windows, profile.tp * windows
    return 100 * (sum(one.raw for one in scores) - nothing) / (perfect - nothing)


def _worth(flag: int, window: Window) -> float:
    width = window.last - window.first + 1
    return _shape(-(window.last - flag + 1) / width) / _shape(-1.0)


def _past(flag: int, window: Window) -> float:
    return (flag - window.last) / max(window.last - window.first, 1)


def _shape(place: float) -> float:
    """1 far to the left of a window's right edge, 0 at it, -1 far to the right."""
    return -1.0 if place >= FAR else 2 / (1 + exp(STEEPNESS * place)) - 1
