"""What the figures should be: the numbers that this project promises on two cores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.bench.part import Figures


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on one figure, itself included."""

    key: str
    bound: float
    unit: str
    at_least: bool = False

    def met_by(self, value: float) -> bool:
        """Say whether a figure is within the bound."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        """Write the bound as a person does."""
        return f"{'≥' if self.at_least else '≤'} {self.bound:,g} {self.unit}".rstrip()


TARGETS: Final = (
    Target("ingest_spans_per_s", 30_000, "spans/s", at_least=True),
    Target("ingest_ratio_to_engine", 0.6, "", at_least=True),
    Target("graphs_24h_ms", 150, "ms"),
    Target("graphs_30d_ms", 300, "ms"),
    Target("page_bytes", 150_000, "bytes"),
    Target("rss_mb", 1_000, "MB"),
    Target("idle_cpu_pct", 2, "%"),
    Target("bytes_per_span", 450, "bytes"),
    Target("tick_ms", 200, "ms"),
    Target("judge_instances", 5_000, "instances", at_least=True),
    Target("judge_round_ms", 1_000, "ms"),
    Target("replay_s", 10, "s"),
    Target("outage_to_message_s", 60, "s"),
    Target("killed_lost_spans", 0, "spans"),
    Target("killed_double_spans", 0, "spans"),
    Target("messages_lost", 0, "messages"),
    Target("messages_double", 0, "messages"),
)


def missed(figures: Figures) -> Sequence[str]:
    """Return a sentence for each target that was measured and missed; a figure that is None was not measured."""
    found: list[str] = []
    for target in TARGETS:
        value = figures.get(target.key)
        if isinstance(value, int | float) and not target.met_by(value):
            found.append(f"{target.key} is {value:,g}; the target is {target}")
    return found
