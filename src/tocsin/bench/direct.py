"""The engine's own insert speed, a process of its own: the same requests, the same schema, no server around it."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from tocsin import clock
from tocsin.bench import bodies, child, machine
from tocsin.config import Config, Server
from tocsin.ingest.envelope import envelope
from tocsin.ingest.settings import DEFAULT_PROJECT
from tocsin.model.received import Signal
from tocsin.serve import Stores, open_stores


@dataclass(frozen=True, slots=True)
class Spec:
    """What to insert."""

    data: str
    # Requests in one insert.
    group: int
    bodies: int = 64
    spans: int = 256
    seed: int = 1
    # Inserting only: making the requests is not counted.
    warm_s: float = 2.0
    for_s: float = 10.0


def opened(data: str) -> Stores:
    """Open a data folder as the server does, with nothing configured."""
    return open_stores(replace(Config(), server=Server(data=Path(data))))


def measure(spec: Spec) -> dict[str, float]:
    """Insert for the asked time, one group after the other."""
    pool = bodies.load(spec.seed, bodies=spec.bodies, spans=spec.spans)
    writer = opened(spec.data).telemetry.writer
    spent = timed = used = 0.0
    spans = groups = size = sent = 0
    while spent < spec.warm_s + spec.for_s:
        at = clock.now_ns()
        group = [envelope(pool[(sent + n) % len(pool)].fill(at), DEFAULT_PROJECT, at + n) for n in range(spec.group)]
        sent += spec.group
        began, cpu_s = clock.monotonic_s(), machine.own_cpu_s()
        writer.insert(Signal.TRACES, group)
        took, cpu_s = clock.monotonic_s() - began, machine.own_cpu_s() - cpu_s
        if spent >= spec.warm_s:
            timed += took
            used += cpu_s
            groups += 1
            spans += spec.group * spec.spans
            size += sum(map(len, group))
        spent += took
        child.tell(min(spent, spec.warm_s + spec.for_s), spec.warm_s + spec.for_s)
    return {
        "spans_per_s": spans / timed,
        "mb_per_s": size / timed / machine.MB,
        "insert_ms": timed / groups * 1_000,
        "insert_cpu_ms": used / groups * 1_000,
    }


if __name__ == "__main__":
    print(json.dumps(measure(Spec(**json.loads(sys.argv[1])))), flush=True)
