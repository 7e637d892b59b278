"""What explains an incident: one sentence from one GROUP BY for each dimension. Pure.

For shares (failed, slow) the change is split into *within* (the value got worse) and *mix* (traffic moved to a value
that was always worse). For money a value's contribution is its part of the extra. A value is named only when enough
calls, a large part of the change, a clear distance to all the others, and no overlap of Wilson's intervals say so.
Where a value would explain it and only calls are wanting, that is said; else "spread evenly", which is an answer too:
it points at what all of them share.

Source: Adtributor (Bhagwan and others, NSDI 2014) for one dimension at a time, its explanatory power and its surprise;
the limits are docs/decisions/0025.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log

from tocsin.alarms.kind import Cause
from tocsin.alarms.wilson import Z99, lower, upper
from tocsin.model.dimension import Dimension
from tocsin.model.parts import Parts, PartsRow

CALLS_MIN = 20
BAD_MIN = 5
EXPLAINED_MIN = 0.6
LIFT_MIN = 2.0
# Where one value carries most of the traffic lift can't reach two: then it must be so many times worse than the rest.
WORSE_MIN = 5.0
# Two values that explain nearly as much are a tie: the new one goes first, then the one that surprises more.
TIE = 0.05
# Surprises that differ by a smaller part are alike, as those of a provider and its only model: the coarser is named.
ALIKE = 0.10

# Coarser ones first. The type of error is told beside the cause: it says what fails, not where.
COARSE_FIRST: tuple[Dimension, ...] = (
    Dimension.PROVIDER,
    Dimension.MODEL,
    Dimension.REQUEST_MODEL,
    Dimension.RESPONSE_MODEL,
    Dimension.RELEASE,
    Dimension.OPERATION,
    Dimension.FEATURE,
    Dimension.AGENT,
    Dimension.TENANT,
    Dimension.STREAMING,
    Dimension.USER,
)
SPREAD = "Spread evenly, no single dimension explains it"
TOO_FEW = "Too few calls yet to say what explains it"

# A new release or model counts as what changed when it was first seen so long before the start, or after it.
CHANGED_BEFORE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Slice:
    """The calls with one value of a dimension, during the incident and before it."""

    value: str
    during: Parts
    before: Parts


Slices = Mapping[Dimension, Sequence[Slice]]
# What the bad ones are called; a cause that is not here is not explained.
NOUNS: Mapping[Cause, str] = {
    Cause.ERRORS: "failures",
    Cause.ERROR_CLASS: "errors of this class",
    Cause.ERROR_BUDGET: "failures",
    Cause.LATENCY: "slow calls",
    Cause.COST: "extra cost",
    Cause.ANSWERS: "answers in question",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be explained. `bad_of` gives the bad ones and of how many; of none where all that counts is a sum."""

    cause: Cause
    bad_of: Callable[[Parts], tuple[float, float]]
    # How long the incident has lasted, over how long the time before it is.
    scale: float


@dataclass(frozen=True, slots=True)
class _Cause:
    dimension: Dimension
    value: str
    # Of the change, and of the bad ones.
    explained: float
    share: float
    # How far its share of the bad ones is from what was to be expected; see `_surprise`.
    surprise: float
    moved: bool
    is_new: bool
    # False: it would explain it, but there are too few calls yet to be sure.
    sure: bool

    @property
    def name(self) -> str:
        return f"{self.dimension.replace('_', ' ')} {self.value}"


Inside = Callable[[Dimension, str], Slices]


def _nothing(_dimension: Dimension, _value: str) -> Slices:
    return {}


def explain(question: Question, slices: Slices, inside: Inside = _nothing) -> str:
    """Return one sentence without a full stop.

    `inside` gives the slices of the calls with one value, for a second level; there are never more than two.
    """
    noun = NOUNS.get(question.cause, "")
    if not noun:
        return ""
    if _nothing_bad(question, slices):
        return ""
    found = _causes(question, slices, ())
    first = _winner(found)
    if first is not None and _in_the_shade(first, found, question, inside):
        first = None
    if first is None:
        said = TOO_FEW if found else SPREAD
        return ", ".join(filter(None, [said, _error_type(question, slices, "of the failures are error")]))
    within = inside(first.dimension, first.value)
    second = _winner(_causes(question, within, (first.dimension,)))
    if first.moved:
        return f"Traffic moved to {first.name}, which was like this before"
    names = [first.name, second.name if second else "", _error_type(question, within, "error")]
    verb = "is" if question.cause is Cause.COST else "are"
    return f"{first.share:.0%} of the {noun} {verb} " + ", ".join(filter(None, names))


