"""Windows of days are read by the hour, and hold exactly the calls that the minutes hold."""

from datetime import datetime, timedelta
from random import Random

import pytest
from tests.store.opened import START, Opened
from tests.store.told import Told, body_of

from tocsin.model.alarm import Group
from tocsin.model.dimension import Dimension
from tocsin.model.parts import Parts
from tocsin.model.usage import Usage
from tocsin.model.whole import whole
from tocsin.model.window import Window
from tocsin.store.statements import second

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LENGTHS = (5 * MINUTE, 30 * MINUTE, 6 * HOUR, DAY, 3 * DAY)


@pytest.fixture(scope="module")
def days(store: Opened) -> tuple[Opened, str]:
    """Return the store with four days of calls, some of which end exactly with an hour."""
    random, project = Random(11), store.project()
    calls: list[Told] = []
    for number in range(1, 600):
        end = random.choice([random.randrange(96) * HOUR, random.randrange(96 * 3600) * timedelta(seconds=1)])
        calls.append(
            Told(
                trace=number,
                at=end - 2 * timedelta(seconds=1),
                took=timedelta(seconds=random.randrange(1, 3)),
                model=random.choice(["gpt-4o", "gpt-4o-mini"]),
                service=random.choice(["app", "search"]),
                environment="production",
                error="RateLimitError" if random.random() < 0.2 else "",
                usage=Usage(random.randrange(1, 5_000), output_tokens=random.randrange(900)),
            )
        )
    store.insert(project, [body_of(calls)])
    store.settle()
    return store, project


@pytest.mark.parametrize("service", ["app", "search", ""])
@pytest.mark.parametrize(
    "until",
    [
        START + 4 * DAY,
        START + 3 * DAY + 20 * HOUR + 35 * MINUTE,
        START + 3 * DAY + 7 * HOUR + 1 * MINUTE,
        START + 2 * DAY + 59 * MINUTE,
    ],
)
def test_windows_of_days_hold_what_their_minutes_hold(days: tuple[Opened, str], until: datetime, service: str) -> None:
    store, project = days
    group = Group(project, "production", service) if service else whole(project)
    filters = {Dimension.SERVICE: (service,)} if service else {}
    found = store.evidence.windows(until, LENGTHS, None, sketched=LENGTHS)[group]
    for length in LENGTHS:
        minutes = store.reader.parts(project, Window(until - length, until), MINUTE, (), filters)
        assert found.get(length, Parts()) == Parts.merged(row.parts for row in minutes)


def test_a_long_window_that_ends_inside_a_minute_holds_no_more_than_its_calls(days: tuple[Opened, str]) -> None:
    """As errors would be judged: to the second at its end, from a whole minute on."""
    store, project = days
    until = START + 3 * DAY + 5 * HOUR + timedelta(seconds=90)
    found = store.evidence.windows(until, [MINUTE, DAY], None, sketched=())[whole(project)]
    since = until.replace(second=0) - DAY
    calls = store.rows(
        "SELECT count() AS n FROM calls FINAL WHERE project = {project:String} AND not_counted = ''"
        " AND started + toIntervalNanosecond(duration_ns) >= {since:DateTime('UTC')}"
        " AND started + toIntervalNanosecond(duration_ns) < {until:DateTime('UTC')}",
        project=project,
        since=second(since),
        until=second(until),
    )
    assert found[DAY].calls == calls[0]["n"] > 0
