"""What holds for every channel, taken from the folder: a new file is tested by being there."""

import asyncio
import dataclasses
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify.channel import Channel, load_channels
from tocsin.notify.channels import webhook
from tocsin.notify.post import PAUSE
from tocsin.testing import FakeHttp, Reply
from tocsin.testing.examples import a_notice
from tocsin.testing.http import Never
from tocsin.testing.manual_clock import START

GOLDEN = Path(__file__).parents[1] / "golden" / "notices"
REWRITE = os.environ.get("TOCSIN_GOLDEN") == "rewrite"
SECRET = "T0SECRETTOKEN"
ADDRESS = f"https://hooks.example.com/services/{SECRET}?key={SECRET}2"

CHANNELS = load_channels()
# Those that speak something else, or with a client of their own, have tests of their own in tests/notify.
OTHERWISE = {"inbox", "email", "apprise"}
# What is a success: mostly 200 and ok.
TAKEN = {
    "pagerduty": Reply(202, '{"status":"success"}'),
    "slack": Reply(200, '{"ok":true,"channel":"C0123456789","ts":"1700000000.000100"}'),
}
OVER_HTTP = [pytest.param(channel, id=name) for name, channel in CHANNELS.items() if name not in OTHERWISE]
WITH_ADDRESS = [pytest.param(CHANNELS[name], id=name) for name in ("slack_webhook", "webhook")]
EVERY = [pytest.param(channel, id=name) for name, channel in CHANNELS.items()]
NOTICES = {
    "firing": a_notice(),
    "resolved": a_notice(
        sequence=1,
        state=NoticeState.RESOLVED,
        at=START + timedelta(minutes=27),
        ended=START + timedelta(minutes=27),
        headline="Over after 29 min: checkout-bot (production): 23% of calls failed, 11:58 to 12:27 UTC",
    ),
    "drill": a_notice(drill=True, why="", headline="DRILL: a <b> & c: 100% of calls fail since 11:58 UTC"),
}


def put(_notice: Notice, _payload: Mapping[str, Any], _at: datetime) -> None:
    """Take a message as the inbox does."""


