"""How long it takes to judge 5,000 alarm instances: with their evidence at hand, and as a whole round of the watch."""

from dataclasses import asdict
from math import ceil
from typing import Final

from tocsin.alarms.kind import Scope
from tocsin.alarms.pack import DEFAULT
from tocsin.bench import child, ticked
from tocsin.bench.part import Figures, Ground, Part

INSTANCES: Final = 5_000
QUICK: Final = 300


def measure(ground: Ground) -> Figures:
    """Judge the default pack for as many services as give so many instances."""
    each = sum(alarm.kind.scope is Scope.SERVICE for alarm in DEFAULT)
    services = ceil((QUICK if ground.quick else INSTANCES) / each)
    data = str(ground.scratch / "data")
    spec = ticked.Spec(data=data, services=services, models=2, alone=True)
    if ground.quick:
        spec = ticked.Spec(data=data, services=services, models=1, minutes=30, hours=30, weeks=1, ticks=5, alone=True)
    ground.say(f"judge: storing the past of {services} services")
    answer = child.ask("tocsin.bench.ticked", asdict(spec), ground.hear)
    return {
        "judge_instances": round(answer["instances"]),
        "judge_alone_ms": round(answer["alone_ms"], 1),
        "judge_alone_worst_ms": round(answer["alone_worst_ms"], 1),
        "judge_alone_cpu_ms": round(answer["alone_cpu_ms"], 1),
        "judge_tick_ms": round(answer["judge_ms"], 1),
        "judge_tick_cpu_ms": round(answer["judge_cpu_ms"], 1),
        "judge_round_ms": round(answer["median_ms"], 1),
        "judge_round_worst_ms": round(answer["worst_ms"], 1),
        "judge_services": services,
    }


PART = Part("judge", "Time to judge 5,000 alarm instances, alone and as a round of the watch.", measure)
