"""One message for each incident, kept up to date in a Slack that behaves like Slack.

Report numbers are those of the collection behind the pack.
"""

import asyncio
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.notify.mini_slack import CHANNEL, TOKEN, MiniSlack, ok

from tocsin.deliver import deliver_due
from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify import post
from tocsin.notify.buttons import ACKNOWLEDGE, KNOWN, NOISE, SILENCE_1H, USEFUL
from tocsin.notify.channels import slack
from tocsin.notify.slack import Mention
from tocsin.store.control import Control, Delivery
from tocsin.testing import ManualClock, Reply
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
FIRE = a_notice(severity=Severity.TICKET)
BUSY = replace(ok(error="ratelimited"), headers={"Retry-After": "9"})


def later(n: int, **changes: Any) -> Notice:  # noqa: ANN401 - any field
    """Return the n-th notice of the incident, n minutes later."""
    return a_notice(sequence=n, at=START + n * MINUTE, **{"severity": Severity.TICKET, **changes})


def end(n: int) -> Notice:
    return later(n, state=NoticeState.RESOLVED, ended=START + n * MINUTE, headline="Over after 9 min: checkout-bot")


@dataclass
class Wired:
    """The control state, the delivery loop and a Slack, joined."""

    control: Control
    workspace: MiniSlack
    url: str
    settings: slack.Settings

    def tell(self, *notices: Notice) -> list[Delivery]:
        """Queue each notice when it was written, and take a step."""
        tried: list[Delivery] = []
        for notice in notices:
            self.queue(notice)
            tried += self.step(notice.at)
        return tried

    def queue(self, *notices: Notice) -> None:
        with self.control.transaction() as tx:
            tx.put_in_outbox(notices, ["slack"])

    def step(self, at: datetime) -> list[Delivery]:
        async def once() -> list[Delivery]:
            async with post.client() as http:
                target = slack.CHANNEL.target("slack", self.settings)
                return await deliver_due(ManualClock(at), self.control, [target], http)

        return asyncio.run(once())


@contextmanager
def wire(folder: Path) -> Generator[Wired]:
    control, workspace = Control(folder, asides=["slack"]), MiniSlack()
    with workspace.server() as server:
        yield Wired(control, workspace, server.url(), slack.Settings(Secret(TOKEN), CHANNEL, url=server.url("/api")))
    control.close()


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Wired]:
    with wire(tmp_path) as joined:
        yield joined


def test_an_incident_is_one_message_that_is_changed_with_its_history_in_the_thread(wired: Wired) -> None:
    """Reports 71 and 72: the channel shows what is over, and hears of it once."""
    wired.tell(FIRE, later(1, headline="checkout-bot: 40% of calls fail"), end(9))
    (parent,) = wired.workspace.in_channel
    assert parent["text"].startswith(":white_check_mark: Over after 9 min")
    assert parent["blocks"]
    assert parent["edits"] == 2
    assert wired.workspace.thread(parent["ts"]) == [
        ":warning: checkout-bot: 40% of calls fail",
        ":white_check_mark: Over after 9 min: checkout-bot",
    ]


def test_a_restart_forgets_no_message(tmp_path: Path, wired: Wired) -> None:
    wired.tell(FIRE)
    wired.control.close()
    wired.control = Control(tmp_path)
    wired.tell(end(1))
    assert len(wired.workspace.in_channel) == 1


@pytest.mark.parametrize(
    ("before", "now", "loud"),
    [
        (FIRE, later(1, severity=Severity.PAGE), True),
        (end(1), later(2), True),
        (FIRE, later(1, headline="still failing"), False),
        (later(0, severity=Severity.PAGE), later(1, severity=Severity.PAGE), False),
        (FIRE, end(1), False),
        (later(0, severity=Severity.PAGE), later(1), False),
    ],
)
def test_only_what_is_worse_is_told_to_the_channel_again(before: Notice, now: Notice, loud: bool) -> None:  # noqa: FBT001
    """Report 72: other servers told the channel of every end."""
    assert slack.is_worse(before, now) is loud


def test_a_ticket_that_became_a_page_calls_the_channel_though_a_changed_message_notifies_nobody(wired: Wired) -> None:
    wired.tell(FIRE, later(1, severity=Severity.PAGE))
    parent, line = wired.workspace.in_channel
    assert line["reply_broadcast"] is True
    assert line["text"].startswith("<!channel> :rotating_light:")
    assert "<!channel>" not in parent["text"]


def test_an_incident_that_came_back_is_the_same_message_and_told_again(wired: Wired) -> None:
    wired.tell(FIRE, end(9), later(20))
    parent, line = wired.workspace.in_channel
    assert parent["text"].startswith(":warning:")
    assert line["thread_ts"] == parent["ts"]


def test_better_words_change_the_message_and_are_no_line_and_no_sound(wired: Wired) -> None:
    wired.tell(FIRE, later(1, quiet=True, why="100% of the failures are model big"))
    (parent,) = wired.workspace.in_channel
    assert "model big" in str(parent["blocks"])
    assert wired.workspace.thread(parent["ts"]) == []


