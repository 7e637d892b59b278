"""Whether every message that was due was told, and told once: the records of the server against what arrived."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tocsin.bench.hook import Taken


@dataclass(frozen=True, slots=True)
class Due:
    """An incident as the server remembers it, and what it remembers of its messages to the receiving side."""

    incident: str
    service: str
    # How many messages were due about it: their sequences are 0 to this, excluded.
    notices: int
    # Outcome of each key; nothing for one that is still waiting.
    outcomes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it."""

    messages: int
    lost: int
    double: int
    # The same message under the same key: a process died between sending and writing down that it was sent. Whoever
    # looks at the key sees it once.
    repeated: int


def compare(due: Sequence[Due], taken: Sequence[Taken], failing: Collection[str]) -> Told:
    """Compare what was due with what was taken.

    Lost: an incident whose newest message never arrived (older ones may be replaced by it), a message that is written
    down as delivered and never arrived, or a service of `failing`, which was out for long enough, without a message.
    Double: another message that says again what the one before it said, or about an incident that nobody knows.
    """
    keys = {one.key for one in taken}
    by_incident: dict[str, dict[int, Taken]] = {}
    for one in taken:
        by_incident.setdefault(one.incident, {})[one.sequence] = one
    lost = len(set(failing) - {one.service for one in taken})
    double = sum(len(told) for incident, told in by_incident.items() if incident not in {d.incident for d in due})
    for incident in due:
        newest = f"{incident.incident}:{incident.notices - 1}"
        delivered = {key for key, outcome in incident.outcomes.items() if outcome == "delivered"}
        lost += len(delivered - keys)
        if incident.notices and newest not in keys and newest not in delivered:
            lost += 1
    for told in by_incident.values():
        in_order = [told[sequence] for sequence in sorted(told)]
        double += sum(
            (was.state, was.severity) == (now.state, now.severity)
            for was, now in pairwise(in_order)
            if now.sequence == was.sequence + 1
        )
    return Told(len(keys), lost, double, len(taken) - len(keys))
