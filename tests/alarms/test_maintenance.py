"""Maintenance windows over both changes of the clocks, in zones on both sides of the world.

Report numbers are those of the collection behind the pack.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alarms.maintenance import Day, Maintenance, Settings, active, coming, in_force
from tocsin.model.hush import Matchers, Silence
from tocsin.model.window import Window

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def nightly(**changes: Any) -> Settings:  # noqa: ANN401 - any field
    return replace(Settings("02:00", 2 * HOUR, "Europe/Berlin"), **changes)


def starts(window: Settings, after: datetime, n: int) -> list[str]:
    """Return when the next n stretches begin, in UTC."""
    found: list[str] = []
    for _ in range(n):
        stretch = coming(window, after)
        if stretch is None:
            break
        found.append(f"{stretch.since:%m-%d %H:%M}")
        after = stretch.since
    return found


def test_a_window_keeps_its_time_on_the_wall_when_clocks_go_forward() -> None:
    """Report 67. In Berlin on 29 March 2026 there is no time from 02:00 to 03:00."""
    assert starts(nightly(start="04:00"), utc("2026-03-27T12:00"), 3) == ["03-28 03:00", "03-29 02:00", "03-30 02:00"]


def test_a_window_keeps_its_time_on_the_wall_when_clocks_go_back() -> None:
    """In Berlin on 25 October 2026 the hour from 02:00 comes twice."""
    assert starts(nightly(start="04:00"), utc("2026-10-23T12:00"), 3) == ["10-24 02:00", "10-25 03:00", "10-26 03:00"]


def test_a_start_that_does_not_exist_is_as_long_after_the_change_as_it_would_have_been() -> None:
    window = nightly(start="02:30")
    assert starts(window, utc("2026-03-28T12:00"), 1) == ["03-29 01:30"]
    # 03:30 summer time, and two whole hours from there.
    assert active(window, utc("2026-03-29T01:29:59")) is None
    assert active(window, utc("2026-03-29T01:30")) == Window(utc("2026-03-29T01:30"), utc("2026-03-29T03:30"))
    assert active(window, utc("2026-03-29T03:30")) is None


def test_a_start_that_comes_twice_is_the_first_and_only_that() -> None:
    window = nightly(start="02:30", length=HOUR / 2)
    assert active(window, utc("2026-10-25T00:30")) is not None
    assert active(window, utc("2026-10-25T01:30")) is None, "the second 02:30 of that night"
    assert starts(window, utc("2026-10-24T12:00"), 2) == ["10-25 00:30", "10-26 01:30"]


def test_a_window_lasts_as_long_as_it_says_in_real_time_over_a_change() -> None:
    for night in ("2026-03-28T12:00", "2026-10-24T12:00"):
        stretch = coming(nightly(start="01:00", length=4 * HOUR), utc(night))
        assert stretch is not None
        assert stretch.length == 4 * HOUR


def test_it_comes_again_and_again() -> None:
    """Report 68: a window that worked once."""
    window = nightly(weekdays=(Day.SAT, Day.SUN))
    assert starts(window, utc("2026-03-02T00:00"), 5) == [
        "03-07 01:00", "03-08 01:00", "03-14 01:00", "03-15 01:00", "03-21 01:00",
    ]  # fmt: skip


def test_it_is_not_active_before_its_start() -> None:
    """Report 70."""
    window = nightly(zone="UTC", since=utc("2026-03-05T00:00"), until=utc("2026-03-07T00:00"))
    assert active(window, utc("2026-03-04T03:00")) is None
    assert active(window, utc("2026-03-05T03:00")) is not None
    assert starts(window, utc("2026-01-01T00:00"), 5) == ["03-05 02:00", "03-06 02:00"]
    assert coming(window, utc("2026-03-06T02:00")) is None


def test_a_start_in_the_far_future_is_found() -> None:
    window = nightly(zone="UTC", since=utc("2027-06-01T00:00"))
    stretch = coming(window, utc("2026-03-04T03:00"))
    assert stretch is not None
    assert stretch.since == utc("2027-06-01T02:00")


@pytest.mark.parametrize(
    ("month_day", "expected"),
    [
        (1, ["02-01 02:00", "03-01 02:00", "04-01 02:00"]),
        (31, ["01-31 02:00", "03-31 02:00", "05-31 02:00"]),
        (-1, ["01-31 02:00", "02-28 02:00", "03-31 02:00"]),
    ],
)
def test_a_day_of_the_month_comes_in_months_that_have_it(month_day: int, expected: list[str]) -> None:
    assert starts(nightly(zone="UTC", month_day=month_day), utc("2026-01-15T00:00"), 3) == expected


def test_a_window_over_midnight_is_active_on_the_next_day_too() -> None:
    window = nightly(zone="UTC", start="23:00", length=4 * HOUR, weekdays=(Day.FRI,))
    assert active(window, utc("2026-03-07T02:59")) is not None, "a Saturday"
    assert active(window, utc("2026-03-06T02:59")) is None, "a Friday"


def test_a_window_of_days_is_active_to_its_end() -> None:
    window = nightly(zone="UTC", start="12:00", length=7 * DAY, month_day=1)
    assert active(window, utc("2026-03-08T11:59")) is not None
    assert active(window, utc("2026-03-08T12:00")) is None


def test_the_zone_decides_and_not_the_clock_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report 22."""
    moment = utc("2026-07-01T16:30")
    found: list[Window | None] = []
    for zone in ("Pacific/Auckland", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        found.append(active(nightly(zone="Asia/Kolkata", start="21:45"), moment))
    assert found[0] is not None
    assert found[0] == found[1]


ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Africa/Casablanca",
    ]
)
WINDOWS = st.builds(
    nightly,
    start=st.times().map(lambda at: f"{at:%H:%M}"),
    length=st.timedeltas(timedelta(minutes=1), 3 * DAY),
    zone=ZONES,
    weekdays=st.lists(st.sampled_from(Day), unique=True, max_size=7).map(tuple),
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is added


@given(WINDOWS, MOMENTS)
def test_what_comes_next_becomes_active_then_and_what_is_active_has_begun(window: Settings, at: datetime) -> None:
    stretch = coming(window, at)
    assert stretch is not None
    assert stretch.since > at
    assert stretch.length == window.length
    held = active(window, stretch.since)
    assert held is not None
    assert held.since == stretch.since
    last = active(window, stretch.until - SECOND)
    assert last is not None
    now = active(window, at)
    assert now is None or now.since <= at < now.until


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"zone": "Europe/Berlni"}, 'zone = "Europe/Berlni" is not known; did you mean Europe/Berlin?'),
        ({"zone": "/etc/passwd"}, "is not known"),
        ({"zone": ""}, 'zone = "" is not known'),
        ({"start": "2:00"}, 'start = "2:00" is no time of day; write it as in "02:00"'),
        ({"start": "24:00"}, "is no time of day"),
        ({"length": timedelta(0)}, "length must be longer than nothing"),
        ({"length": 8 * DAY}, "at most 7d"),
        ({"weekdays": (Day.MON,), "month_day": 1}, "weekdays and month_day can't both be set"),
        ({"month_day": 32}, "month_day = 32 is no day of a month"),
        ({"month_day": 0}, "month_day = 0 is no day of a month"),
        ({"since": utc("2026-03-02T00:00"), "until": utc("2026-03-01T00:00")}, "until must lie after since"),
        ({"why": "two\nlines"}, "why must be one line"),
    ],
)
def test_a_window_that_can_not_be_meant_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        nightly(**changes)


def test_silences_and_windows_are_in_force_together_and_say_what_they_are() -> None:
    at = utc("2026-03-04T03:00")
    silence = Silence(1, Matchers(service="app"), at - HOUR, at + HOUR, "Ada", "new provider")
    window = Maintenance("nightly", nightly(zone="UTC", why="batch", service="batch-*"))
    quiet = Maintenance("other", nightly(zone="UTC", start="12:00"))
    found = in_force([silence], [window, quiet], at)
    assert [(one.what, one.until, str(one.matchers)) for one in found] == [
        ("silenced by Ada (new provider)", at + HOUR, "service app"),
        ("in maintenance nightly (batch)", utc("2026-03-04T04:00"), "service batch-*"),
    ]