def _nothing_bad(question: Question, slices: Slices) -> bool:
    """Whether no call is bad, as when an alarm is about something that is missing."""
    first = next(iter(slices.values()), ())
    bad, of = question.bad_of(Parts.merged(one.during for one in first))
    return of > 0 and bad == 0


def _winner(found: Sequence[_Cause]) -> _Cause | None:
    """Choose what explains most; of what explains as much, what is new, what surprises most, what is coarser."""
    sure = [cause for cause in found if cause.sure]
    if not sure:
        return None
    most = max(cause.explained for cause in sure)
    near = [cause for cause in sure if cause.explained >= most - TIE]
    near = [cause for cause in near if cause.is_new] or near
    strongest = max(cause.surprise for cause in near)
    alike = [cause for cause in near if cause.surprise >= (1 - ALIKE) * strongest]
    return min(alike, key=lambda cause: (COARSE_FIRST.index(cause.dimension), cause.value))


def _in_the_shade(cause: _Cause, found: Sequence[_Cause], question: Question, inside: Inside) -> bool:
    """Say whether a cause may be no more than a part of a larger one that is not sure yet.

    It stands out among all calls as the larger one does; then it must stand out among the calls of that one as well.
    """
    larger = [one for one in found if not one.sure and one.explained > cause.explained + TIE]
    return any(not _stands_out(cause, question, inside(one.dimension, one.value)) for one in larger)


def _stands_out(cause: _Cause, question: Question, slices: Slices) -> bool:
    again = _causes(question, {cause.dimension: slices.get(cause.dimension, ())}, ())
    return any(one.value == cause.value and one.sure for one in again)


def _causes(question: Question, slices: Slices, taken: Sequence[Dimension]) -> list[_Cause]:
    """Return the values that explain enough and more than their share, sure or not."""
    return [
        cause
        for dimension in COARSE_FIRST
        if dimension in slices and dimension not in taken
        for cause in _causes_of(question, dimension, slices[dimension])
    ]


def _causes_of(question: Question, dimension: Dimension, slices: Sequence[Slice]) -> Iterable[_Cause]:
    during = question.bad_of(Parts.merged(one.during for one in slices))
    before = question.bad_of(Parts.merged(one.before for one in slices))
    whole = _Counts(*during, *before)
    for one in slices:
        counted = _Counts(*question.bad_of(one.during), *question.bad_of(one.before))
        found = _of_share(counted, whole) if during[1] else _of_sum(counted, whole, question.scale)
        if found is not None and one.value:
            sure = found.sure and one.during.calls >= CALLS_MIN
            is_new = one.before.calls == 0
            yield _Cause(
                dimension, one.value, found.explained, found.share, found.surprise, found.moved, is_new, sure=sure
            )


@dataclass(frozen=True, slots=True)
class _Counts:
    bad: float
    of: float
    bad_before: float
    of_before: float


@dataclass(frozen=True, slots=True)
class _Found:
    """What one value explains; see `_Cause`."""

    explained: float
    share: float
    surprise: float
    moved: bool
    sure: bool


