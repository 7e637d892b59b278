import os
import subprocess
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.alarm import Group, Severity
from tocsin.model.notice import Notice
from tocsin.model.whole import whole
from tocsin.notify.route import DAY_MINUTES, Route, routed_by, windows_of
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

PAGE = a_notice()
TICKET = a_notice(severity=Severity.TICKET)
BERLIN = ZoneInfo("Europe/Berlin")


def about(service: str, environment: str = "production") -> Notice:
    return a_notice(group=Group("default", environment, service))


@pytest.mark.parametrize("notice", [PAGE, TICKET, about("")])
def test_a_channel_without_a_route_is_told_everything(notice: Notice) -> None:
    assert Route().takes(notice, START)
    assert routed_by({})("inbox", notice, START)


def test_pages_and_tickets_can_go_apart() -> None:
    pager, team = Route(severities=(Severity.PAGE,)), Route(severities=(Severity.TICKET,))
    assert [pager.takes(n, START) for n in (PAGE, TICKET)] == [True, False]
    assert [team.takes(n, START) for n in (PAGE, TICKET)] == [False, True]
    assert not Route(severities=()).takes(PAGE, START)


@pytest.mark.parametrize("route", [Route(services=("checkout-*",)), Route(environments=("production",))])
def test_what_is_about_a_whole_project_is_told_whatever_services_a_channel_is_for(route: Route) -> None:
    """Nothing arrives from anywhere: a channel for one service was the only one, and it was told nothing."""
    assert route.takes(a_notice(group=whole("default")), START)
    assert not route.takes(about("other", "staging"), START)
    assert not Route(services=("*",), severities=(Severity.TICKET,)).takes(a_notice(group=whole("default")), START)


@pytest.mark.parametrize(
    ("patterns", "service", "fits"),
    [
        (("checkout-*",), "checkout-bot", True),
        (("checkout-*",), "my-checkout-bot", False),
        (("*-bot", "search"), "search", True),
        (("search",), "search2", False),
        (("a.c",), "abc", False),
        (("[ab]",), "a", False),
        (("*",), "", True),
        (("c*k*t",), "checkout\n-bot", True),
    ],
)
def test_a_service_is_named_or_fits_a_star(patterns: tuple[str, ...], service: str, fits: bool) -> None:  # noqa: FBT001
    assert Route(services=patterns).takes(about(service), START) is fits
    assert Route(environments=patterns).takes(about("x", service), START) is fits


@pytest.mark.parametrize(
    ("hours", "moment", "is_open"),
    [
        ("Mon-Fri 09:00-18:00", "2026-03-02T09:00", True),
        ("Mon-Fri 09:00-18:00", "2026-03-02T08:59", False),
        ("Mon-Fri 09:00-18:00", "2026-03-06T17:59", True),
        ("Mon-Fri 09:00-18:00", "2026-03-06T18:00", False),
        ("Mon-Fri 09:00-18:00", "2026-03-07T12:00", False),
        ("Sat", "2026-03-07T00:00", True),
        ("saturday - sunday", "2026-03-08T23:59", True),
        ("Fri-Mon", "2026-03-04T12:00", False),
        ("Fri-Mon", "2026-03-02T12:00", True),
        ("22:00-06:00", "2026-03-02T05:59", True),
        ("22:00-06:00", "2026-03-02T06:00", False),
        # A night belongs to the day it begins on.
        ("Fri 22:00-06:00", "2026-03-07T03:00", True),
        ("Fri 22:00-06:00", "2026-03-06T03:00", False),
        ("Sun 22:00-06:00", "2026-03-02T03:00", True),
        ("09:00-24:00", "2026-03-02T23:59", True),
        ("Mon 09:00-10:00, Mon 11:00-12:00", "2026-03-02T11:30", True),
        ("Mon 09:00-10:00, Mon 11:00-12:00", "2026-03-02T10:30", False),
        ("", "2026-03-02T03:00", True),
    ],
)
def test_hours_are_by_the_clock_on_the_wall(hours: str, moment: str, is_open: bool) -> None:  # noqa: FBT001
    at = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    assert Route(hours=hours, zone="Europe/Berlin").open_at(at) is is_open


