"""Who is told, who is told instead, and who is told later; whoever was told of a fire is told of its end."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, TryAgain
from tocsin.notify.route import Route, routed_by
from tocsin.store.control import Control
from tocsin.testing.examples import a_notice, an_incident
from tocsin.testing.manual_clock import START

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LATER = TryAgain(timedelta(0), "answered 500")
REFUSED = GaveUp(GaveUpReason.NOT_AUTHORISED, "answered 401")
# START is a Monday, 12:00 UTC.
ROUTES = {
    "pager": Route(severities=(Severity.PAGE,)),
    "team": Route(hours="Mon-Fri 09:00-18:00"),
    "spare": Route(severities=()),
}
CHANNELS = ["inbox", *ROUTES]


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path, routed_by(ROUTES))
    yield opened
    opened.close()


def queue(control: Control, *notices: Notice) -> None:
    with control.transaction() as tx:
        tx.put_in_outbox(notices, CHANNELS)


def waiting(control: Control) -> list[str]:
    return [w.channel for w in control.waiting()]


def give(control: Control, channel: str, outcome: Outcome, at: datetime = START, backup: str = "") -> Notice | None:
    due = control.take(channel, at)
    if due is None:
        return None
    control.record(due, outcome, at, backup)
    return due.notice


def later(sequence: int, after: timedelta, **changes: Any) -> Notice:  # noqa: ANN401 - any field
    return a_notice(sequence=sequence, at=START + after, **changes)


def end(sequence: int, after: timedelta, **changes: Any) -> Notice:  # noqa: ANN401 - any field
    return later(sequence, after, state=NoticeState.RESOLVED, ended=START + after, **changes)


def test_a_notice_goes_where_it_is_routed_to(control: Control) -> None:
    queue(control, a_notice())
    assert waiting(control) == ["inbox", "pager", "team"]
    queue(control, a_notice("inc-2", severity=Severity.TICKET, at=START + 9 * HOUR))
    assert {w.channel: w.notices for w in control.waiting()} == {"inbox": 2, "pager": 1, "team": 1}


def test_whoever_was_told_of_a_fire_is_told_of_its_end_whatever_the_route_says_by_then(control: Control) -> None:
    """The day is over, and the page has become a ticket."""
    queue(control, a_notice())
    for channel in ("inbox", "pager", "team"):
        give(control, channel, Delivered())
    queue(control, later(1, 7 * HOUR, severity=Severity.TICKET))
    queue(control, end(2, 8 * HOUR, severity=Severity.TICKET))
    assert {w.channel: w.notices for w in control.waiting()} == {"inbox": 2, "pager": 2, "team": 2}
    told = [give(control, channel, Delivered(), START + 8 * HOUR) for channel in ("pager", "team")]
    assert [n and n.state for n in told] == [NoticeState.RESOLVED] * 2


def test_what_came_back_is_routed_anew(control: Control) -> None:
    queue(control, a_notice(), end(1, HOUR))
    queue(control, later(2, 7 * HOUR))
    assert {w.channel: w.notices for w in control.waiting()} == {"inbox": 3, "pager": 3, "team": 2}


def test_an_incident_that_is_going_on_when_the_hours_begin_is_told_then(control: Control) -> None:
    night = START + 12 * HOUR
    with control.transaction() as tx:
        tx.save_incident(an_incident(opened=night))
        tx.save_incident(an_incident(id="inc-2", opened=night, closed=night + HOUR))
        tx.put_in_outbox(
            [a_notice(at=night), a_notice(sequence=1, at=night + HOUR), a_notice("inc-2", at=night)], CHANNELS
        )
    control.catch_up("team", night + 2 * HOUR)
    assert "team" not in waiting(control)
    morning = START + 21 * HOUR
    control.catch_up("team", morning)
    control.catch_up("team", morning + SECOND)
    told = give(control, "team", Delivered(), morning + SECOND)
    assert told is not None
    assert told.key == "inc-1:1"
    assert give(control, "team", Delivered(), morning + HOUR) is None


def test_what_ends_while_a_channel_is_caught_up_is_not_told_to_it_as_going_on(tmp_path: Path) -> None:
    """The tick's end came between reading what goes on and queueing it: the channel would have kept the fire."""
    morning = START + 21 * HOUR
    ended: list[Notice] = []

    def asked_in_the_morning(channel: str, _notice: Notice, at: datetime) -> bool:
        if channel == "team" and at == morning and not ended:
            ended.append(end(1, 21 * HOUR))
            with control.transaction() as tx:
                tx.save_incident(an_incident(closed=morning))
                tx.put_in_outbox(ended, ["inbox"])
        return channel == "inbox" or at == morning

    control = Control(tmp_path, asked_in_the_morning)
    with control.transaction() as tx:
        tx.save_incident(an_incident())
    queue(control, a_notice())
    control.catch_up("team", morning)
    assert ended, "it was asked, and the incident ended right then"
    assert waiting(control) == ["inbox"]
    control.close()


def test_an_old_notice_that_waits_behind_a_newer_one_that_was_taken_goes_to_no_backup(control: Control) -> None:
    queue(control, later(1, SECOND))
    give(control, "pager", Delivered(), START + SECOND)
    queue(control, a_notice())
    control.hand_over("pager", "spare", START + HOUR)
    assert "spare" not in waiting(control)


