"""Presses of Slack's buttons over HTTP, at the served world, whose clock stands still."""

import hashlib
import hmac
from urllib.parse import urlencode

import httpx
import orjson
import pytest
from tests.web.rows import AT

from tocsin.notify.buttons import KNOWN, NOISE, USEFUL

INCIDENT = "inc-answered"
STAMP = str(int(AT.timestamp()))


def press(web: httpx.Client, action: str, user: str, secret: bytes = b"signs in tests") -> httpx.Response:
    payload = {"user": {"username": user}, "actions": [{"action_id": action, "value": INCIDENT}]}
    body = urlencode({"payload": orjson.dumps(payload).decode()}).encode()
    digest = hmac.new(secret, b"v0:" + STAMP.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": STAMP, "x-slack-signature": f"v0={digest}"}
    return web.post("/slack/actions", content=body, headers=headers)


def deeds(web: httpx.Client, user: str) -> list[tuple[str, str]]:
    acts = web.get(f"/api/v1/incidents/{INCIDENT}").json()["acts"]
    return [(act["deed"], act["via"]) for act in acts if act["by"] == user]


@pytest.mark.parametrize(("action", "deed"), [(USEFUL, "useful"), (NOISE, "noise"), (KNOWN, "known")])
def test_a_signed_press_judges_the_incident_once(web: httpx.Client, action: str, deed: str) -> None:
    user = f"presses-{deed}"
    assert press(web, action, user).status_code == 200
    assert press(web, action, user).status_code == 403, "the same request again is a replay"
    assert deeds(web, user) == [(deed, "slack")]


def test_a_forged_press_changes_nothing(web: httpx.Client) -> None:
    assert press(web, NOISE, "eve", b"guessed").status_code == 403
    assert deeds(web, "eve") == []
