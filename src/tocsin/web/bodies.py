"""What a request that changes something brings, and whether it may.

The page has no login of its own, so a page of another site must not be able to make a reader's browser act. A program
sends a header that no form and no plain cross-site request can carry; a form must come from a page of ours, which the
browser says.
"""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import orjson
from fastapi import Request

from tocsin import settings
from tocsin.model.problem import BadInput
from tocsin.web.refused import Refused

HEADER = "x-tocsin"
# The body of a request names a few things; nobody writes a novel into a form.
BODY_BYTES_MAX = 4_096
FIELDS_MAX = 20
FORM_TYPE = "application/x-www-form-urlencoded"
# The header, as the API's page describes it.
HEADER_PARAMETER: Mapping[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "schema": {"type": "string", "enum": ["1"]},
}


def described(**keys: str) -> dict[str, Any]:
    """Describe the header and a body of texts for the API's page."""
    properties = {key: {"type": "string", "description": text} for key, text in keys.items()}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {
        "parameters": [dict(HEADER_PARAMETER)],
        "requestBody": {"content": {"application/json": {"schema": schema}}},
    }


async def json_object(request: Request, *known: str) -> Mapping[str, object]:
    """Read a program's JSON object; no body is an empty one. Raises Refused without the header, and BadInput."""
    if request.headers.get(HEADER) != "1":
        raise Refused(f"this is for programs: send the header {HEADER}: 1")
    body = await whole(request)
    try:
        given: Any = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as wrong:
        raise BadInput(f"the body is not JSON ({wrong}); send an object, or nothing") from None
    if not isinstance(given, dict):
        raise BadInput("the body is not a JSON object; send one, or nothing")
    faults = settings.unknown_keys(cast("Mapping[str, object]", given), known, "body")
    if faults:
        raise BadInput(str(faults[0]))
    return cast("Mapping[str, object]", given)


async def texts(request: Request, *known: str) -> Mapping[str, str]:
    """Read a program's JSON object of texts; what is null is left out. Raises Refused and BadInput."""
    given = await json_object(request, *known)
    for key, value in given.items():
        if value is not None and not isinstance(value, str):
            raise BadInput(f"{key} = {settings.shown(value)} is no text; write it in quotes")
    return {key: value for key, value in given.items() if isinstance(value, str)}


async def form(request: Request, *known: str) -> Mapping[str, str]:
    """Read the fields of a form of ours; empty ones are left out. Raises Refused when it came from elsewhere."""
    _assert_ours(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != FORM_TYPE:
        raise BadInput(f"this takes a form ({FORM_TYPE}); programs use the API")
    body = await whole(request)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=False, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise BadInput("the form can't be read; send it again") from None
    unknown = [key for key, _ in pairs if key not in known]
    if unknown:
        raise BadInput(f"the form has a field “{unknown[0][:60]}” that is not known here")
    return {key: value.strip() for key, value in pairs if value.strip()}


def _assert_ours(request: Request) -> None:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site == "same-origin"
    else:
        # Browsers leave the word out where the address is not a safe one, but say which page sent the form.
        origin = request.headers.get("origin", "")
        ours = bool(origin) and urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    if not ours:
        raise Refused("this form must be sent from a page of this server; open the page and send it from there")


async def whole(request: Request, bytes_max: int = BODY_BYTES_MAX) -> bytes:
    """Read a body. Raises BadInput when it is longer than it may be."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            raise BadInput(f"the body is longer than {bytes_max} bytes; send a small JSON object or form")
    return body
