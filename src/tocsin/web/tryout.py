"""Trying alarms out on the stored past, for a page: in a thread of its own, one at a time, within a bound of time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin import clock
from tocsin.alarms.kind import Alarm
from tocsin.alarms.replay import Replayed
from tocsin.model.progress import Progress
from tocsin.rewind import Asked

# How long a page waits for a replay, and for its turn.
BUDGET = timedelta(seconds=20)
# Readers that wait for their turn; more are sent away.
WAITING_MAX = 3
# Replays that are remembered, and for how long: the past hardly changes.
KEPT_MAX = 64
KEPT_FOR = timedelta(minutes=10)

_Key = tuple[Alarm, Asked]


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: a replay, or why there is none."""

    replayed: Replayed | None
    trouble: str = ""


@dataclass(slots=True)
class Tryout:
    """The alarms that are on, and how to replay one of them, as it is or otherwise."""

    alarms: Sequence[Alarm]
    # The steps of a replay of this very alarm.
    replay: Callable[[Alarm, Asked], Iterator[Progress | Replayed]]
    budget: timedelta = BUDGET
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(WAITING_MAX))
    _kept: OrderedDict[_Key, tuple[datetime, Tried]] = field(default_factory=OrderedDict[_Key, tuple[datetime, Tried]])

    def tried(self, alarm: Alarm, asked: Asked, at: datetime) -> Tried:
        """Replay an alarm, or return what is remembered of it. Blocks: to be called in a thread."""
        key = (alarm, asked)
        if (known := self._known(key, at)) is not None:
            return known
        busy = Tried(None, "Other replays are under way. Ask again in some seconds.")
        if not self._waiting.acquire(blocking=False):
            return busy
        try:
            if not self._turn.acquire(timeout=self.budget.total_seconds()):
                return busy
            try:
                known = self._known(key, at) or self._steps(alarm, asked)
            finally:
                self._turn.release()
        finally:
            self._waiting.release()
        if known.replayed is not None:
            self._kept[key] = (at, known)
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return known

    def remembered(self, alarm: Alarm, asked: Asked, at: datetime) -> Tried | None:
        """Return what is remembered of a replay; None when it was not asked for lately."""
        return self._known((alarm, asked), at)

    def _known(self, key: _Key, at: datetime) -> Tried | None:
        known = self._kept.get(key)
        return known[1] if known is not None and timedelta(0) <= at - known[0] < KEPT_FOR else None

    def _steps(self, alarm: Alarm, asked: Asked) -> Tried:
        began = clock.monotonic_s()
        for step in self.replay(alarm, asked):
            if isinstance(step, Replayed):
                return Tried(step)
            if clock.monotonic_s() - began > self.budget.total_seconds():
                share = step.done / step.of if step.of else 0.0
                return Tried(
                    None,
                    f"Stopped after {self.budget.total_seconds():g} s, when {share:.0%} of the past was judged. "
                    f"Ask for fewer days or one service, or run: tocsin alarms replay {alarm.name}",
                )
        raise AssertionError("a replay ends with what it came to")
