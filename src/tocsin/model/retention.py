"""How long each kind of stored data is kept."""

from dataclasses import dataclass, fields
from datetime import timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retention:
    """Ages after which data is dropped, in whole days; the fields are named as the tables are."""

    # Every span with its redacted attributes: by far the largest part.
    spans: timedelta = 30 * DAY
    # One row a model call, as counted and priced; examples and rare groupings are read from it.
    calls: timedelta = 90 * DAY
    # What the three graphs and the alarms read, by minute and by hour.
    rollup_minute: timedelta = 90 * DAY
    rollup_hour: timedelta = 730 * DAY
    metric_points: timedelta = 30 * DAY
    log_events: timedelta = 30 * DAY
    scores: timedelta = 365 * DAY

    def __post_init__(self) -> None:
        for field in fields(self):
            age: timedelta = getattr(self, field.name)
            if age < DAY or age % DAY:
                raise ValueError(f'{field.name} must be whole days, at least one; write it as in "30d"')
