"""When a drill is due."""

from datetime import timedelta

import pytest

from tocsin.notify.schedule import Settings
from tocsin.testing.manual_clock import START

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WEEKLY = Settings(7 * DAY, START.hour)


def test_no_drill_is_ever_due_unless_it_is_asked_for() -> None:
    assert not Settings(hour=START.hour).due(None, START)


def test_a_weekly_drill_is_due_once_a_week_in_its_hour() -> None:
    assert WEEKLY.due(None, START)
    assert not WEEKLY.due(START, START + MINUTE)
    assert not WEEKLY.due(START, START + 6 * DAY)
    assert not WEEKLY.due(START, START + 7 * DAY + timedelta(hours=1))
    # The one before began late in its hour.
    assert WEEKLY.due(START + 50 * MINUTE, START + 7 * DAY)


@pytest.mark.parametrize(("every", "hour"), [(DAY / 2, 10), (DAY * 1.5, 10), (DAY, 24), (DAY, -1)])
def test_a_schedule_that_is_none_is_refused(every: timedelta, hour: int) -> None:
    with pytest.raises(ValueError, match="must"):
        Settings(every, hour)
