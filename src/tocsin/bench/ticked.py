"""Ticks of the watch over many services, a process of its own: real stores, real settling, real alarms, no server.

Time is an argument, so the ticks follow each other without waiting; what arrives in between is inserted as if it had.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from tocsin import clock, measures, registry
from tocsin.alarms.gather import Gatherer
from tocsin.alarms.judge import judge
from tocsin.alarms.machine import at_rest
from tocsin.alarms.pack import DEFAULT
from tocsin.bench import child, machine
from tocsin.bench.bodies import MODELS, NS_PER_S, App, Body, Call, Model, Writer
from tocsin.bench.direct import opened
from tocsin.ingest.envelope import envelope
from tocsin.ingest.settings import DEFAULT_PROJECT
from tocsin.model.incident import Incident
from tocsin.model.measure import Measure
from tocsin.model.notice import Notice, NoticeState
from tocsin.model.received import Signal
from tocsin.notify import render
from tocsin.serve import Stores
from tocsin.watch import Telling, Watch

EVERY: Final = timedelta(seconds=5)
MINUTE_S: Final = 60
HOUR_S: Final = 3_600
# Bodies in one insert, and inserts before what came is settled.
GROUP: Final = 4
SETTLE_EACH: Final = 16
WARM: Final = 3


@dataclass(frozen=True, slots=True)
class Spec:
    """What to judge. Every service calls every model once in each of the past hours, and of the last minutes."""

    data: str
    services: int = 200
    models: int = 20
    minutes: int = 120
    hours: int = 168
    # The present hour and the one before, so many weeks back, so often each.
    weeks: int = 4
    weekly_calls: int = 8
    ticks: int = 20
    seed: int = 9
    # Whether to take the time of judging alone, too.
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one round: settling what arrived, judging, and both."""

    settle: float
    judge: float
    # Processor time of each, in all threads: what is left when others take the cores.
    settle_cpu: float
    judge_cpu: float

    @property
    def whole(self) -> float:
        """Both."""
        return self.settle + self.judge