def settings_of(channel: Channel[Any]) -> Any:  # noqa: ANN401 - the channel's own
    """Fill the settings a channel can't do without; a new kind of field needs an example here."""
    examples = {"Secret": Secret(ADDRESS), "Callable": put, "str": "C0123456789"}
    needed = [
        field
        for field in dataclasses.fields(channel.settings)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    given = {field.name: next(e for word, e in examples.items() if word in str(field.type)) for field in needed}
    return channel.settings(**given)


def send(channel: Channel[Any], http: FakeHttp, notice: Notice = NOTICES["firing"]) -> Outcome:
    async def once() -> Outcome:
        async with http.client() as client:
            return await channel.send(settings_of(channel), notice, client, START)

    return asyncio.run(once())


def taking(channel: Channel[Any]) -> FakeHttp:
    """Return another side that takes what it is sent."""
    return FakeHttp([TAKEN.get(channel.name, Reply())])


@pytest.mark.parametrize("channel", EVERY)
def test_a_channel_is_called_what_its_file_is_called(channel: Channel[Any]) -> None:
    assert CHANNELS[channel.name] is channel
    assert channel.explanation.endswith(".")


@pytest.mark.parametrize("channel", OVER_HTTP)
def test_a_notice_is_delivered(channel: Channel[Any]) -> None:
    http = taking(channel)
    assert isinstance(send(channel, http), Delivered)
    assert len(http.sent) == 1


def test_the_inbox_needs_nothing_outside() -> None:
    http = FakeHttp()
    assert isinstance(send(CHANNELS["inbox"], http), Delivered)
    assert http.sent == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (301, GaveUpReason.UNKNOWN_TARGET),
        (400, GaveUpReason.REJECTED),
        (401, GaveUpReason.NOT_AUTHORISED),
        (403, GaveUpReason.NOT_AUTHORISED),
        (404, GaveUpReason.UNKNOWN_TARGET),
        (410, GaveUpReason.UNKNOWN_TARGET),
        (413, GaveUpReason.REJECTED),
    ],
)
@pytest.mark.parametrize("channel", OVER_HTTP)
def test_a_refusal_is_final(channel: Channel[Any], status: int, reason: GaveUpReason) -> None:
    outcome = send(channel, FakeHttp([Reply(status, "no", {"Location": "https://elsewhere.example"})]))
    assert isinstance(outcome, GaveUp)
    assert outcome.reason is reason
    assert str(status) in outcome.detail


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("30", timedelta(seconds=30)),
        ("1.5", timedelta(seconds=1.5)),
        ("0", timedelta(seconds=1)),
        ("Mon, 02 Mar 2026 12:02:00 GMT", timedelta(minutes=2)),
        ("Mon, 02 Mar 2026 11:00:00 GMT", timedelta(seconds=1)),
        ("soon", PAUSE),
        ("9" * 400, PAUSE),
        (None, PAUSE),
    ],
)
@pytest.mark.parametrize("channel", OVER_HTTP)
def test_a_429_waits_as_told(channel: Channel[Any], header: str | None, wait: timedelta) -> None:
    headers = {} if header is None else {"Retry-After": header}
    assert send(channel, FakeHttp([Reply(429, "", headers)])) == TryAgain(wait, "answered 429")


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
@pytest.mark.parametrize("channel", OVER_HTTP)
def test_a_fault_of_the_other_side_is_tried_again_when_the_loop_says(channel: Channel[Any], status: int) -> None:
    assert send(channel, FakeHttp([Reply(status, "")])) == TryAgain(timedelta(0), f"answered {status}")


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ReadTimeout(ADDRESS),
        httpx.ConnectTimeout(ADDRESS),
        httpx.ConnectError(ADDRESS),
        httpx.RemoteProtocolError(ADDRESS),
        httpx.ReadError(ADDRESS),
    ],
)
@pytest.mark.parametrize("channel", OVER_HTTP)
def test_no_answer_is_tried_again_and_no_error_holds_the_address(channel: Channel[Any], fault: Exception) -> None:
    outcome = send(channel, FakeHttp([fault]))
    assert isinstance(outcome, TryAgain)
    assert outcome.after == timedelta(0)
    assert SECRET not in outcome.reason


@pytest.mark.parametrize("channel", OVER_HTTP)
def test_an_answer_that_repeats_the_secret_is_not_written_down(channel: Channel[Any]) -> None:
    for status in (400, 403, 404, 429, 500):
        outcome = send(channel, FakeHttp([Reply(status, f"{ADDRESS} is wrong")]))
        assert SECRET not in repr(outcome)


@pytest.mark.parametrize("channel", OVER_HTTP)
def test_settings_never_show_the_secret(channel: Channel[Any]) -> None:
    settings = settings_of(channel)
    target = channel.target("oncall", settings)
    assert Secret(ADDRESS) in target.secrets
    assert SECRET not in f"{settings!r} {settings} {target!r} {dataclasses.asdict(settings)}"


@pytest.mark.parametrize(
    "address", ["", "hooks.example.com/T0SECRETTOKEN", "ftp://T0SECRETTOKEN", "https:///x", "https://["]
)
@pytest.mark.parametrize("channel", WITH_ADDRESS)
def test_what_is_no_address_is_refused_at_the_start_and_not_quoted(channel: Channel[Any], address: str) -> None:
    with pytest.raises(ValueError, match="url is not a web address") as refused:
        channel.settings(Secret(address))
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("channel", OVER_HTTP)
def test_a_side_that_never_answers_can_be_given_up_from_outside(channel: Channel[Any]) -> None:
    async def once() -> None:
        async with FakeHttp([Never()]).client() as client, asyncio.timeout(0.05):
            await channel.send(settings_of(channel), a_notice(), client, START)

    with pytest.raises(TimeoutError):
        asyncio.run(once())


