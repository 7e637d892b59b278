"""Alarms over calls that really happened: what providers answered, put on a clock."""

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path

import pytest
from tests.alarms.world import APP, HOUR, MEASURES, MINUTE, START

from tocsin.alarms.pack import pack
from tocsin.alarms.replay import Replayed, replay
from tocsin.alarms.series import Series
from tocsin.model.alarm import Severity
from tocsin.model.parts import Parts
from tocsin.model.sketch import Sketch
from tocsin.model.window import Window

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "llmperf_provider_latency"
# Providers whose runs had no failure are what the service did before and after.
HEALTHY = {"anyscale", "fireworks"}
STORM = "lepton"
HISTORY = timedelta(hours=26)
AFTER = timedelta(hours=2)

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.exists(), reason="the public data is not beside the repository"),
]


@dataclass(frozen=True)
class Call:
    """One call of the record: how long it took, and whether it was answered with 429."""

    provider: str
    took_ms: float
    limited: bool


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    """All calls in the order in which they were made, run after run."""
    with gzip.open(DATA / "individual_requests.csv.gz", "rt", encoding="utf-8") as lines:
        return [
            Call(row["provider"], float(row["end_to_end_latency_s"]) * 1000, row["error_code"] == "429")
            for row in csv.DictReader(lines)
        ]


def minutes(calls: Sequence[Call], per_minute: int) -> Iterator[Parts]:
    """Spread calls evenly."""
    for first in range(0, len(calls), per_minute):
        some = calls[first : first + per_minute]
        limited = sum(call.limited for call in some)
        took = [call.took_ms for call in some if not call.limited]
        yield Parts(calls=len(some), failed=limited, errors=limited, duration=Sketch.of(took))


def replayed(calls: Sequence[Call], per_minute: int) -> tuple[Replayed, Window]:
    """Judge a day of healthy calls, the storm, and two healthy hours; return also when the storm was."""
    healthy = cycle(call for call in calls if call.provider in HEALTHY)
    storm = [call for call in calls if call.provider == STORM]
    series = Series(START)
    for parts in minutes(list(islice(healthy, per_minute * (HISTORY // MINUTE))), per_minute):
        series.append(parts)
    began = series.end
    for parts in minutes(storm, per_minute):
        series.append(parts)
    ended = series.end
    for parts in minutes(list(islice(healthy, per_minute * (AFTER // MINUTE))), per_minute):
        series.append(parts)
    window = Window(START + HISTORY - HOUR, series.end)
    return replay(pack({}), {APP: series}, MEASURES, window), Window(began, ended)


def test_the_record_has_a_storm_of_429_with_a_lull_in_each_run(calls: list[Call]) -> None:
    storm = [call for call in calls if call.provider == STORM]
    assert sum(call.limited for call in storm) > 250
    began = [n for n, call in enumerate(storm) if call.limited and (n == 0 or not storm[n - 1].limited)]
    assert len(began) >= 4


@pytest.mark.parametrize("per_minute", [2, 10, 30, 150])
def test_a_real_storm_of_429_is_one_incident(calls: list[Call], per_minute: int) -> None:
    """However fast the calls came: the lulls within it are not its end."""
    told, storm = replayed(calls, per_minute)
    assert len({one.incident.id for one in told.told}) == 1, told.firings
    first, last = told.told[0].incident, told.told[-1].incident
    assert storm.since <= first.opened <= storm.since + 15 * MINUTE
    assert first.severity is Severity.PAGE
    assert last.closed is not None
    assert storm.until <= last.closed <= storm.until + 30 * MINUTE
    assert told.pages == 1, [one.incident for one in told.told]
