"""How fast the graphs' data comes at ten million spans over thirty days."""

import json
import shutil
from dataclasses import asdict
from statistics import median
from typing import Final

from tocsin import clock
from tocsin.bench import built, child
from tocsin.bench.part import Figures, Ground, Part
from tocsin.bench.server import Server

SPANS: Final = 10_000_000
QUICK_SPANS: Final = 300_000
DAYS: Final = 30
TIMES: Final = 20
WARM: Final = 2
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
MARK: Final = "built.json"


def measure(ground: Ground) -> Figures:
    """Build the folder where it is not there yet, then ask the running server for the graphs, over HTTP."""
    spans = QUICK_SPANS if ground.quick else SPANS
    home = ground.kept / f"graphs-{spans}"
    mark = home / MARK
    if not mark.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        ground.say(f"graphs: storing {spans:,} spans")
        # A whole hour: days are copied with what their hours add up to.
        until_s = int(clock.now().timestamp()) // HOUR_S * HOUR_S
        spec = built.Spec(data=str(home / "data"), spans=spans, days=DAYS, until_s=until_s)
        answer = child.ask("tocsin.bench.built", asdict(spec), ground.hear)
        mark.write_text(json.dumps({**answer, "until_s": until_s}), encoding="utf-8")
    known = json.loads(mark.read_text(encoding="utf-8"))
    with Server(home) as server:
        stretches = {name: _stretch(known["until_s"], days) for name, days in (("24h", 1), ("30d", DAYS))}
        counted = server.calls(stretches["30d"])
        ground.say("graphs: asking")
        times: dict[str, list[float]] = {}
        used: dict[str, float] = {}
        for name, part in stretches.items():
            before = server.use().cpu_s
            times[name] = _times_ms(server, f"/api/v1/graphs?group=model&{part}")
            used[name] = (server.use().cpu_s - before) * 1_000 / (WARM + TIMES)
        grouped = _times_ms(server, f"/api/v1/graphs?group=tenant&{stretches['24h']}", times=5)
    return {
        "graphs_24h_ms": round(median(times["24h"]), 1),
        "graphs_30d_ms": round(median(times["30d"]), 1),
        "graphs_24h_worst_ms": round(max(times["24h"]), 1),
        "graphs_30d_worst_ms": round(max(times["30d"]), 1),
        # Processor time, in all threads, of everything that the server did meanwhile.
        "graphs_24h_cpu_ms": round(used["24h"], 1),
        "graphs_30d_cpu_ms": round(used["30d"], 1),
        # By what the rollups do not hold: read from the calls.
        "graphs_24h_by_tenant_ms": round(median(grouped), 1),
        "graphs_spans": known["spans"],
        "graphs_calls": counted,
        "graphs_spans_lean": 1,
        "graphs_built_s": round(known["inserting_s"] + known["settling_s"] + known["copying_s"]),
    }


def _stretch(until_s: int, days: int) -> str:
    return f"from={(until_s - days * DAY_S) * 1000}&to={until_s * 1000}"


def _times_ms(server: Server, path: str, times: int = TIMES) -> list[float]:
    """Ask so many times, after a few that don't count; from sending the request to having the whole answer."""
    taken: list[float] = []
    for _ in range(WARM + times):
        began = clock.monotonic_s()
        server.get(path)
        taken.append((clock.monotonic_s() - began) * 1_000)
    return taken[WARM:]


PART = Part("graphs", "Time to get the three graphs' data at 10 million spans: 24 h and 30 days, by model.", measure)