class Scene:
    """Services, their past, and what goes on arriving."""

    def __init__(self, spec: Spec, at: datetime) -> None:
        self._spec = spec
        self._at = at
        self._stores = opened(spec.data)
        self._writer = Writer(spec.seed)
        models = [*MODELS, *(Model(f"deployment-{n}", f"deployment-{n}", 200, 100) for n in range(spec.models))]
        self._apps = self._writer.apps(spec.services, models_each=spec.models, lean=True, models=models[: spec.models])
        self._stamp = _ns(at) - 2 * NS_PER_S

    def fill(self) -> None:
        """Store and settle the past."""
        spec, end = self._spec, _ns(self._at)
        in_hour, in_minute = self._body(self._apps, HOUR_S), self._body(self._apps, MINUTE_S)
        hour_ns, minute_ns = HOUR_S * NS_PER_S, MINUTE_S * NS_PER_S
        present = end // hour_ns * hour_ns
        weekly = (present - (week * 168 - n) * hour_ns for week in range(spec.weeks, 0, -1) for n in (0, 1))
        moments = [(in_hour, moment) for moment in weekly for _ in range(spec.weekly_calls)]
        moments += [(in_hour, present - n * hour_ns) for n in range(spec.hours, 2, -1)]
        moments += [(in_minute, end - n * minute_ns) for n in range(spec.minutes - 1, -1, -1)]
        for n, group in enumerate(_grouped(moments, GROUP), start=1):
            self._insert([body.fill(moment) for body, moment in group], self._stamp)
            if n % SETTLE_EACH == 0 or n * GROUP >= len(moments):
                self._stores.telemetry.settler.settle(self._stamp, self._at)
            child.tell(min(n * GROUP, len(moments)), len(moments) * 1.05)

    def ticks(self) -> Iterator[Took]:
        """Take one round after the other, each after the calls of the seconds before it."""
        watch = self._watch()
        share = len(self._apps) * self._spec.models // (MINUTE_S // int(EVERY.total_seconds()))
        pool = [self._writer.body(self._arriving(share)) for _ in range(8)]
        for n in range(WARM + self._spec.ticks):
            at = self._at + (n + 1) * EVERY
            self._insert([pool[n % len(pool)].fill(_ns(at) - NS_PER_S)], _ns(at) - NS_PER_S // 2)
            began = _moment()
            self._stores.telemetry.settler.settle(self._stamp, at)
            settled = _moment()
            watch.tick(at)
            ended = _moment()
            if n >= WARM:
                yield Took(
                    settle=settled[0] - began[0],
                    judge=ended[0] - settled[0],
                    settle_cpu=settled[1] - began[1],
                    judge_cpu=ended[1] - settled[1],
                )

    def judgings(self) -> Iterator[tuple[int, float, float]]:
        """Judge everything that is judged at one tick again and again, with the evidence at hand, nothing reused.

        Yields how many instances there were, and the milliseconds and the processor's that they took.
        """
        known = registry.load(measures, "MEASURE", Measure)
        at = self._at + (WARM + self._spec.ticks) * EVERY
        needs = [alarm.needs for alarm in DEFAULT]
        gathered = Gatherer(self._stores.telemetry.evidence, known, needs, up_since=at - timedelta(days=1)).gather(at)
        about = [(group, gathered.of(group)) for group in sorted(gathered.groups)]
        given = [(alarm, ev[alarm.end]) for group, ev in about for alarm in DEFAULT if alarm.covers(group)]
        for _ in range(self._spec.ticks):
            began = _moment()
            for alarm, evidence in given:
                judge(alarm, evidence, at_rest(at), elapsed=EVERY)
            ended = _moment()
            yield len(given), ended[0] - began[0], ended[1] - began[1]

    def _body(self, apps: Sequence[App], within_s: float) -> Body:
        return self._writer.body(
            [
                self._writer.call(
                    App(app.service, [model], app.features, app.system, app.release), within_s=within_s, failing=0.005
                )
                for app in apps
                for model in app.models
            ]
        )

    def _arriving(self, count: int) -> list[Call]:
        return [self._writer.call(self._apps[n % len(self._apps)], within_s=4.0, failing=0.005) for n in range(count)]

    def _insert(self, bodies: Sequence[bytes], stamp: int) -> None:
        self._stamp = max(self._stamp + 1, stamp)
        first = self._stamp
        self._stamp += len(bodies) - 1
        envelopes = [envelope(body, DEFAULT_PROJECT, first + n) for n, body in enumerate(bodies)]
        self._stores.telemetry.writer.insert(Signal.TRACES, envelopes)

    def _watch(self) -> Watch:
        return watch_of(self._stores, self._at)


def watch_of(stores: Stores, at: datetime) -> Watch:
    """Return the watch as the server builds it, telling the inbox only."""
    known = registry.load(measures, "MEASURE", Measure)

    def tell(incident: Incident, state: NoticeState, at: datetime) -> Notice:
        return render.notice_for(incident, at=at, base_url="http://127.0.0.1", state=state, measures=known)

    telling = Telling(known, tell, ["inbox"])
    return Watch(DEFAULT, stores.telemetry.evidence, stores.control, telling, at - timedelta(days=1))


def _moment() -> tuple[float, float]:
    """Return the time and the used processor time, in milliseconds."""
    return clock.monotonic_s() * 1_000, machine.own_cpu_s() * 1_000


def _ns(at: datetime) -> int:
    return int(at.timestamp() * 1_000) * 1_000_000


def _grouped(items: Sequence[tuple[Body, int]], size: int) -> Iterator[Sequence[tuple[Body, int]]]:
    return (items[n : n + size] for n in range(0, len(items), size))


def measure(spec: Spec) -> dict[str, float]:
    """Build the scene and take its ticks."""
    now = clock.now()
    at = now - timedelta(seconds=now.second % 5, microseconds=now.microsecond)
    scene = Scene(spec, at)
    scene.fill()
    took = list(scene.ticks())
    judged = list(scene.judgings()) if spec.alone else []
    alone = (
        {
            "instances": judged[0][0],
            "alone_ms": median(ms for _, ms, _ in judged),
            "alone_worst_ms": max(ms for _, ms, _ in judged),
            "alone_cpu_ms": median(cpu for _, _, cpu in judged),
        }
        if judged
        else {}
    )
    return alone | {
        "median_ms": median(t.whole for t in took),
        "worst_ms": max(t.whole for t in took),
        "settle_ms": median(t.settle for t in took),
        "judge_ms": median(t.judge for t in took),
        "settle_cpu_ms": median(t.settle_cpu for t in took),
        "judge_cpu_ms": median(t.judge_cpu for t in took),
    }


if __name__ == "__main__":
    print(json.dumps(measure(Spec(**json.loads(sys.argv[1])))), flush=True)
