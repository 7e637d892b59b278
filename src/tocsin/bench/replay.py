"""How long a replay of thirty days takes: every alarm of the default pack, once a minute, over one service's calls."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Final

from tocsin import clock
from tocsin.alarms.pack import DEFAULT
from tocsin.bench import built, child
from tocsin.bench.part import Figures, Ground, Part
from tocsin.model.problem import Foreign

DAYS: Final = 30
QUICK_DAYS: Final = 2
# What is usual is learned from so many days before.
BEFORE_DAYS: Final = 29
QUICK_BEFORE_DAYS: Final = 1
CALLS_OF_DAY: Final = 14_000
HOUR_S: Final = 3_600
MINUTES_OF_DAY: Final = 1_440
RUN_S_MAX: Final = 600


def measure(ground: Ground) -> Figures:
    """Build a folder with one service in it, then run the command on it as a user does."""
    days = QUICK_DAYS if ground.quick else DAYS
    stored = days + (QUICK_BEFORE_DAYS if ground.quick else BEFORE_DAYS)
    data = str(ground.scratch / "data")
    ground.say(f"replay: storing {stored} days of one service")
    until_s = int(clock.now().timestamp()) // HOUR_S * HOUR_S
    spec = built.Spec(data=data, spans=stored * CALLS_OF_DAY, days=stored, until_s=until_s, services=1)
    child.ask("tocsin.bench.built", asdict(spec), ground.hear)
    ground.say(f"replay: judging {days} days")
    command = [sys.executable, "-m", "tocsin", "alarms", "replay", "--since", f"{days}d", "--json", "--data", data]
    before, began = os.times(), clock.monotonic_s()
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=RUN_S_MAX, cwd=str(ground.scratch)
    )
    took, after = clock.monotonic_s() - began, os.times()
    if done.returncode:
        raise Foreign("tocsin alarms replay", f"ended with code {done.returncode}: {done.stderr.strip()[-300:]}")
    result = json.loads(done.stdout)
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return {
        "replay_s": round(took, 2),
        "replay_cpu_s": round(used, 2),
        "replay_ticks": round(result["days"] * MINUTES_OF_DAY),
        "replay_alarms": len(DEFAULT),
        "replay_calls_a_day": CALLS_OF_DAY,
        "replay_firings": len(result["firings"]),
    }


PART = Part("replay", "Time to replay thirty days of one service, every alarm once a minute, by the command.", measure)
