from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, NoticeState, Outcome, TryAgain
from tocsin.store.control import BrokenChannel, Control
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

MINUTE = timedelta(minutes=1)
REVOKED = GaveUp(GaveUpReason.NOT_AUTHORISED, "Slack said token_revoked")
PAGE = TryAgain(timedelta(0), "answered 200 with a web page")


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path)
    opened.keep_channels(["oncall", "other"], START)
    yield opened
    opened.close()


def give(control: Control, incident: str, outcome: Outcome, at: datetime, channel: str = "oncall") -> None:
    with control.transaction() as tx:
        tx.put_in_outbox([a_notice(incident, at=at)], [channel])
    due = control.take(channel, at)
    assert due is not None
    control.record(due, outcome, at)


def test_a_channel_that_takes_its_messages_is_not_broken(control: Control) -> None:
    assert control.broken_channels() == []
    give(control, "inc-1", Delivered(), START)
    assert control.broken_channels() == []


def test_a_revoked_token_is_told_since_the_first_try_that_failed_with_its_last_words(control: Control) -> None:
    give(control, "inc-1", Delivered(), START)
    give(control, "inc-2", PAGE, START + MINUTE)
    give(control, "inc-3", REVOKED, START + 2 * MINUTE)
    give(control, "inc-3", Delivered(), START + 2 * MINUTE, channel="other")
    assert control.broken_channels() == [
        BrokenChannel(
            channel="oncall",
            since=START + MINUTE,
            at=START + 2 * MINUTE,
            tries=2,
            outcome="gave up: not authorised",
            detail="Slack said token_revoked",
            waiting=1,
            paged=True,
        )
    ]


def test_a_channel_that_takes_something_again_is_well(control: Control) -> None:
    give(control, "inc-1", REVOKED, START)
    give(control, "inc-2", Delivered(), START + MINUTE)
    assert control.broken_channels() == []


def test_what_was_not_sent_is_no_fault_of_the_channel(control: Control) -> None:
    """A superseded notice was never tried."""
    with control.transaction() as tx:
        tx.put_in_outbox([a_notice(state=NoticeState.RESOLVED, ended=START)], ["oncall"])
    assert control.take("oncall", START) is None
    assert control.broken_channels() == []


def test_a_channel_that_was_taken_out_is_not_broken(control: Control) -> None:
    give(control, "inc-1", REVOKED, START)
    control.keep_channels(["other"], START + MINUTE)
    assert control.broken_channels() == []


def test_it_is_known_after_a_restart(tmp_path: Path, control: Control) -> None:
    give(control, "inc-1", PAGE, START)
    control.close()
    again = Control(tmp_path)
    assert [(b.channel, b.detail) for b in again.broken_channels()] == [("oncall", "answered 200 with a web page")]
    again.close()


def test_a_channel_that_failed_over_a_ticket_missed_no_page(control: Control) -> None:
    give(control, "inc-1", REVOKED, START)
    with control.transaction() as tx:
        ticket = replace(a_notice("inc-2", at=START + MINUTE), severity=Severity.TICKET)
        tx.put_in_outbox([ticket], ["oncall"])
    due = control.take("oncall", START + MINUTE)
    assert due is not None
    control.record(due, REVOKED, START + MINUTE)
    (broken,) = control.broken_channels()
    assert not broken.paged
