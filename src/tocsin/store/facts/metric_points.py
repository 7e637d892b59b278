"""What an OTLP metric came to, for alarms: `MetricAsk` is answered from its points."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tocsin.model.alarm import Group
from tocsin.model.metric import MetricAsk, MetricFact
from tocsin.store.answer import Answer
from tocsin.store.engine import Row
from tocsin.store.points import Point, PointSeries, value_of
from tocsin.store.read import Reader
from tocsin.store.statements import epoch, micro, of_micros, question


def _answer(reader: Reader, ask: MetricAsk, at: datetime) -> Mapping[Group, object]:
    rows = reader.ask(
        question("metric_series"),
        {
            "metric": ask.metric,
            "since": micro(at - ask.window - ask.back),
            "until": micro(at),
            "keys": [key for key, _ in ask.attributes],
            "pairs": [f"{key}={value}" for key, values in ask.attributes for value in values],
        },
    )
    by_group: dict[Group, list[Row]] = {}
    for row in rows:
        by_group.setdefault(Group(row[0], row[1], row[2]), []).append(row)
    return {group: _fact(ask, at, mine) for group, mine in by_group.items()}


def _fact(ask: MetricAsk, at: datetime, rows: list[Row]) -> MetricFact:
    series = [
        PointSeries(shape, temporality, monotonic, [_point(*one) for one in points])
        for _, _, _, _, shape, temporality, monotonic, points in rows
    ]
    until_ns = epoch(at) * 10**9
    value, samples = value_of(ask.aggregate, series, epoch(at - ask.window) * 10**9, until_ns)
    newest = max(point.at for one in series for point in one.points)
    return MetricFact(value, samples, rows[0][3], of_micros(newest // 1000))


def _point(*columns: Any) -> Point:  # noqa: ANN401 - as the engine gives them
    at, started, value, count, bounds, buckets, scale, offset, zero_count = columns
    return Point(at, started, value, count, tuple(bounds), tuple(buckets), scale, offset, zero_count)


ANSWER = Answer(MetricAsk, _answer)
