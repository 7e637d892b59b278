"""A small world on a heap of timed events: traffic that goes wrong, a server that dies, channels that fail and heal.

The server may die in the middle of a tick, and its clock may be ahead for a few ticks and be put right.

Everything is drawn from one seed. The watch and the control state are the real ones; time is an argument.
"""

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import TYPE_CHECKING, cast

from tests.alarms.world import APP, HOUR, MEASURES, MINUTE, START, Traffic, some_calls

from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.series import Series, SeriesSource
from tocsin.model.alarm import Group
from tocsin.model.incident import Incident
from tocsin.model.notice import Delivered, Notice, NoticeState, TryAgain
from tocsin.notify.render import notice_for
from tocsin.store.control import Control
from tocsin.watch import Settings, Telling, Ticked, Transacting, Watch

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

STEP = timedelta(seconds=30)
HISTORY = timedelta(hours=25)
LENGTH = timedelta(minutes=100)
# After the last fault: long enough for every alarm to be quiet and every message to be out.
CALM = timedelta(minutes=100)
CHANNELS = ("oncall", "pager")
HEALTHY = Traffic(12)
# How far a clock may be ahead: found soon, found after hours, or a wrong month.
AHEAD = (timedelta(minutes=10), timedelta(hours=3), timedelta(days=30))
# A tick asks this often at most, or a little more.
LINES = 12
OTHER = Group("default", "production", "other")


@dataclass(frozen=True)
class Told:
    """One message as a channel took it."""

    at: datetime
    channel: str
    notice: Notice


class KilledError(Exception):
    """The process died between two lines."""


class DyingTransaction:
    """A transaction of which every use is a line between which the process may die."""

    def __init__(self, real: Transacting, control: "DyingControl") -> None:
        self.__dict__.update(real=real, control=control)

    def __getattr__(self, name: str) -> object:
        cast("DyingControl", self.__dict__["control"]).one_line()
        return getattr(self.__dict__["real"], name)

    def __setattr__(self, name: str, value: object) -> None:
        cast("DyingControl", self.__dict__["control"]).one_line()
        setattr(self.__dict__["real"], name, value)


@dataclass
class DyingControl:
    """The control state of a process that dies after so many lines of its next tick, or else before it commits."""

    control: Control
    lines: int

    def one_line(self) -> None:
        if self.lines == 0:
            raise KilledError
        self.lines -= 1

    @contextmanager
    def transaction(self) -> "Generator[Transacting]":
        with self.control.transaction() as tx:
            yield cast("Transacting", DyingTransaction(tx, self))
            raise KilledError


