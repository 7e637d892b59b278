"""Buttons in Slack: who may press, and what a press does."""

import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tocsin.model.problem import BadInput
from tocsin.model.secret import Secret
from tocsin.notify.buttons import ACKNOWLEDGE
from tocsin.testing.manual_clock import START
from tocsin.web.pressing import Press, Signatures, press_of
from tocsin.web.refused import Refused

SECRET = Secret("8f742231b10e8888abcd99yyyzzz85a5")
BODY = urlencode(
    {
        "payload": json.dumps(
            {
                "type": "block_actions",
                "user": {"id": "U1", "username": "ada"},
                "actions": [{"action_id": ACKNOWLEDGE, "value": "inc-1"}],
            }
        )
    }
).encode()
STAMP = str(int(START.timestamp()))


def signed(body: bytes = BODY, stamp: str = STAMP, secret: Secret = SECRET) -> str:
    digest = hmac.new(secret.reveal().encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def test_the_signature_is_the_one_of_slacks_own_example() -> None:
    """From docs.slack.dev, "Verifying requests from Slack"."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    given = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signed(body, "1531420618") == given


def test_a_request_of_slack_is_believed_once() -> None:
    signatures = Signatures([Secret("another app's"), SECRET])
    signatures.believe(STAMP, signed(), BODY, START)
    with pytest.raises(Refused, match="came before"):
        signatures.believe(STAMP, signed(), BODY, START + timedelta(minutes=4))


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_request_of_another_time_is_refused(minutes: int) -> None:
    with pytest.raises(Refused, match="5 minutes"):
        Signatures([SECRET]).believe(STAMP, signed(), BODY, START + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("stamp", "signature"),
    [
        (STAMP, signed(secret=Secret("wrong"))),
        (STAMP, signed(BODY + b" ")),
        (STAMP, ""),
        (STAMP, "v0=\u00e9"),
        ("", signed()),
        ("-1", signed()),
        ("\u0663", signed()),
    ],
)
def test_what_slack_did_not_sign_is_refused(stamp: str, signature: str) -> None:
    with pytest.raises(Refused):
        Signatures([SECRET]).believe(stamp, signature, BODY, START)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(Refused, match="signing_secret"):
        Signatures([]).believe(STAMP, signed(), BODY, START)


def test_a_press_says_which_button_of_which_incident_and_by_whom() -> None:
    assert press_of(BODY) == Press(ACKNOWLEDGE, "inc-1", "ada")


def test_a_button_that_is_not_ours_is_nothing() -> None:
    assert press_of(urlencode({"payload": '{"actions": [{"action_id": "other"}]}'}).encode()) is None


@pytest.mark.parametrize("body", [b"", b"payload=", b"payload=x", b"\xff"])
def test_what_is_no_press_is_told_so(body: bytes) -> None:
    with pytest.raises(BadInput, match="payload"):
        press_of(body)
