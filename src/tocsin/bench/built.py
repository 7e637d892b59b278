"""Builds a data folder of many spans, a process of its own: through the real views and the real settling.

Requests go into the engine without a server around it. The spans are lean: what identifies and counts a call, no
texts; no question that is measured on them reads any.
"""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tocsin import clock
from tocsin.bench import child
from tocsin.bench.bodies import NS_PER_S, Body, Writer
from tocsin.bench.direct import opened
from tocsin.ingest.envelope import envelope
from tocsin.ingest.settings import DEFAULT_PROJECT
from tocsin.model.received import Signal

SPANS_OF_BODY: Final = 2_048
BODIES: Final = 16
# Bodies in one insert, and spans that are settled at once: bounds the memory of either.
GROUP: Final = 4
SETTLE_EACH: Final = 250_000
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spec:
    """What to build."""

    data: str
    spans: int
    days: int
    # The end of the newest span, in seconds since the epoch.
    until_s: int
    services: int = 10
    models_each: int = 4
    seed: int = 5


def pool(spec: Spec) -> list[Body]:
    """Return requests whose spans lie anywhere in the day before the moment they are filled in with."""
    writer = Writer(spec.seed)
    apps = writer.apps(spec.services, models_each=spec.models_each, lean=True)
    return [
        writer.body(
            [
                writer.call(apps[(n + m) % len(apps)], within_s=DAY.total_seconds(), failing=0.02)
                for m in range(SPANS_OF_BODY)
            ]
        )
        for n in range(BODIES)
    ]


def build(spec: Spec) -> dict[str, float]:
    """Fill the folder, oldest day first; returns how long inserting and settling took."""
    bodies = pool(spec)
    telemetry = opened(spec.data).telemetry
    of_day = max(1, spec.spans // spec.days // SPANS_OF_BODY)
    stamp = clock.now_ns()
    inserting = settling = 0.0
    stored = unsettled = 0
    for day in range(spec.days):
        at_ns = (spec.until_s - (spec.days - 1 - day) * int(DAY.total_seconds())) * NS_PER_S
        for first in range(0, of_day, GROUP):
            count = min(GROUP, of_day - first)
            group = [
                envelope(bodies[(first + n) % BODIES].fill(at_ns), DEFAULT_PROJECT, stamp + n + 1) for n in range(count)
            ]
            stamp += count
            began = clock.monotonic_s()
            telemetry.writer.insert(Signal.TRACES, group)
            inserting += clock.monotonic_s() - began
            stored += count * SPANS_OF_BODY
            unsettled += count * SPANS_OF_BODY
            if unsettled >= SETTLE_EACH or first + count >= of_day:
                began = clock.monotonic_s()
                telemetry.settler.settle(stamp, datetime.fromtimestamp(spec.until_s, UTC))
                settling += clock.monotonic_s() - began
                unsettled = 0
            child.tell(stored, spec.days * of_day * SPANS_OF_BODY)
    return {"spans": stored, "inserting_s": inserting, "settling_s": settling}


if __name__ == "__main__":
    print(json.dumps(build(Spec(**json.loads(sys.argv[1])))), flush=True)
