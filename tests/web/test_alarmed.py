"""The status line and the list of alarms."""

from datetime import timedelta

import pytest
from tests.web.rows import AT, HOUR, seat, watch

from tocsin.model.alarm import Group, Phase, Severity, Standing, Verdict
from tocsin.store.control import Judged
from tocsin.testing.examples import a_judgement, a_transition, an_incident
from tocsin.web.alarmed import banner
from tocsin.web.pages.alarms import view as alarms
from tocsin.web.watched import seats

GROUP = Group("default", "prod", "a")


def test_all_is_quiet_since_the_last_incident_closed() -> None:
    over = (an_incident(id="1", closed=AT - 3 * HOUR), an_incident(id="2", closed=AT - 9 * HOUR))
    now = banner(watch(incidents=over), AT)
    assert now.calm
    assert now.quiet_since == AT - 3 * HOUR


def test_a_page_comes_before_a_ticket_and_then_the_newest() -> None:
    ticket = an_incident(id="ticket", severity=Severity.TICKET, opened=AT)
    page = an_incident(id="page", opened=AT - HOUR)
    assert [one.id for one in banner(watch(incidents=(ticket, page)), AT).open] == ["page", "ticket"]


def test_the_incident_shown_below_is_not_told_twice_and_all_is_not_quiet() -> None:
    now = banner(watch(incidents=(an_incident(id="shown"),)), AT, "shown")
    assert now.open == ()
    assert not now.calm


def test_a_broken_alarm_is_told_of_and_comes_first_in_the_list() -> None:
    """A broken alarm is not a quiet one."""
    broken = seat("z", a_judgement(verdict=Verdict.FAILED, measure="", note="KeyError: x"))
    known = watch(seat("a", a_judgement(verdict=Verdict.OK)), broken)
    assert banner(known, AT).broken == 1
    rows = alarms.build(known).rows
    assert [row.service for row in rows] == ["z", "a"]
    assert rows[0].note == "KeyError: x"


def test_an_alarm_that_never_moved_is_quiet_and_one_that_was_never_judged_is_listed() -> None:
    moved = a_transition(now=Phase.FIRING, at=AT)
    found = seats(
        {("one", GROUP): (Standing(Phase.FIRING, AT), moved)},
        {("two", GROUP): Judged(AT, a_judgement(verdict=Verdict.OK))},
        "default",
    )
    assert [(one.alarm, one.phase) for one in found] == [("one", Phase.FIRING), ("two", Phase.QUIET)]
    assert alarms.build(watch(*found)).firing == 1


def test_alarms_of_another_project_are_not_shown() -> None:
    other = Group("other", "prod", "a")
    assert seats({}, {("one", other): Judged(AT, a_judgement())}, "default") == ()


def test_values_are_written_as_messages_write_them() -> None:
    row = alarms.build(watch(seat("a", a_judgement(window=timedelta(minutes=5))))).rows[0]
    assert (row.value, row.threshold, row.usual, row.samples) == ("23%", "5%", "0.4%", "41 of 178 in 5 min")


@pytest.mark.parametrize(
    ("silence", "told"),
    [
        (timedelta(0), "no call yet"),
        (timedelta(seconds=7), "last call 03:59:53 UTC"),
        (timedelta(minutes=6, seconds=7), "last call 03:53:53 UTC, 6 min ago"),
    ],
)
def test_an_alarm_on_silence_tells_the_last_call(silence: timedelta, told: str) -> None:
    """It told of a service in good health: 0 in 5 min."""
    found = a_judgement(
        verdict=Verdict.OK,
        measure="calls_per_minute",
        value=None,
        threshold=None,
        usual=None,
        samples=0,
        window=silence,
    )
    row = alarms.build(watch(seat("a", found, "no_data"))).rows[0]
    assert (row.value, row.samples) == (told, "-")
