"""Channels that fail are told on every page, with what to do."""

from datetime import timedelta

import httpx
import pytest
from tests.web.rows import AT

from tocsin.store.control import BrokenChannel
from tocsin.web.failing import TRIES_MIN, failing

REVOKED = BrokenChannel(
    "team", AT - timedelta(hours=2), AT, 1, "gave up: not authorised", "Slack said token_revoked", 0
)


def passing(tries: int) -> BrokenChannel:
    return BrokenChannel("hook", AT, AT, tries, "try again", "answered 500", 2)


def test_what_was_given_up_is_told_at_once_and_says_what_to_do() -> None:
    (told,) = failing([REVOKED])
    assert (told.channel, told.last_error) == ("team", "Slack said token_revoked")
    assert "[channels.team]" in told.do
    assert "restart" in told.do


@pytest.mark.parametrize(("tries", "is_told"), [(1, False), (TRIES_MIN - 1, False), (TRIES_MIN, True)])
def test_a_try_that_is_made_again_is_told_only_when_several_failed(tries: int, *, is_told: bool) -> None:
    """The next try comes within seconds; a page that blinks is not read any more."""
    assert bool(failing([passing(tries)])) is is_told


@pytest.mark.parametrize("path", ["/", "/live", "/alarms", "/inbox", "/incidents", "/traces"])
def test_every_page_tells_which_channel_fails_and_what_to_do(web: httpx.Client, path: str) -> None:
    page = web.get(path).text
    assert "The channel pager fails" in page
    assert "the routing key is not accepted" in page
    assert "[channels.pager]" in page


def test_healthz_names_the_channels_that_fail(web: httpx.Client) -> None:
    (told,) = web.get("/healthz").json()["failing_channels"]
    assert (told["channel"], told["outcome"]) == ("pager", "gave up: not authorised")
    assert told["do"].startswith("its key, token or password was not accepted")
