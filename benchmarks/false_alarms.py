"""Count what the whole default pack says about 30 healthy days, at four loads.

Run: .venv/bin/python benchmarks/false_alarms.py [--seed N] [--days N] [--json]

Every minute is judged by the code that runs live (`alarms/replay.py`), on the traffic of `healthy.py`; the first day
the alarms learn. Each message that would have gone out is a page or a ticket, and every one of them is false. With
`--json` the last line is {"loads": [{"calls_per_h", "pages", "tickets"}]}; otherwise it is a table.
"""

import argparse
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from random import Random

import tocsin.measures
from healthy import GROUP, START, series
from tocsin import registry
from tocsin.alarms.pack import pack
from tocsin.alarms.replay import Replayed, replay
from tocsin.model.alarm import Severity
from tocsin.model.measure import Measure
from tocsin.model.window import Window

LOADS = (6, 60, 600, 6_000)
DAYS = 30


@dataclass(frozen=True, slots=True)
class Load:
    """What one load's days told; `alarms` names each alarm that fired, and how often."""

    calls_per_h: int
    pages: int
    tickets: int
    alarms: dict[str, int]


def counted(calls_per_h: int, seed: int, days: int) -> Load:
    """Make the days of one load, and count the messages of the pack."""
    traffic = series(Random(f"{seed}/{calls_per_h}"), calls_per_h, days)
    measures = registry.load(tocsin.measures, "MEASURE", Measure)
    told = replay(pack({}), {GROUP: traffic}, measures, Window(START, START + timedelta(days=days)))
    return Load(calls_per_h, told.pages, tickets(told), dict(Counter(one.alarm for one in told.firings)))


def tickets(told: Replayed) -> int:
    """Count messages that wait for the morning, ends not counted."""
    return sum(one.incident.severity is Severity.TICKET and one.incident.closed is None for one in told.told)


def main() -> None:
    """Count at every load, several at once, and say what came of it."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--days", type=int, default=DAYS)
    reader.add_argument("--json", action="store_true")
    asked = reader.parse_args()
    if asked.days < 1:
        reader.error(f"--days must be 1 or more; got {asked.days}")
    with ProcessPoolExecutor() as pool:
        loads = list(pool.map(counted, LOADS, [asked.seed] * len(LOADS), [asked.days] * len(LOADS)))
    for load in loads:
        fired = ", ".join(f"{name} {n}" for name, n in load.alarms.items()) or "none"
        print(f"{load.calls_per_h:>6} calls/h: {load.pages} pages, {load.tickets} tickets ({fired})", file=sys.stderr)
    if asked.json:
        kept = [{key: value for key, value in asdict(load).items() if key != "alarms"} for load in loads]
        print(json.dumps({"loads": kept}))


if __name__ == "__main__":
    main()
