"""Which service behind a service is to blame: contribution times lift, handed down along who calls whom. Pure.

The trouble of the service in question is worth 1. What is more than usual there (failed calls, or time spent) is handed
to the services it calls, each by how much of it is more than usual with them too, and so on down; what no callee
accounts for began where it is. That share, times how many times the usual the rate is, orders the services.

A service that was never called before takes no blame: that its caller began to call it is what changed.

Source: contribution and lift as in `explain`, with calls in place of dimensions; docs/decisions/0151.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tocsin.alarms.explain import CALLS_MIN

# Services handed down to in a row, the one in question not counted.
DEPTH_MAX = 12
# A share of the trouble that is smaller is not followed.
SHARE_MIN = 0.01
# Times the usual that count, so that what was next to nothing before does not outweigh all else.
LIFT_MAX = 10.0
# A rate up to this share of its usual ones is usual.
NEAR = 0.90


@dataclass(frozen=True, slots=True)
class Load:
    """What one service did in one step of time."""

    calls: float
    # Failed calls, or seconds spent: what there is too much of.
    amount: float


@dataclass(frozen=True, slots=True)
class Record:
    """One service before and during the trouble; the steps of `during` are the same for all services."""

    usual: Sequence[Load]
    during: Sequence[Load]


@dataclass(frozen=True, slots=True)
class Blamed:
    """A service, and how much of the trouble began there."""

    service: str
    # Of the trouble of the service in question; 0 to 1.
    share: float
    # The rate during the trouble over the usual one; at most LIFT_MAX.
    lift: float

    @property
    def score(self) -> float:
        """Contribution times lift."""
        return self.share * self.lift


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What is more than usual with one service; `extra` is 0 where nothing is."""

    extra: float
    lift: float


NO_TROUBLE = _Trouble(0.0, 1.0)


def blame(service: str, callees: Mapping[str, Sequence[str]], records: Mapping[str, Record]) -> list[Blamed]:
    """Order the services that the trouble of `service` may have begun in, the likeliest first.

    `callees` says whom each service calls; `records` must hold `service`. The steps compared are those in which its
    rate was more than usual, or else its worst one.
    """
    steps = _bad_steps(records[service])
    troubles = {name: _trouble(record, steps) for name, record in records.items()}
    began: dict[str, float] = {}
    _hand_down((service,), 1.0, callees, troubles, began)
    found = [Blamed(name, share, troubles[name].lift) for name, share in began.items() if share > 0]
    return sorted(found, key=lambda one: (-one.score, one.service))


def _bad_steps(record: Record) -> Sequence[int]:
    limit = _limit(_rates(record.usual))
    called = [step for step, load in enumerate(record.during) if load.calls]
    bad = [step for step in called if _rate([record.during[step]]) > limit]
    return bad or (called and [max(called, key=lambda step: _rate([record.during[step]]))])


def _trouble(record: Record, steps: Sequence[int]) -> _Trouble:
    during = [record.during[step] for step in steps]
    calls = sum(load.calls for load in during)
    rates = _rates(record.usual)
    if calls < CALLS_MIN or not rates:
        return NO_TROUBLE
    rate, usual = _rate(during), median(rates)
    if rate <= _limit(rates):
        return NO_TROUBLE
    return _Trouble((rate - usual) * calls, min(rate / usual, LIFT_MAX) if usual else LIFT_MAX)


def _hand_down(
    path: tuple[str, ...],
    share: float,
    callees: Mapping[str, Sequence[str]],
    troubles: Mapping[str, _Trouble],
    began: dict[str, float],
) -> None:
    name = path[-1]
    extra = troubles[name].extra
    below = {
        callee: min(troubles[callee].extra / extra, 1.0)
        for callee in callees.get(name, ())
        if extra and callee in troubles and troubles[callee].extra > 0 and callee not in path
    }
    # Several callees that each account for all of it share it.
    whole = max(sum(below.values()), 1.0)
    left = share
    for callee, part in below.items() if len(path) <= DEPTH_MAX else ():
        handed = share * part / whole
        if handed >= SHARE_MIN:
            left -= handed
            _hand_down((*path, callee), handed, callees, troubles, began)
    began[name] = began.get(name, 0.0) + left


def _rates(loads: Iterable[Load]) -> list[float]:
    return sorted(load.amount / load.calls for load in loads if load.calls)


def _rate(loads: Sequence[Load]) -> float:
    return sum(load.amount for load in loads) / sum(load.calls for load in loads)


def _limit(rates: Sequence[float]) -> float:
    return rates[min(int(NEAR * len(rates)), len(rates) - 1)] if rates else 0.0
