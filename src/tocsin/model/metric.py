"""OTLP metrics as alarms ask for them: a name, which of its series, and how their points become one number."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.model.fact import Ask


class Aggregate(StrEnum):
    """How the points of all series in a window become one number."""

    # Of each series its newest point: their sum, or their mean.
    LAST = "last"
    LAST_MEAN = "last_mean"
    # Of all points; of a histogram, of all its observations.
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    # What counters, or the counts of histograms, rose by: in the window, or a second. Resets and births are told.
    SUM = "sum"
    RATE = "rate"
    # Of a histogram's observations.
    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"


@dataclass(frozen=True, slots=True)
class MetricAsk(Ask):
    """Asks what a metric came to in each service, in the window that ends when it is asked; answered by `MetricFact`.

    A point is of the window by the sender's clock. A service without any in the window and the `back` before it has no
    fact: it was never seen, or not for long.
    """

    metric: str = ""
    aggregate: Aggregate = Aggregate.LAST
    window: timedelta = timedelta(minutes=5)
    # An attribute, of the point or the resource, and the values it may have.
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    # How far before the window points are looked for: a counter's rise is told from the point before.
    back: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MetricFact:
    """What a metric came to in one service. `value` None: no point in the window, or none that can say."""

    value: float | None
    # In the window: points, or observations of a histogram.
    samples: int
    # As the sender names it, "" or "1" for none.
    unit: str
    # The newest point there is.
    seen: datetime
