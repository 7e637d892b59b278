"""Who is to blame: rank the services of the PetShop application for each injected fault, by `tocsin.alarms.downstream`.

Run: .venv/bin/python benchmarks/petshop.py --data DIR [--json]

A hit is the true service in first place, or among the first three. The published baseline is the data's own: a walk
over anomalous services, by robust distance. Its figures, for each scenario and metric, stand in the folder's README;
they are weighted by how many issues of each the folder has. Two scenarios come without a time before their faults; the
calm one's is taken for them.

The last line is one JSON object: {"issues", "top1", "top3", "published_top1", "published_top3"}.
"""

import argparse
import csv
import gzip
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from public_data import folder
from tocsin.alarms.downstream import Load, Record, blame

# First and among three, of all issues of the original.
PUBLISHED: Mapping[tuple[str, str], tuple[float, float]] = {
    ("low_traffic", "latency"): (0.571, 0.571),
    ("low_traffic", "availability"): (0.833, 1.0),
    ("high_traffic", "latency"): (0.571, 0.786),
    ("high_traffic", "availability"): (0.667, 1.0),
    ("temporal_traffic", "latency"): (1.0, 1.0),
    ("temporal_traffic", "availability"): (0.75, 1.0),
}
CALM = "low_traffic"
# Rows above the values: service, metric, statistic; the origin adds one that names the first column.
HEADS = 3


@dataclass(frozen=True, slots=True)
class Issue:
    """One injected fault: what was seen where, and where it was."""

    name: str
    scenario: str
    service: str
    metric: str
    fault: str
    metrics: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Where the true service came; `place` is 0 for the first, None when it was not named."""

    issue: Issue
    place: int | None

    def within(self, places: int) -> bool:
        """Say whether it is among the first ones."""
        return self.place is not None and self.place < places


def issues(found: Path) -> Iterator[Issue]:
    """Read the faults."""
    with gzip.open(found / "issues.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            told = cast("dict[str, Any]", json.loads(line))
            target, fault = told["target"]["target"], told["target"]["root_cause"]["node"]
            name = f"{told['scenario']} {told['split']} {told['issue']}"
            yield Issue(name, told["scenario"], target["node"], target["metric"], fault, told["metrics_csv"])


def callees(found: Path, scenario: str) -> dict[str, list[str]]:
    """Read who calls whom."""
    with gzip.open(found / f"{scenario}-graph.csv.gz", "rt", encoding="utf-8") as lines:
        head, *rows = csv.reader(lines)
    return {row[0]: [head[n] for n, cell in enumerate(row) if n and float(cell)] for row in rows}


def usual(found: Path, scenario: str) -> str:
    """Read the time without faults."""
    path = found / f"{scenario}-noissue-metrics.csv.gz"
    with gzip.open(path if path.exists() else found / f"{CALM}-noissue-metrics.csv.gz", "rt", encoding="utf-8") as file:
        return file.read()


def loads(text: str, metric: str) -> dict[str, list[Load]]:
    """Turn a table of services' five-minute metrics into failed calls, or seconds spent, for each service and step."""
    services, metrics, statistics, *rows = csv.reader(io.StringIO(text))
    columns = {key: n for n, key in enumerate(zip(services, metrics, statistics, strict=True))}
    values = [row for row in rows if row[0].replace(".", "", 1).isdigit()]
    told: dict[str, list[Load]] = {}
    for service in dict.fromkeys(services[1:]):
        calls, rate = columns.get((service, "requests", "Sum")), columns.get((service, metric, "Average"))
        if calls is not None and rate is not None:
            told[service] = [_load(row[calls], row[rate], metric) for row in values]
    return told


def _load(calls: str, rate: str, metric: str) -> Load:
    number = float(calls or 0)
    if not rate:
        return Load(number, 0.0)
    return Load(number, number * (float(rate) if metric == "latency" else 1 - float(rate) / 100))


def judge(issue: Issue, graph: Mapping[str, Sequence[str]], before: str) -> Hit:
    """Rank the services for one fault."""
    during, past = loads(issue.metrics, issue.metric), loads(before, issue.metric)
    records = {service: Record(past.get(service, ()), steps) for service, steps in during.items()}
    names = [one.service for one in blame(issue.service, graph, records)]
    return Hit(issue, names.index(issue.fault) if issue.fault in names else None)


def published(hits: Sequence[Hit], which: int) -> float:
    """Return the baseline's share of hits, for as many issues of each sort as these."""
    sorts = [(hit.issue.scenario.rstrip("12"), hit.issue.metric) for hit in hits]
    return sum(PUBLISHED[sort][which] for sort in sorts) / len(sorts)


def main(words: Sequence[str]) -> None:
    """Rank, compare, and print."""
    parser = argparse.ArgumentParser(description="Rank the services of the PetShop application for each fault.")
    parser.add_argument("--data", type=Path, required=True, help="the folder petshop_rca/, or the one that holds it")
    parser.add_argument("--json", action="store_true", help="print the last line alone")
    asked = parser.parse_args(words)
    found = folder(asked.data, "petshop_rca")
    hits = [judge(issue, callees(found, issue.scenario), usual(found, issue.scenario)) for issue in issues(found)]
    if not asked.json:
        for hit in hits:
            place = "not named" if hit.place is None else f"place {hit.place + 1}"
            print(f"{hit.issue.name:32} {hit.issue.metric:12} {place:9} {hit.issue.fault}")
    answer = {
        "issues": len(hits),
        "top1": round(sum(hit.within(1) for hit in hits) / len(hits), 3),
        "top3": round(sum(hit.within(3) for hit in hits) / len(hits), 3),
        "published_top1": round(published(hits, 0), 3),
        "published_top3": round(published(hits, 1), 3),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
