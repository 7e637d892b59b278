"""What a data folder holds after all, a process of its own: opened, settled to the end, and counted.

Every request of the load is one conversation, so that each can be counted by itself: a loss and a double elsewhere
can't make up for each other.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tocsin import clock
from tocsin.bench.direct import opened
from tocsin.ingest.settings import DEFAULT_PROJECT
from tocsin.model.dimension import Dimension
from tocsin.model.window import Window
from tocsin.serve import Stores

HOOK = "hook"


@dataclass(frozen=True, slots=True)
class Truth:
    """What must be there: by conversation, how many calls."""

    acknowledged: Mapping[str, int]
    # Sent, and never acknowledged: all or nothing of it may be there.
    unsure: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """Spans that are missing, and spans too many."""

    lost: int
    double: int


def compare(truth: Truth, found: Mapping[str, int]) -> Difference:
    """Compare, conversation by conversation."""
    lost = sum(max(0, wanted - found.get(name, 0)) for name, wanted in truth.acknowledged.items())
    may_be = {**truth.unsure, **truth.acknowledged}
    double = sum(max(0, calls - may_be.get(name, 0)) for name, calls in found.items())
    return Difference(lost, double)


@dataclass(frozen=True, slots=True)
class Spec:
    """What to count: the calls that ended within the last hours."""

    data: str
    hours: float = 6.0


def count(spec: Spec) -> dict[str, Any]:
    """Settle, and return calls by conversation, calls by the rollups, and what is remembered of messages."""
    stores = opened(spec.data)
    at = clock.now()
    stores.telemetry.settler.settle(stores.telemetry.newest_received_ns, at)
    window = Window(at - timedelta(hours=spec.hours), at + timedelta(minutes=5))
    by_session = stores.telemetry.reader.parts(DEFAULT_PROJECT, window, None, [Dimension.SESSION], {})
    by_service = stores.telemetry.reader.parts(DEFAULT_PROJECT, window, None, [Dimension.SERVICE], {})
    return {
        "sessions": _added((row.group[0], row.parts.calls) for row in by_session),
        "services": _added((row.group[0], row.parts.calls) for row in by_service),
        "incidents": [_remembered(stores, one.id) for one in stores.control.incidents(limit=1_000)],
    }


def _added(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for name, calls in pairs:
        total[name] += calls
    return dict(total)


def _remembered(stores: Stores, incident_id: str) -> dict[str, Any]:
    incident = stores.control.incident(incident_id)
    assert incident is not None, "it was listed"
    tries = [one for one in stores.control.deliveries(incident_id) if one.channel == HOOK]
    return {
        "incident": incident.id,
        "service": incident.group.service,
        "notices": incident.notices,
        "outcomes": {one.notice_key: one.outcome for one in tries},
    }


if __name__ == "__main__":
    print(json.dumps(count(Spec(**json.loads(sys.argv[1])))), flush=True)
