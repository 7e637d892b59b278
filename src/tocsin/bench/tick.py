"""How long one round of the watch takes: settle what arrived, judge every alarm of every service."""

from dataclasses import asdict

from tocsin.bench import child, ticked
from tocsin.bench.part import Figures, Ground, Part


def measure(ground: Ground) -> Figures:
    """Judge 200 services that use 20 models each."""
    data = str(ground.scratch / "data")
    spec = ticked.Spec(data=data)
    if ground.quick:
        spec = ticked.Spec(data=data, services=20, models=5, minutes=30, hours=30, weeks=1, ticks=5)
    ground.say(f"tick: storing the past of {spec.services} services")
    answer = child.ask("tocsin.bench.ticked", asdict(spec), ground.hear)
    return {
        "tick_ms": round(answer["median_ms"], 1),
        "tick_worst_ms": round(answer["worst_ms"], 1),
        "tick_settle_ms": round(answer["settle_ms"], 1),
        "tick_judge_ms": round(answer["judge_ms"], 1),
        "tick_settle_cpu_ms": round(answer["settle_cpu_ms"], 1),
        "tick_judge_cpu_ms": round(answer["judge_cpu_ms"], 1),
        "tick_services": spec.services,
        "tick_models": spec.models,
    }


PART = Part("tick", "Time of one round of the watch over 200 services with 20 models each.", measure)