@pytest.mark.parametrize("kind", NOTICES)
@pytest.mark.parametrize("channel", OVER_HTTP)
def test_the_payload_is_the_golden_one(channel: Channel[Any], kind: str) -> None:
    http = taking(channel)
    send(channel, http, NOTICES[kind])
    (sent,) = http.sent
    ours = {key: sent.headers[key] for key in ("content-type", "idempotency-key") if key in sent.headers}
    text = json.dumps({"headers": ours, "body": sent.json()}, indent=2, ensure_ascii=False) + "\n"
    text = text.replace(ADDRESS, "***")
    file = GOLDEN / f"{channel.name}.{kind}.json"
    if REWRITE:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_no_golden_payload_is_left_over() -> None:
    wanted = {f"{name}.{kind}.json" for name in CHANNELS.keys() - OTHERWISE for kind in NOTICES}
    assert {file.name for file in GOLDEN.iterdir()} == wanted


def test_blocks_that_slack_refuses_go_out_as_text() -> None:
    http = FakeHttp([Reply(400, "invalid_blocks"), Reply(200)])
    assert send(CHANNELS["slack_webhook"], http) == Delivered(
        note="as text only, since the blocks were refused (answered 400: invalid_blocks)"
    )
    first, second = (sent.json() for sent in http.sent)
    assert "blocks" in first
    assert "blocks" not in second
    assert first["text"] == second["text"]


def test_a_second_try_as_text_that_fails_is_told_as_it_failed() -> None:
    slack = CHANNELS["slack_webhook"]
    assert send(slack, FakeHttp([Reply(400, "invalid_blocks"), Reply(400, "no_text")])) == GaveUp(
        GaveUpReason.REJECTED, "answered 400: invalid_blocks"
    )
    assert isinstance(send(slack, FakeHttp([Reply(400), httpx.ConnectError("")])), TryAgain)


def test_a_web_page_instead_of_ok_is_no_delivery() -> None:
    """A proxy that wants a login answers 200; the page would be lost without a word."""
    for page in ("<!DOCTYPE html><title>Please log in</title>", "\n<HTML>"):
        outcome = send(CHANNELS["webhook"], FakeHttp([Reply(200, page)]))
        assert outcome == TryAgain(timedelta(0), "answered 200 with a web page")
    outcome = send(CHANNELS["slack_webhook"], FakeHttp([Reply(200, "<html>Please log in</html>")]))
    assert outcome == TryAgain(timedelta(0), "answered 200 with a web page instead of ok")


def test_a_signature_can_be_checked_with_the_key_alone() -> None:
    key = "a-signing-key"
    http = FakeHttp()
    settings = webhook.Settings(Secret(ADDRESS), Secret(key))

    async def once() -> None:
        async with http.client() as client:
            await webhook.send(settings, a_notice(), client, START)

    asyncio.run(once())
    (sent,) = http.sent
    signed = sent.headers["tocsin-timestamp"].encode() + b"." + sent.content
    assert sent.headers["tocsin-signature"] == "sha256=" + hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
    assert sent.headers["tocsin-timestamp"] == str(int(START.timestamp()))
    assert key not in str(sent)


def test_what_identifies_an_incident_outside_never_changes_in_its_life() -> None:
    """A level or a value in the key breaks the resolve; a key for all merges what does not belong together."""
    bodies = [webhook.body(notice, "r") for notice in NOTICES.values()]
    assert len({(body["groupKey"], body["alerts"][0]["fingerprint"]) for body in bodies}) == 1
    other = webhook.body(a_notice(incident="inc-2"), "r")
    assert other["groupKey"] != bodies[0]["groupKey"]
    assert other["alerts"][0]["fingerprint"] != bodies[0]["alerts"][0]["fingerprint"]
    elsewhere = webhook.body(a_notice(installation="another"), "r")
    assert elsewhere["groupKey"] != bodies[0]["groupKey"]