def test_hours_stay_where_they_are_when_the_clocks_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports 22 and 67: hours of the server's own zone, and hours that move with the season."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    route = Route(hours="09:00-18:00", zone="Europe/Berlin")
    winter, summer = (datetime.fromisoformat(f"2026-{day}T08:30:00+00:00") for day in ("03-27", "03-30"))
    assert route.open_at(winter)
    assert route.open_at(summer)
    assert not route.open_at(winter - timedelta(hours=1))
    assert route.open_at(summer - timedelta(hours=1))


@pytest.mark.parametrize(
    ("hours", "fault"),
    [
        ("9-18", 'hours = "9-18" is not understood at "9-18"; write it as in "Mon-Fri 09:00-18:00, Sat 10:00-14:00"'),
        ("Mon-Fry 09:00-18:00", "Fry is no day; did you mean Fri?"),
        ("Mon 25:00-26:00", "25:00 is no time of day"),
        ("Mon 09:70-10:00", "09:70 is no time of day"),
        ("Mon 09:00-09:00", "ends when it begins"),
        ("Mon,", 'is not understood at ""'),
        (", ".join(["Mon"] * 21), "holds 21 stretches; at most 20 are taken"),
    ],
)
def test_hours_that_are_none_are_told_with_how_to_write_them(hours: str, fault: str) -> None:
    with pytest.raises(ValueError, match="hours") as told:
        Route(hours=hours)
    assert fault in str(told.value)


def test_a_zone_that_is_none_is_told_with_the_nearest_one() -> None:
    with pytest.raises(ValueError, match="did you mean Europe/Berlin"):
        Route(zone="Europe/Berlyn")
    with pytest.raises(ValueError, match="is not known"):
        Route(zone="../../etc/passwd")


def test_a_machine_without_a_list_of_zones_has_utc_and_says_what_to_install() -> None:
    """Small containers have none; and who sets no hours needs none."""
    program = """
import sys
sys.modules["tzdata"] = None
from tocsin.notify.route import Route
Route(hours="Mon 09:00-18:00")
try:
    Route(zone="Europe/Berlin")
except ValueError as wrong:
    print(wrong)
"""
    said = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONTZPATH": ""},
    ).stdout
    assert said == 'zone = "Europe/Berlin" is not known; this machine has no list of zones, install tzdata\n'


def test_a_list_that_would_tell_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="services is empty"):
        Route(services=())


@given(
    first=st.integers(0, 6),
    length=st.integers(0, 6),
    since=st.integers(0, DAY_MINUTES - 1),
    until=st.integers(0, DAY_MINUTES - 1),
)
def test_what_is_open_is_as_long_as_the_hours_say(first: int, length: int, since: int, until: int) -> None:
    if since == until:
        return
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    times = "-".join(f"{m // 60:02}:{m % 60:02}" for m in (since, until))
    (window,) = windows_of(f"{days[first]}-{days[(first + length) % 7]} {times}")
    minutes = sum(window.holds(day, minute) for day in range(7) for minute in range(DAY_MINUTES))
    assert minutes == (length + 1) * ((until - since) % DAY_MINUTES)


def test_a_drill_goes_to_the_channels_that_it_is_for_whatever_their_routes() -> None:
    """It is the channel that is tried; at night, and if it is for another service only."""
    narrow = Route(severities=(), services=("search",), hours="Sat 10:00-11:00")
    routed = routed_by({"team": narrow, "pager": narrow})
    assert routed("team", a_notice(drill=True), START)
    only = a_notice(drill=True, channels=("pager",))
    assert [name for name in ("team", "pager", "inbox") if routed(name, only, START)] == ["pager", "inbox"]
    assert not routed("team", a_notice(), START)
