from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, TryAgain
from tocsin.store.control import Control, Delivery
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

SECOND = timedelta(seconds=1)
LATER = TryAgain(timedelta(0), "answered 500")


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path)
    yield opened
    opened.close()


def queue(control: Control, *notices: Notice, channels: Sequence[str] = ("oncall",)) -> None:
    with control.transaction() as tx:
        tx.put_in_outbox(notices, channels)


def give(control: Control, outcome: Outcome, at: datetime = START, channel: str = "oncall") -> Delivery | None:
    """Do what the loop does with one due notice; None when there is none."""
    due = control.take(channel, at)
    return None if due is None else control.record(due, outcome, at)


def end(sequence: int, at: datetime = START) -> Notice:
    return a_notice(sequence=sequence, state=NoticeState.RESOLVED, ended=at, at=at)


def story(control: Control) -> list[tuple[str, str]]:
    return [(d.notice_key, d.outcome) for d in control.deliveries("inc-1")]


def test_a_notice_is_never_queued_twice_for_a_channel(control: Control) -> None:
    queue(control, a_notice())
    assert give(control, Delivered()) is not None
    queue(control, a_notice())
    assert give(control, Delivered()) is None
    assert control.waiting() == []


def test_each_channel_has_a_row_of_its_own(control: Control) -> None:
    queue(control, a_notice(), channels=["oncall", "inbox"])
    assert give(control, Delivered(), channel="inbox") is not None
    assert [(w.channel, w.notices, w.oldest, w.attempts) for w in control.waiting()] == [("oncall", 1, START, 0)]


def test_a_failed_try_waits_longer_each_time_and_at_most_two_minutes(control: Control) -> None:
    queue(control, a_notice())
    tries = [second for second in range(500) if give(control, LATER, START + second * SECOND)]
    assert tries == [0, 2, 6, 14, 30, 62, 126, 246, 366, 486]


def test_a_try_is_counted_before_anything_is_sent(control: Control) -> None:
    """A process that dies while sending, again and again, must not send again at once."""
    queue(control, a_notice())
    first = control.take("oncall", START)
    assert first is not None
    assert first.attempt == 1
    assert control.take("oncall", START + SECOND) is None
    second = control.take("oncall", START + 2 * SECOND)
    assert second is not None
    assert (second.attempt, second.notice) == (2, first.notice)


def test_a_channel_that_asks_for_a_pause_gets_it_for_every_notice(control: Control) -> None:
    queue(control, a_notice())
    give(control, TryAgain(timedelta(seconds=30), "answered 429"))
    queue(control, a_notice(incident="inc-2"), channels=["oncall", "inbox"])
    assert give(control, Delivered(), START + 29 * SECOND) is None
    assert give(control, Delivered(), START + 29 * SECOND, channel="inbox") is not None
    assert give(control, Delivered(), START + 30 * SECOND) is not None
    assert give(control, Delivered(), START + 30 * SECOND) is not None
    assert control.waiting() == []


def test_a_pause_of_a_day_is_not_obeyed(control: Control) -> None:
    """A wrong header must not mute a channel."""
    queue(control, a_notice())
    give(control, TryAgain(timedelta(days=1), "answered 429"))
    assert give(control, Delivered(), START + timedelta(hours=1)) is not None


def test_a_notice_that_nobody_takes_for_a_day_is_given_up(control: Control) -> None:
    queue(control, a_notice())
    give(control, LATER)
    last = give(control, LATER, START + timedelta(hours=24))
    assert last is not None
    assert last.outcome == "gave up: too old"
    assert control.waiting() == []


def test_a_notice_left_over_from_a_long_downtime_is_still_tried_once(control: Control) -> None:
    queue(control, a_notice())
    assert give(control, Delivered(), START + timedelta(days=3)) is not None


def test_a_fire_that_was_due_goes_out_merged_with_its_end(control: Control) -> None:
    """Slack said 429, and the incident ended meanwhile: other servers then said nothing at all."""
    queue(control, a_notice())
    give(control, TryAgain(timedelta(seconds=30), "answered 429"))
    queue(control, end(1, START + 10 * SECOND))
    sent = give(control, Delivered(), START + 30 * SECOND)
    assert sent is not None
    assert (sent.notice_key, sent.state) == ("inc-1:1", NoticeState.RESOLVED)
    assert story(control) == [
        ("inc-1:0", "try again"),
        ("inc-1:0", "gave up: superseded"),
        ("inc-1:1", "delivered"),
    ]
    assert control.waiting() == []