def test_better_words_that_replace_a_page_that_could_not_be_told_are_as_loud_as_it_was(wired: Wired) -> None:
    wired.tell(FIRE)
    wired.queue(later(1, severity=Severity.PAGE), later(2, severity=Severity.PAGE, quiet=True))
    wired.step(START + 2 * MINUTE)
    (_, line) = wired.workspace.in_channel
    assert line["reply_broadcast"] is True


def test_better_words_bring_no_message_back_that_somebody_deleted(wired: Wired) -> None:
    wired.tell(FIRE)
    wired.workspace.messages.clear()
    (tried,) = wired.tell(later(1, quiet=True))
    assert (tried.outcome, wired.workspace.in_channel) == ("delivered", [])


def test_changes_of_one_message_are_ten_seconds_apart_and_only_the_newest_is_written(wired: Wired) -> None:
    wired.tell(FIRE)
    for n in range(1, 9):
        wired.queue(a_notice(sequence=n, at=START + n * SECOND, headline=f"change {n}"))
        assert wired.step(START + n * SECOND) == []
    wired.step(START + 10 * SECOND)
    (parent, line) = wired.workspace.messages.values()
    assert parent["edits"] == 1
    assert line["text"].endswith("change 8")
    assert [d.outcome for d in wired.control.deliveries("inc-1")] == [
        "delivered",
        *["gave up: superseded"] * 7,
        "delivered",
    ]


def test_a_storm_of_incidents_is_one_message_a_second(wired: Wired) -> None:
    """Slack takes about one message a second for a channel."""
    wired.queue(*(a_notice(f"inc-{n}") for n in range(4)))
    assert [len(wired.step(START + n * SECOND)) for n in range(5)] == [1, 1, 1, 1, 0]


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_a_message_that_can_not_be_changed_is_followed_by_a_new_one_that_links_it(wired: Wired, error: str) -> None:
    wired.tell(FIRE)
    wired.workspace.wrong["chat.update"] = [error]
    (tried,) = wired.tell(later(1))
    first, second = wired.workspace.in_channel
    assert tried.detail == "as a new message, since the earlier one could not be changed"
    link = f"https://example.slack.com/archives/{CHANNEL}/p{first['ts'].replace('.', '')}"
    assert second["blocks"][-1]["elements"][0]["text"] == f"<{link}|The earlier message of this incident>"
    wired.tell(end(2))
    assert second["text"].startswith(":white_check_mark:"), "from now on the new one is changed"


def test_a_message_that_was_deleted_is_followed_by_one_that_says_so(wired: Wired) -> None:
    wired.tell(FIRE)
    wired.workspace.messages.clear()
    wired.tell(later(1))
    (message,) = wired.workspace.in_channel
    assert message["blocks"][-1]["elements"][0]["text"] == "The earlier message of this incident is gone."


def test_a_line_whose_parent_went_away_becomes_the_incidents_message(wired: Wired) -> None:
    """Report 73: Slack puts a reply to nothing into the channel, without an error."""
    wired.tell(FIRE)
    (parent,) = wired.workspace.in_channel
    # The change is taken, and then somebody deletes the message.
    wired.workspace.wrong["chat.update"] = [ok(channel=CHANNEL, ts=parent["ts"])]
    del wired.workspace.messages[parent["ts"]]
    wired.workspace.messages["another"] = {"text": "somebody else", "thread_ts": "x"}
    (tried,) = wired.tell(later(1, headline="still failing"))
    assert tried.detail == "as a new message, since the earlier one is gone"
    (message,) = wired.workspace.in_channel
    assert message["blocks"], "the line was made a whole message"
    wired.tell(end(2))
    assert message["text"].startswith(":white_check_mark:")
    assert len(wired.workspace.thread(message["ts"])) == 1


def test_a_line_that_fails_is_added_at_the_next_try_and_only_once(wired: Wired) -> None:
    wired.tell(FIRE)
    wired.workspace.wrong["chat.postMessage"] = ["internal_error"]
    (tried,) = wired.tell(later(1))
    assert (tried.outcome, tried.detail) == ("try again", "Slack said internal_error")
    wired.step(START + 2 * MINUTE)
    (parent,) = wired.workspace.in_channel
    assert len(wired.workspace.thread(parent["ts"])) == 1


def test_blocks_that_slack_refuses_go_out_as_text(wired: Wired) -> None:
    """Report 74: the largest incident was the one that never arrived."""
    wired.workspace.wrong["chat.postMessage"] = ["invalid_blocks"]
    (tried,) = wired.tell(FIRE)
    assert tried.detail == "as text only, since the blocks were refused (invalid_blocks)"
    wired.tell(end(1))
    (parent,) = wired.workspace.in_channel
    assert parent["edits"] == 1


def test_an_acknowledgement_is_a_line_and_says_who(wired: Wired) -> None:
    by = "Ada <!channel>"
    wired.tell(FIRE, later(1, acknowledged_by=by, aside=f"Acknowledged by {by}."))
    (parent,) = wired.workspace.in_channel
    assert wired.workspace.thread(parent["ts"]) == ["Acknowledged by Ada &lt;!channel&gt;."]


