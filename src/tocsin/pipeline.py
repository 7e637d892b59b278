"""What the running server knows of its own way from the door to the channels, said to its own alarm.

It is asked inside a tick, and looks at what the ticks before it, the doors and the outbox left behind.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from tocsin.model.alarm import Group
from tocsin.model.drill import PROJECT as DRILL_PROJECT
from tocsin.model.pipeline import AskPipeline, FailingChannel, FailingJudge, Pipeline
from tocsin.model.whole import whole
from tocsin.model.window import Window
from tocsin.store.control import TRY_AGAIN, BrokenChannel, Control

NOTHING = timedelta(0)
# Export requests are counted over so long.
COUNTED = timedelta(minutes=10)
# A project without calls for so long has nobody who would miss an alarm; which there are is asked so often, and every
# time while there is none: the first channel may fail in the first minute.
PROJECTS_BACK = timedelta(days=7)
PROJECTS_KEPT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Doors:
    """What the doors counted since the start: export requests, and those that were refused for good."""

    requests: float
    refused: float


@dataclass(slots=True)
class Watcher:
    """Answers `AskPipeline`, for ticks and for whoever looks at the alarms beside them; each tick says how it went."""

    control: Control
    # The alarm that tells of all this, and can't tell of itself.
    own: frozenset[str]
    projects: Callable[[Window], Sequence[str]]
    doors: Callable[[], Doors]
    # How far settling is behind what is stored.
    settle_lag: Callable[[], timedelta]
    _failing: dict[str, FailingJudge] = field(default_factory=dict[str, FailingJudge])
    _judged_late: timedelta = NOTHING
    # What the doors had counted, when; rising, from just before the time that is counted.
    _counted: deque[tuple[datetime, Doors]] = field(default_factory=deque[tuple[datetime, Doors]])
    _known: tuple[datetime, frozenset[Group]] | None = None
    _one_at_a_time: Lock = field(default_factory=Lock)

    def ticked(self, at: datetime, failing: Mapping[str, str], now: datetime) -> None:
        """Take over how a tick of the moment `at` went, done at `now`: the alarms that failed, each with its fault."""
        self._judged_late = now - at
        before = self._failing
        self._failing = {
            alarm: FailingJudge(alarm, before[alarm].since if alarm in before else at, fault)
            for alarm, fault in sorted(failing.items())
            if alarm not in self.own
        }

    def answer(self, _: AskPipeline, at: datetime) -> Mapping[Group, Pipeline]:
        """Return the same for every project, as of now: `at` only says which step of the grid is asked for."""
        with self._one_at_a_time:
            return dict.fromkeys(self._wholes(at), self._pipeline(at))

    def _pipeline(self, at: datetime) -> Pipeline:
        overdue = self.control.overdue_since(at)
        drilled = self.control.last_drilled()
        requests, refused = self._lately(at)
        return Pipeline(
            channels=tuple(_failing(one) for one in self.control.broken_channels()),
            judges=tuple(self._failing.values()),
            overdue=NOTHING if overdue is None else max(NOTHING, at - overdue),
            lag=max(NOTHING, self._judged_late, self.settle_lag()),
            requests=requests,
            refused=refused,
            drill_missed=drilled.began if drilled and drilled.by == "schedule" and not drilled.ok else None,
        )

    def _wholes(self, at: datetime) -> frozenset[Group]:
        if self._known is None or not self._known[1] or abs(at - self._known[0]) >= PROJECTS_KEPT:
            found = self.projects(Window(at - PROJECTS_BACK, at + PROJECTS_KEPT))
            self._known = (at, frozenset(whole(project) for project in found if project != DRILL_PROJECT))
        return self._known[1]

    def _lately(self, at: datetime) -> tuple[int, int]:
        """Count the requests since the newest count that is as old as the time that is counted, or the oldest one."""
        now = self.doors()
        # A clock that was set back.
        while self._counted and self._counted[-1][0] > at:
            self._counted.pop()
        self._counted.append((at, now))
        while len(self._counted) > 1 and self._counted[1][0] <= at - COUNTED:
            self._counted.popleft()
        before = self._counted[0][1]
        return round(now.requests - before.requests), round(now.refused - before.refused)


def _failing(one: BrokenChannel) -> FailingChannel:
    return FailingChannel(
        one.channel, one.since, one.tries, one.detail, one.waiting, refused=one.outcome != TRY_AGAIN, paged=one.paged
    )
