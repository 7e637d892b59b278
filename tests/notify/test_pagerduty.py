"""PagerDuty over a real socket; report numbers are those of the collection behind the pack."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tocsin.model.alarm import Group, Severity
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, Told, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify import post
from tocsin.notify.channels.pagerduty import KEY_CHARACTERS_MAX, SUMMARY_CHARACTERS_MAX, Settings, follow, key_of, send
from tocsin.testing import OtherSide, Reply
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

KEY = "0123456789abcdef0123456789abcdef"
ACCEPTED = Reply(202, '{"status":"success","message":"Event processed","dedup_key":"x"}')


def told(*notices: Notice, reply: Reply = ACCEPTED) -> tuple[list[Outcome], list[Any]]:
    """Send notices to a real server; return how it went and the bodies it got."""

    async def all_of(side: OtherSide) -> list[Outcome]:
        settings = Settings(Secret(KEY), side.url("/v2/enqueue"))
        async with post.client() as http:
            return [await send(settings, notice, http, START) for notice in notices]

    with OtherSide(lambda _: reply) as side:
        outcomes = asyncio.run(all_of(side))
    assert {sent.url for sent in side.sent} == {"/v2/enqueue"}
    return outcomes, [sent.json() for sent in side.sent]


def test_a_fire_triggers_and_its_end_resolves_the_same_key() -> None:
    """Reports 36 and 37: one default key for all, or a level inside the key, and the end closes nothing."""
    outcomes, bodies = told(
        a_notice(severity=Severity.TICKET),
        a_notice(sequence=1, headline="checkout-bot (production): 60% of calls fail since 11:58 UTC"),
        a_notice(sequence=2, acknowledged_by="ada"),
        a_notice(sequence=3, state=NoticeState.RESOLVED, ended=START),
    )
    assert outcomes == [Delivered("tocsin/inc-1")] * 4
    assert [body["event_action"] for body in bodies] == ["trigger", "trigger", "acknowledge", "resolve"]
    assert {body["dedup_key"] for body in bodies} == {"tocsin/inc-1"}
    assert {body["routing_key"] for body in bodies} == {KEY}


def test_an_acknowledgement_is_passed_on_once_and_other_lines_are_kept_from_it() -> None:
    fire = a_notice()
    taken = a_notice(sequence=1, acknowledged_by="ada", aside="Acknowledged by ada.")
    vote = a_notice(sequence=2, acknowledged_by="ada", aside="ada says: noise.")

    async def all_of(side: OtherSide) -> list[Outcome]:
        settings = Settings(Secret(KEY), side.url("/v2/enqueue"))
        async with post.client() as http:
            return [
                await follow(settings, now, Told("key", fire, before), http, START)
                for before, now in ((fire, taken), (taken, vote))
            ]

    with OtherSide(lambda _: ACCEPTED) as side:
        outcomes = asyncio.run(all_of(side))
    assert [sent.json()["event_action"] for sent in side.sent] == ["acknowledge"]
    assert all(isinstance(outcome, Delivered) for outcome in outcomes)


def test_an_end_that_nobody_has_to_look_at_carries_the_key_alone() -> None:
    _, (body,) = told(a_notice(state=NoticeState.RESOLVED, ended=START))
    assert body == {"routing_key": KEY, "event_action": "resolve", "dedup_key": "tocsin/inc-1"}


def test_keys_of_two_incidents_and_of_two_installations_differ() -> None:
    """Reports 34 and 35."""
    keys = {
        key_of(a_notice(incident, installation=installation))
        for incident in ("inc-1", "inc-2")
        for installation in ("a", "b")
    }
    assert len(keys) == 4


def test_a_key_is_never_longer_than_pagerduty_takes() -> None:
    long = a_notice("i" * 300)
    assert len(key_of(long)) <= KEY_CHARACTERS_MAX
    assert key_of(long) == key_of(replace(long, sequence=5))
    assert key_of(long) != key_of(a_notice("i" * 301))


@pytest.mark.parametrize(
    ("notice", "severity"),
    [
        (a_notice(), "critical"),
        (a_notice(severity=Severity.TICKET), "warning"),
        (a_notice(drill=True), "info"),
        (a_notice(drill=True, loud=True), "critical"),
    ],
)
def test_a_page_is_critical_a_ticket_a_warning_and_a_drill_wakes_nobody(notice: Notice, severity: str) -> None:
    _, (body,) = told(notice)
    assert body["payload"]["severity"] == severity


def test_only_named_fields_go_out() -> None:
    _, (body,) = told(a_notice())
    details = body["payload"]["custom_details"]
    assert set(details) == {"alarm", "incident", "project", "compared", "why", "changed"}
    assert body["links"] == [{"href": a_notice().link, "text": "Open the graph"}]


def test_a_long_headline_is_cut_to_what_pagerduty_takes() -> None:
    _, (body,) = told(a_notice(headline="x" * 5_000))
    assert len(body["payload"]["summary"]) == SUMMARY_CHARACTERS_MAX


def test_a_service_without_a_name_still_pages() -> None:
    """PagerDuty refuses an empty source."""
    _, (body,) = told(a_notice(group=Group("default", "", "")))
    assert body["payload"]["source"] == "unknown service"


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(400, '{"errors":["no"]}'), GaveUp(GaveUpReason.REJECTED, "answered 400")),
        (
            Reply(400, '{"errors":["Length of \'routing_key\' is incorrect (should be 32 characters)"]}'),
            GaveUp(GaveUpReason.NOT_AUTHORISED, "answered 400: the routing key is not accepted"),
        ),
        (Reply(429, "", {"Retry-After": "7"}), TryAgain(timedelta(seconds=7), "answered 429")),
        (Reply(500, ""), TryAgain(timedelta(0), "answered 500")),
        (Reply(200, "<html>log in</html>"), TryAgain(timedelta(0), "answered 200 instead of 202")),
    ],
)
def test_what_pagerduty_answers_decides_what_happens_next(reply: Reply, outcome: Outcome) -> None:
    assert told(a_notice(), reply=reply)[0] == [outcome]


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500])
def test_an_answer_that_repeats_the_routing_key_is_not_written_down(status: int) -> None:
    outcomes, _ = told(a_notice(), reply=Reply(status, f"routing_key {KEY} is wrong"))
    assert KEY not in repr(outcomes)


def test_a_routing_key_that_is_empty_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="routing_key is empty"):
        Settings(Secret(" "))