def test_buttons_stand_on_what_is_going_on_and_only_where_they_are_asked_for(wired: Wired) -> None:
    wired.tell(FIRE)
    (parent,) = wired.workspace.in_channel
    assert "actions" not in {block["type"] for block in parent["blocks"]}
    wired.settings = replace(wired.settings, buttons=True, signing_secret=Secret("s3cret"))
    for notice, shown in [
        (later(1), [ACKNOWLEDGE, SILENCE_1H, USEFUL, NOISE, KNOWN]),
        (later(2, acknowledged_by="ada"), [SILENCE_1H, USEFUL, NOISE, KNOWN]),
        (end(3), [USEFUL, NOISE, KNOWN]),
    ]:
        wired.tell(notice)
        offered = [e for block in parent["blocks"] if block["type"] == "actions" for e in block["elements"]]
        assert [(e["action_id"], e["value"]) for e in offered] == [(name, "inc-1") for name in shown]


def outcome_of(wired: Wired, reply: str | Reply) -> Outcome:
    wired.workspace.wrong["chat.postMessage"] = [reply]

    async def once() -> Outcome:
        async with post.client() as http:
            return await slack.send(wired.settings, FIRE, http, START)

    return asyncio.run(once())


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("token_revoked", GaveUpReason.NOT_AUTHORISED),
        ("invalid_auth", GaveUpReason.NOT_AUTHORISED),
        ("missing_scope", GaveUpReason.NOT_AUTHORISED),
        ("channel_not_found", GaveUpReason.UNKNOWN_TARGET),
        ("is_archived", GaveUpReason.UNKNOWN_TARGET),
        ("not_in_channel", GaveUpReason.UNKNOWN_TARGET),
        ("no_text", GaveUpReason.REJECTED),
    ],
)
def test_an_error_inside_a_200_is_an_error(wired: Wired, error: str, reason: GaveUpReason) -> None:
    outcome = outcome_of(wired, error)
    assert isinstance(outcome, GaveUp)
    assert outcome.reason is reason
    assert outcome.detail.startswith(f"Slack said {error}")


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(429, "", {"Retry-After": "30"}), TryAgain(30 * SECOND, "answered 429")),
        (BUSY, TryAgain(9 * SECOND, "answered 429: ratelimited")),
        (ok(error="internal_error"), TryAgain(0 * SECOND, "Slack said internal_error")),
        (Reply(200, "<html>log in</html>"), TryAgain(0 * SECOND, "answered 200 with something that is not Slack's")),
        (Reply(200, "[]"), TryAgain(0 * SECOND, "answered 200 with something that is not Slack's")),
        (ok(error=f"bad {TOKEN}"), GaveUp(GaveUpReason.REJECTED, "Slack said unknown_error")),
        (Reply(503, ""), TryAgain(0 * SECOND, "answered 503")),
    ],
)  # fmt: skip
def test_what_slack_answers_decides_what_happens_next(wired: Wired, reply: Reply, outcome: Outcome) -> None:
    assert outcome_of(wired, reply) == outcome


def test_an_answer_without_a_ts_is_a_message_that_can_not_be_changed(wired: Wired) -> None:
    assert outcome_of(wired, ok(channel=CHANNEL)) == Delivered("")


def test_a_429_in_the_middle_loses_nothing(wired: Wired) -> None:
    """Reports 16 and 17."""
    wired.tell(FIRE)
    wired.workspace.wrong["chat.update"] = [Reply(429, "", {"Retry-After": "20"})]
    (tried,) = wired.tell(later(1))
    assert tried.outcome == "try again"
    wired.queue(replace(end(2), at=START + MINUTE))
    assert wired.step(START + MINUTE + 19 * SECOND) == []
    wired.step(START + MINUTE + 20 * SECOND)
    (parent,) = wired.workspace.in_channel
    assert parent["text"].startswith(":white_check_mark:")


def test_a_wrong_token_is_told_and_not_shown(wired: Wired) -> None:
    wired.settings = replace(wired.settings, token=Secret("xoxb-999-wrong-token"))
    (tried,) = wired.tell(FIRE)
    assert (tried.outcome, tried.detail) == ("gave up: not authorised", "Slack said invalid_auth")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [({"token": Secret("")}, "token is empty"), ({"channel": " "}, "channel is empty"), ({"url": "slack.com"}, "url")],
)
def test_a_setting_that_can_not_work_is_told_at_the_start(changes: dict[str, Any], fault: str) -> None:
    good = slack.Settings(Secret(TOKEN), CHANNEL)
    with pytest.raises(ValueError, match=fault):
        replace(good, **changes)


def test_whom_a_page_calls_can_be_set(wired: Wired) -> None:
    wired.settings = replace(wired.settings, mention=Mention.HERE)
    wired.tell(a_notice())
    assert wired.workspace.in_channel[0]["text"].startswith("<!here> ")