def _of_share(one: _Counts, whole: _Counts) -> _Found | None:
    """Weigh a value by its part of the change of a share; None: not a cause, however many calls there were."""
    if not one.bad or one.of >= whole.of:
        return None
    rate, rate_before = whole.bad / whole.of, _ratio(whole.bad_before, whole.of_before)
    own, own_before = one.bad / one.of, _ratio(one.bad_before, one.of_before, rate_before)
    change = rate - rate_before
    if change <= 0:
        return None
    weight, weight_before = one.of / whole.of, _ratio(one.of_before, whole.of_before)
    within = weight * (own - own_before)
    mix = (weight - weight_before) * (own_before - rate_before)
    explained = (within + mix) / change
    rest = _Counts(whole.bad - one.bad, whole.of - one.of, 0, 0)
    share = one.bad / whole.bad
    clear = share / weight >= LIFT_MIN or own >= WORSE_MIN * (rest.bad / rest.of)
    if explained < EXPLAINED_MIN or not clear:
        return None
    apart = lower(round(one.bad), round(one.of), Z99) > upper(round(rest.bad), round(rest.of), Z99)
    return _Found(explained, share, _surprise(weight, share), moved=mix > within, sure=apart and one.bad >= BAD_MIN)


def _of_sum(one: _Counts, whole: _Counts, scale: float) -> _Found | None:
    """The same for money: its part of what is more than before, where it is a larger part than it was."""
    extra = whole.bad - whole.bad_before * scale
    if extra <= 0:
        return None
    explained = (one.bad - one.bad_before * scale) / extra
    share_before = _ratio(one.bad_before, whole.bad_before)
    if explained < EXPLAINED_MIN or explained < LIFT_MIN * share_before:
        return None
    surprise = _surprise(share_before, one.bad / whole.bad)
    return _Found(explained, explained, surprise, moved=False, sure=True)


def _surprise(expected: float, actual: float) -> float:
    """Return how far a share is from the expected one: the Jensen-Shannon divergence of having a value and not; nats.

    For a share of the bad ones, expected is the value's share of all calls.
    """
    return _js_term(expected, actual) + _js_term(1 - expected, 1 - actual)


def _js_term(expected: float, actual: float) -> float:
    middle = (expected + actual) / 2
    return sum(part / 2 * log(part / middle) for part in (expected, actual) if part > 0)


def _error_type(question: Question, slices: Slices, word: str) -> str:
    """Name the type that most failures are of, with its share where it stands alone."""
    if question.cause not in {Cause.ERRORS, Cause.ERROR_BUDGET}:
        return ""
    kinds = {one.value: one.during.failed for one in slices.get(Dimension.ERROR_TYPE, ()) if one.value}
    failed = sum(kinds.values())
    if failed < BAD_MIN:
        return ""
    most = max(kinds, key=lambda kind: (kinds[kind], kind))
    if kinds[most] < EXPLAINED_MIN * failed:
        return ""
    if word != "error":
        return f"{kinds[most] / failed:.0%} {word} {most}"
    return f"{word} {most}" if kinds[most] == failed else f"mostly {word} {most}"


def _ratio(part: float, of: float, otherwise: float = 0.0) -> float:
    return part / of if of else otherwise


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A value that was not there before, and the minute it was first seen in."""

    dimension: Dimension
    value: str
    seen: datetime


def newcomers(dimension: Dimension, minutes: Sequence[PartsRow], known: Iterable[str]) -> list[Newcomer]:
    """Find the values of `minutes` (grouped by the dimension, in time order) that are not among the known ones.

    Where nothing at all was known before, nothing is new.
    """
    before = set(known)
    if not before:
        return []
    first: dict[str, datetime] = {}
    for row in minutes:
        value = row.group[0]
        if value and value not in before:
            first.setdefault(value, row.at)
    return [Newcomer(dimension, value, seen) for value, seen in first.items()]


def what_changed(found: Iterable[Newcomer], started: datetime) -> str:
    """Return one sentence without a full stop on the newcomer nearest to the start; empty when nothing is new."""
    near = [one for one in found if one.seen >= started - CHANGED_BEFORE]
    if not near:
        return ""
    order = (Dimension.RELEASE, Dimension.MODEL)
    one = min(near, key=lambda n: (order.index(n.dimension) if n.dimension in order else 9, abs(n.seen - started)))
    minutes = round(abs(one.seen - started) / timedelta(minutes=1))
    when = f"{minutes} min {'before' if one.seen <= started else 'after'} the start" if minutes else "just at the start"
    return f"New {one.dimension.replace('_', ' ')} {one.value}, first seen at {one.seen:%H:%M} UTC, {when}"