def test_the_last_message_told_is_the_newest_state(control: Control) -> None:
    queue(control, a_notice(), end(1), a_notice(sequence=2))
    sent = give(control, Delivered())
    assert sent is not None
    assert sent.notice_key == "inc-1:2"
    assert give(control, Delivered()) is None


def test_notices_of_one_incident_go_out_in_order(control: Control) -> None:
    queue(control, a_notice())
    give(control, Delivered())
    queue(control, end(1))
    give(control, Delivered())
    queue(control, a_notice(sequence=2))
    give(control, Delivered())
    queue(control, end(3))
    give(control, Delivered())
    assert story(control) == [(f"inc-1:{n}", "delivered") for n in range(4)]


def test_a_resolve_does_not_go_to_a_channel_that_never_got_the_fire(control: Control) -> None:
    queue(control, a_notice())
    give(control, Delivered())
    queue(control, end(1), channels=["oncall", "new"])
    assert give(control, Delivered(), channel="new") is None
    assert give(control, Delivered()) is not None
    unsent = [d for d in control.deliveries("inc-1") if d.channel == "new"]
    assert [(d.attempt, d.outcome, d.detail) for d in unsent] == [
        (0, "gave up: superseded", "this channel was never told of the fire")
    ]


def test_a_resolve_does_not_follow_a_fire_that_was_refused(control: Control) -> None:
    queue(control, a_notice())
    give(control, GaveUp(GaveUpReason.REJECTED, "answered 400"))
    queue(control, end(1))
    assert give(control, Delivered()) is None
    assert control.waiting() == []


def test_the_end_is_told_once(control: Control) -> None:
    queue(control, a_notice())
    give(control, Delivered())
    queue(control, end(1))
    give(control, Delivered())
    queue(control, end(2))
    assert give(control, Delivered()) is None
    assert control.deliveries("inc-1")[-1].detail == "this channel was told of the end already"


def test_a_second_fire_that_failed_is_ended_too(control: Control) -> None:
    queue(control, a_notice())
    give(control, Delivered())
    queue(control, end(1))
    give(control, Delivered())
    queue(control, a_notice(sequence=2))
    give(control, LATER)
    queue(control, end(3))
    sent = give(control, Delivered())
    assert sent is not None
    assert sent.notice_key == "inc-1:3"


def test_a_notice_that_always_fails_does_not_block_the_others(control: Control) -> None:
    queue(control, a_notice(incident="poison"), a_notice(incident="good"))
    bad = give(control, LATER)
    good = give(control, Delivered())
    assert bad is not None
    assert good is not None
    assert (bad.incident, good.incident) == ("poison", "good")


def test_pages_go_before_tickets(control: Control) -> None:
    queue(control, a_notice(incident="ticket", severity=Severity.TICKET), a_notice(incident="page"))
    sent = give(control, Delivered())
    assert sent is not None
    assert sent.incident == "page"


def test_the_outbox_survives_a_restart(tmp_path: Path, control: Control) -> None:
    queue(control, a_notice())
    control.close()
    again = Control(tmp_path)
    due = again.take("oncall", START)
    assert due is not None
    assert due.notice == a_notice(installation=again.install_id)


def test_a_page_does_not_wait_for_a_time_that_a_wrong_clock_wrote(control: Control) -> None:
    """The clock was a year ahead when the channel asked for a pause, and was set right."""
    wrong = START + timedelta(days=365)
    queue(control, a_notice(at=wrong), a_notice(incident="inc-2"))
    give(control, TryAgain(timedelta(seconds=30), "answered 429"), wrong)
    assert give(control, Delivered()) is not None
    assert give(control, Delivered()) is not None
    assert control.waiting() == []


def test_what_waits_for_a_channel_that_was_taken_out_is_given_up_on_the_record(control: Control) -> None:
    queue(control, a_notice(), channels=["old", "oncall"])
    control.keep_channels(["oncall", "inbox"], START)
    assert [w.channel for w in control.waiting()] == ["oncall"]
    (given_up,) = control.deliveries("inc-1")
    assert (given_up.channel, given_up.outcome) == ("old", "gave up: unknown target")
