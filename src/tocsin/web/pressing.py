"""A press of a button in Slack: known to come from Slack by its signature, and done once.

Source: docs.slack.dev, "Verifying requests from Slack" and "Handling user interaction".
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qs

import orjson
from fastapi import APIRouter, Request, Response

from tocsin.model.act import Deed, Via
from tocsin.model.incident import Incident
from tocsin.model.problem import BadInput
from tocsin.model.secret import Secret
from tocsin.notify.buttons import ACKNOWLEDGE, KNOWN, NOISE, SILENCE_1H, USEFUL
from tocsin.respond import NAME_LETTERS_MAX, By, Desk, named
from tocsin.web.answering import there
from tocsin.web.bodies import whole
from tocsin.web.refused import Refused
from tocsin.web.site import Site

# Slack sends the whole message along.
BODY_BYTES_MAX = 262_144
# Older requests, and those from further ahead, are not believed: somebody may have kept them.
AGE_MAX = timedelta(minutes=5)
# Signatures remembered to refuse a request that comes twice; those of the last minutes.
SEEN_MAX = 10_000
SILENCE = timedelta(hours=1)
VOTES = {USEFUL: Deed.USEFUL, NOISE: Deed.NOISE, KNOWN: Deed.KNOWN}


@dataclass(slots=True)
class Signatures:
    """Says whether a request comes from Slack, and comes for the first time."""

    secrets: Sequence[Secret]
    _seen: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def believe(self, stamp: str, signature: str, body: bytes, at: datetime) -> None:
        """Return when the request can be believed; it is then used up. Raises Refused."""
        if not self.secrets:
            raise Refused("no Slack channel has buttons = true and a signing_secret, so no button can be believed")
        seconds = int(stamp[:12]) if stamp.isascii() and stamp.isdigit() else 0
        if abs(seconds - at.timestamp()) > AGE_MAX.total_seconds():
            raise Refused("the request's time is more than 5 minutes away from this server's; is a clock wrong?")
        base = b"v0:" + stamp.encode("ascii") + b":" + body
        given = signature.encode("utf-8")
        # Every secret is tried, so that the time taken tells nothing.
        known = [hmac.compare_digest(_signature(one, base), given) for one in self.secrets]
        if not any(known):
            raise Refused("the signature is not that of a signing_secret in the configuration")
        self._seen = {one: seen for one, seen in self._seen.items() if abs(at - seen) <= 2 * AGE_MAX}
        if signature in self._seen or len(self._seen) >= SEEN_MAX:
            raise Refused("this request came before")
        self._seen[signature] = at


def _signature(secret: Secret, base: bytes) -> bytes:
    digest = hmac.new(secret.reveal().encode("utf-8"), base, hashlib.sha256)
    return f"v0={digest.hexdigest()}".encode("ascii")


@dataclass(frozen=True, slots=True)
class Press:
    """Which button of which incident, and by whom."""

    action: str
    incident: str
    by: str


def routes(site: Site, desk: Desk, secrets: Sequence[Secret]) -> APIRouter:
    """Return the route that Slack is told as the app's request URL."""
    router = APIRouter(include_in_schema=False)
    signatures = Signatures(secrets)

    @router.post("/slack/actions")
    async def pressed(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        body = await whole(request, BODY_BYTES_MAX)
        at, headers = site.now(), request.headers
        stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        signatures.believe(stamp, signature, body, at)
        press = press_of(body)
        if press is not None:
            by = named(press.by, Via.SLACK, at)
            await site.in_thread(lambda: there(done(desk, press, by), press.incident))
        # The answer to the people is the changed message and the line in its thread.
        return Response(status_code=200)

    return router


def press_of(body: bytes) -> Press | None:
    """Read what Slack sends; None for what is no button of ours. Raises BadInput."""
    try:
        given: Any = orjson.loads(parse_qs(body.decode("utf-8"), max_num_fields=5)["payload"][0])
    except (ValueError, KeyError):
        raise BadInput("this is not what Slack sends when a button is pressed: a form with a payload") from None
    payload = _table(given)
    actions = payload.get("actions")
    first = _table(cast("list[object]", actions)[0]) if isinstance(actions, list) and actions else _table(None)
    action, incident, user = str(first.get("action_id", "")), str(first.get("value", "")), _table(payload.get("user"))
    if action not in {ACKNOWLEDGE, SILENCE_1H, *VOTES}:
        return None
    by = str(user.get("username") or user.get("name") or user.get("id") or "")
    return Press(action, incident, by[:NAME_LETTERS_MAX])


def _table(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def done(desk: Desk, press: Press, by: By) -> Incident | None:
    """Do what the button says. None when there is no such incident."""
    if press.action == ACKNOWLEDGE:
        return desk.acknowledge(press.incident, by)
    if press.action == SILENCE_1H:
        return desk.silence_incident(press.incident, SILENCE, "", by)
    return desk.vote(press.incident, VOTES[press.action], by)