@dataclass
class World:
    """The state of it all; what the server would lose in a crash is only `watch` and `control`."""

    seed: int
    folder: "Path"
    # Whether the server may be down for a while; and how often it is restarted between two ticks.
    downtime: bool = True
    restart_every: timedelta | None = None
    # How often a tick dies in the middle.
    kill_every: timedelta | None = None
    length: timedelta = LENGTH
    calm: timedelta = CALM
    at: datetime = START + HISTORY
    told: list[Told] = field(default_factory=list[Told])
    ticked: list[Ticked] = field(default_factory=list[Ticked])
    faults: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.calls = Random(self.seed + 1)
        self.deaths = Random(self.seed + 2)
        self.series = {group: Series(START, STEP) for group in (APP, OTHER)}
        self.traffic = dict.fromkeys(self.series, HEALTHY)
        for _ in range(HISTORY // STEP):
            self._calls_come()
        self.down_until = self.at
        self.ahead, self.ahead_until = timedelta(0), self.at
        self.dies = False
        self.sick: dict[str, datetime] = dict.fromkeys(CHANNELS, self.at)
        self.heap: list[tuple[datetime, int, str]] = []
        self._plan()
        self.open()

    def open(self) -> None:
        """Start the server: everything it knows comes from the disk."""
        self.control = Control(self.folder / "control.db")
        source = SeriesSource(self.series)
        telling = Telling(MEASURES, tell, CHANNELS)
        settings = Settings(every=STEP, lag=timedelta(seconds=30))
        self.watch = Watch(DEFAULT, source, self.control, telling, up_since=START, settings=settings)

    def _plan(self) -> None:
        kinds = ["outage", "brown-out", "slow", "dear", "silent", "all silent", "restart", "down", "channel"]
        kinds += ["kill", "kill", "clock"]
        at = self.at
        while at < START + HISTORY + self.length:
            at += timedelta(minutes=self.random.randint(3, 25))
            heappush(self.heap, (at, self.random.randrange(1 << 30), self.random.choice(kinds)))
        end = START + HISTORY + self.length + HOUR / 2
        heappush(self.heap, (end, 0, "healthy"))

    def run(self) -> None:
        """Let it go on to the end."""
        while self.at < START + HISTORY + self.length + HOUR / 2 + self.calm:
            self.at += STEP
            self._calls_come()
            while self.heap and self.heap[0][0] <= self.at:
                self._happen(heappop(self.heap)[2])
            if self.restart_every and not (self.at - START) % self.restart_every:
                self._restart()
            if self.kill_every and not (self.at - START) % self.kill_every:
                self.dies = True
            if self.at >= self.down_until:
                self._tick()
        self.control.close()

    @property
    def clock(self) -> datetime:
        """What the server takes for the time."""
        return self.at + self.ahead if self.at < self.ahead_until else self.at

    def _tick(self) -> None:
        if self.dies:
            self.dies = False
            self.watch.control = DyingControl(self.control, self.deaths.randrange(LINES))
            with suppress(KilledError):
                self.watch.tick(self.clock)
                raise AssertionError("it outlived its death")
            self._restart()
            return
        self.ticked.append(self.watch.tick(self.clock))
        self._deliver()

    def _calls_come(self) -> None:
        for group, series in self.series.items():
            series.append(some_calls(self.calls, self.traffic[group], STEP / MINUTE))

    def _happen(self, what: str) -> None:  # noqa: C901 - one case for each event
        group = self.random.choice([APP, OTHER])
        lasts = timedelta(minutes=self.random.randint(1, 30))
        wrong: Mapping[str, Traffic] = {
            "outage": replace(HEALTHY, failing=0.9),
            "brown-out": replace(HEALTHY, failing=0.12),
            "slow": replace(HEALTHY, middle_ms=9000),
            "dear": replace(HEALTHY, usd=0.2),
            "silent": replace(HEALTHY, calls=0),
            "healthy": HEALTHY,
        }
        if what in wrong:
            self.traffic[group] = wrong[what]
        match what:
            case "healthy":
                self.traffic = dict.fromkeys(self.series, HEALTHY)
            case "all silent":
                self.traffic = dict.fromkeys(self.series, wrong["silent"])
            case "restart":
                self._restart()
            case "down":
                self._restart()
                if self.downtime:
                    self.down_until = self.at + lasts
            case "kill":
                self.dies = True
            case "clock":
                self.ahead = self.random.choice(AHEAD)
                self.ahead_until = self.at + self.random.randint(1, 8) * STEP
            case "channel":
                self.sick[self.random.choice(CHANNELS)] = self.at + lasts
                return
            case _:
                self.faults += 1
        if what not in {"healthy", "restart", "down", "kill", "clock"}:
            heappush(self.heap, (self.at + lasts, self.random.randrange(1 << 30), "healthy"))

    def _restart(self) -> None:
        self.control.close()
        self.open()

    def _deliver(self) -> None:
        for channel in CHANNELS:
            while (due := self.control.take(channel, self.clock)) is not None:
                if self.at < self.sick[channel]:
                    self.control.record(due, TryAgain(timedelta(0), "away"), self.clock)
                    break
                self.told.append(Told(self.at, channel, due.notice))
                self.control.record(due, Delivered(), self.clock)


def tell(incident: Incident, state: NoticeState, at: datetime) -> Notice:
    """Write a message as the server does."""
    return notice_for(incident, at=at, base_url="http://127.0.0.1:4319", state=state, measures=MEASURES)