def test_better_words_come_only_to_who_was_told_and_wake_no_backup(control: Control) -> None:
    queue(control, a_notice())
    give(control, "pager", Delivered())
    give(control, "inbox", Delivered())
    give(control, "team", REFUSED)
    with control.transaction() as tx:
        tx.put_in_outbox([later(1, MINUTE, quiet=True)], ["pager", "spare"])
    assert waiting(control) == ["pager"]
    give(control, "pager", LATER, START + MINUTE)
    control.hand_over("pager", "spare", START + HOUR)
    give(control, "pager", REFUSED, START + HOUR, backup="spare")
    assert "spare" not in waiting(control)


def test_what_came_back_outside_the_hours_is_told_when_they_begin(control: Control) -> None:
    night = START + 12 * HOUR
    with control.transaction() as tx:
        tx.save_incident(an_incident())
    queue(control, a_notice(), end(1, HOUR), later(2, 12 * HOUR))
    give(control, "team", Delivered(), START + HOUR)
    control.catch_up("team", night + HOUR)
    assert give(control, "team", Delivered(), night + HOUR) is None
    control.catch_up("team", START + 21 * HOUR)
    told = give(control, "team", Delivered(), START + 21 * HOUR)
    assert told is not None
    assert told.key == "inc-1:2"


def test_a_page_that_is_not_taken_for_two_minutes_goes_to_the_backup_too(control: Control) -> None:
    queue(control, a_notice())
    for second in range(130):
        at = START + second * SECOND
        give(control, "pager", LATER, at)
        control.hand_over("pager", "spare", at)
        assert ("spare" in waiting(control)) is (second >= 120)
    told = give(control, "spare", Delivered(), START + 2 * MINUTE)
    assert told is not None
    assert told.changed.endswith("Told here because pager did not take it.")
    assert "pager" in waiting(control), "it is tried on where it belongs"
    control.hand_over("pager", "spare", START + 3 * MINUTE)
    assert "spare" not in waiting(control), "it is handed over once"


def test_the_backup_is_told_of_the_end_of_what_it_was_told(control: Control) -> None:
    queue(control, a_notice())
    give(control, "pager", LATER)
    control.hand_over("pager", "spare", START + 2 * MINUTE)
    give(control, "spare", Delivered(), START + 2 * MINUTE)
    queue(control, end(1, HOUR))
    told = give(control, "spare", Delivered(), START + HOUR)
    assert told is not None
    assert told.state is NoticeState.RESOLVED


def test_a_page_that_ended_before_the_backup_was_told_reaches_it_as_an_end(control: Control) -> None:
    queue(control, a_notice())
    give(control, "pager", LATER)
    queue(control, end(1, MINUTE))
    control.hand_over("pager", "spare", START + 2 * MINUTE)
    told = give(control, "spare", Delivered(), START + 2 * MINUTE)
    assert told is not None
    assert told.state is NoticeState.RESOLVED


def test_an_end_that_is_not_taken_does_not_go_to_a_backup_that_was_told_nothing(control: Control) -> None:
    queue(control, a_notice())
    give(control, "pager", Delivered())
    queue(control, end(1, MINUTE))
    give(control, "pager", LATER, START + MINUTE)
    control.hand_over("pager", "spare", START + HOUR)
    assert give(control, "spare", Delivered(), START + HOUR) is None


def test_a_page_that_is_refused_goes_to_the_backup_at_once(control: Control) -> None:
    """A revoked token: waiting would change nothing."""
    queue(control, a_notice())
    give(control, "pager", REFUSED, backup="spare")
    assert give(control, "spare", Delivered()) is not None


def test_updates_that_keep_coming_do_not_put_the_backup_off(control: Control) -> None:
    """Each supersedes the one before it; the two minutes count from the first that was not taken."""
    for n in range(5):
        after = n * 40 * SECOND
        queue(control, later(n, after))
        give(control, "pager", LATER, START + after)
        control.hand_over("pager", "spare", START + after)
    told = give(control, "spare", Delivered(), START + 160 * SECOND)
    assert told is not None
    assert told.sequence == 4


def test_a_channel_that_asked_for_an_hours_pause_has_its_pages_taken_over(control: Control) -> None:
    queue(control, a_notice("inc-0"))
    give(control, "pager", TryAgain(HOUR, "answered 429"))
    queue(control, later(0, MINUTE))
    control.hand_over("pager", "spare", START + 3 * MINUTE)
    told = {give(control, "spare", Delivered(), START + 3 * MINUTE) for _ in range(2)}
    assert {n.incident for n in told if n} == {"inc-0", "inc-1"}


def test_what_was_never_tried_is_not_late(control: Control) -> None:
    """After a downtime the notices of missed ticks are old at their first try."""
    queue(control, a_notice())
    control.hand_over("pager", "spare", START + HOUR)
    assert "spare" not in waiting(control)


def test_a_ticket_has_time(control: Control) -> None:
    queue(control, a_notice(severity=Severity.TICKET))
    give(control, "team", LATER)
    control.hand_over("team", "spare", START + HOUR)
    give(control, "team", REFUSED, START + HOUR, backup="spare")
    assert "spare" not in waiting(control)


def test_a_backup_that_is_told_anyway_is_told_once_and_nothing_old(control: Control) -> None:
    queue(control, a_notice())
    give(control, "pager", LATER)
    give(control, "team", Delivered())
    control.hand_over("pager", "team", START + 2 * MINUTE)
    queue(control, later(1, 3 * MINUTE))
    give(control, "team", Delivered(), START + 3 * MINUTE)
    control.hand_over("pager", "team", START + 4 * MINUTE)
    assert give(control, "team", Delivered(), START + HOUR) is None
