"""`kill -9` under load, again and again: is anything lost or counted twice, is any message lost or told twice?"""

import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from threading import Event, Thread
from typing import Final

from tocsin import clock
from tocsin.bench import child, counted, sender, told
from tocsin.bench.bodies import session_name
from tocsin.bench.hook import Hook
from tocsin.bench.part import Figures, Ground, Part
from tocsin.bench.server import Server
from tocsin.bench.trouble import CALLS_A_SECOND, Service

# After the last kill: alarms catch up, messages go out.
MESSAGES_WITHIN_S: Final = 240.0
SETTLED_WITHIN_S: Final = 300.0
# Conversations of the failing services are numbered from here, far from those of the load.
TROUBLE_FROM: Final = 0xF000_0000
POLL_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How often to kill, and what goes on meanwhile."""

    kills: int = 20
    # How long the server lives between two kills, in seconds; drawn anew each time.
    lives_s: tuple[float, float] = (2.0, 8.0)
    # So many services fail, one more from each kill on, each for so long that a message about it is due.
    failing: int = 8
    failing_s: float = 75.0
    # What is sent; its port and its end are set by the run.
    load: sender.Spec = field(default_factory=lambda: sender.Spec(port=0, bodies=32))


QUICK: Final = Plan(kills=3, failing=1, failing_s=45.0)


class Trouble:
    """Services that begin to fail one after the other, told of once a second, and again until acknowledged."""

    def __init__(self, server: Server, plan: Plan) -> None:
        self._server = server
        self._failing_s = plan.failing_s
        self._services = [Service(f"outage-{n:02d}", seed=40 + n) for n in range(min(plan.kills, plan.failing))]
        self._began: list[float] = []
        self._over = Event()
        self._given_up = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self.acknowledged: list[int] = []
        self.unsure: list[int] = []

    def start(self) -> None:
        """Begin to send; nothing fails yet."""
        self._thread.start()

    def begin(self) -> None:
        """Let one more service fail, when one is left."""
        if len(self._began) < len(self._services):
            self._began.append(clock.monotonic_s())

    def end(self, give_up_after_s: float) -> list[str]:
        """Let the last one fail to its end, then return the services that failed."""
        last = max(self._began, default=0.0) + self._failing_s
        self._over.wait(max(0.0, last - clock.monotonic_s()))
        self._over.set()
        self._thread.join(give_up_after_s)
        self._given_up.set()
        self._thread.join()
        return [service.name for service, _ in zip(self._services, self._began, strict=False)]

    def _run(self) -> None:
        number = TROUBLE_FROM
        while not self._over.is_set():
            second = clock.monotonic_s()
            for service, began in zip(self._services, list(self._began), strict=False):
                if second - began > self._failing_s:
                    continue
                body = service.calls(out=True).fill(clock.now_ns(), session_name(number).encode())
                (self.acknowledged if self._stored(body) else self.unsure).append(number)
                number += 1
            self._over.wait(max(0.0, second + 1 - clock.monotonic_s()))

    def _stored(self, body: bytes) -> bool:
        while not self._given_up.is_set():
            if self._server.post(body) == 200:
                return True
            self._given_up.wait(0.1)
        return False


def measure(ground: Ground) -> Figures:
    """Kill a server that is busy, start it again on the same folder, and count at the end."""
    return run(ground, QUICK if ground.quick else Plan())


def run(ground: Ground, plan: Plan) -> Figures:
    """Follow a plan, and compare what is there at the end with what was acknowledged."""
    started_s: list[float] = []
    with Hook() as hook:
        server = Server(ground.scratch / "server", hook=hook.url)
        load_spec = replace(plan.load, port=server.otlp, named=True, warm_s=0.1, for_s=0)
        with child.Load(load_spec) as load, server:
            trouble = Trouble(server, plan)
            load.ready()
            trouble.start()
            load.go()
            for life_s in _lives(plan):
                ground.say(f"killed: {len(started_s)} of {plan.kills} times")
                trouble.begin()
                Event().wait(life_s)
                server.kill()
                started_s.append(server.start())
            load.stop()
            ground.say("killed: last answers")
            tally = load.tally()
            failing = trouble.end(sender.LAST_ANSWERS_WITHIN_S)
            ground.say("killed: settling")
            settled_s = _settled(server, tally.spans + len(trouble.acknowledged) * CALLS_A_SECOND)
            ground.say("killed: messages go out")
            _wait_for_messages(hook, failing)
        ground.say("killed: counting")
        found = child.ask("tocsin.bench.counted", asdict(counted.Spec(str(server.data))), ground.hear)
    of_request = load_spec.spans
    truth = counted.Truth(
        acknowledged=_named(tally.acknowledged, of_request) | _named(trouble.acknowledged, CALLS_A_SECOND),
        unsure=_named(tally.unsure, of_request) | _named(trouble.unsure, CALLS_A_SECOND),
    )
    spans = counted.compare(truth, found["sessions"])
    messages = told.compare([told.Due(**one) for one in found["incidents"]], hook.taken(), failing)
    return {
        "killed_times": plan.kills,
        "killed_lost_spans": spans.lost,
        "killed_double_spans": spans.double,
        # The rollups, against the same calls one by one.
        "killed_rollups_differ_by": abs(sum(found["services"].values()) - sum(found["sessions"].values())),
        "killed_spans_acknowledged": sum(truth.acknowledged.values()),
        "killed_spans_unsure": sum(truth.unsure.values()),
        "killed_requests_sent_again": tally.reconnected + tally.refused,
        "killed_restart_s": round(max(started_s), 1),
        "killed_settled_after_s": round(settled_s, 1),
        "messages": messages.messages,
        "messages_lost": messages.lost,
        "messages_double": messages.double,
        "messages_repeated_same_key": messages.repeated,
    }


def _lives(plan: Plan) -> list[float]:
    chance = random.Random(11)
    return [chance.uniform(*plan.lives_s) for _ in range(plan.kills)]


def _named(numbers: Iterable[int], calls: int) -> dict[str, int]:
    return {session_name(number): calls for number in numbers}


def _settled(server: Server, wanted: int) -> float:
    began, pause = clock.monotonic_s(), Event()
    while server.calls("range=6h") < wanted and clock.monotonic_s() - began < SETTLED_WITHIN_S:
        pause.wait(POLL_S)
    return clock.monotonic_s() - began


def _wait_for_messages(hook: Hook, failing: list[str]) -> None:
    began, pause = clock.monotonic_s(), Event()
    while set(failing) - {one.service for one in hook.taken()} and clock.monotonic_s() - began < MESSAGES_WITHIN_S:
        pause.wait(POLL_S)
    # What was sent is written down within a moment.
    pause.wait(2 * POLL_S)


PART = Part("killed", "Spans and messages lost or doubled by kill -9 under load, twenty times.", measure)
