"""Builds a data folder of many spans, a process of its own.

One day goes through the real views and the real settling, without a server around them; the days before it are copies
of that day, made by the engine. The spans are lean: what identifies and counts a call, no texts; no question that is
measured on them reads any.
"""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final

from tocsin import clock
from tocsin.bench import child, copies
from tocsin.bench.bodies import NS_PER_S, Body, Writer
from tocsin.bench.direct import opened
from tocsin.ingest.envelope import envelope
from tocsin.ingest.settings import DEFAULT_PROJECT
from tocsin.model.received import Signal

SPANS_OF_BODY: Final = 2_048
BODIES: Final = 16
# Bodies in one insert.
GROUP: Final = 4
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
    """Fill the folder; returns how many spans, and how long storing, settling and copying took."""
    stores = opened(spec.data)
    bodies = pool(spec)
    of_day = ceil(spec.spans / spec.days / SPANS_OF_BODY)
    day_s = int(DAY.total_seconds())
    stamp = spec.until_s * NS_PER_S
    at = datetime.fromtimestamp(spec.until_s, UTC)
    inserting = settling = 0.0
    for first in range(0, of_day, GROUP):
        count = min(GROUP, of_day - first)
        filled = [bodies[(first + n) % BODIES].fill(spec.until_s * NS_PER_S) for n in range(count)]
        group = [envelope(body, DEFAULT_PROJECT, stamp + n + 1) for n, body in enumerate(filled)]
        stamp += count
        began = clock.monotonic_s()
        stores.telemetry.writer.insert(Signal.TRACES, group)
        inserting += clock.monotonic_s() - began
        child.tell(first / of_day, spec.days)
    began = clock.monotonic_s()
    # The last hour is over an hour from now, and then it is rolled up as well.
    stores.telemetry.settler.settle(stamp, at + timedelta(hours=1))
    settling = clock.monotonic_s() - began
    began = clock.monotonic_s()
    for days in range(1, spec.days):
        copies.copy_day(stores.telemetry.writer, newest_since_s=spec.until_s - day_s, days=days)
        child.tell(days + 1, spec.days)
    copying = clock.monotonic_s() - began
    stores.telemetry.writer.close()
    return {
        "spans": of_day * SPANS_OF_BODY * spec.days,
        "inserting_s": inserting,
        "settling_s": settling,
        "copying_s": copying,
    }


if __name__ == "__main__":
    print(json.dumps(build(Spec(**json.loads(sys.argv[1])))), flush=True)
