"""Sends one HTTP request for a channel: bounded in time and size, and whatever happens comes back as a value."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from tocsin.model.notice import GaveUp, GaveUpReason, TryAgain
from tocsin.model.secret import Secret

SEND_TIMEOUT_S = 10.0
# Of an answer, no more than this is read.
ANSWER_BYTES_MAX = 4_096
# What a 429 without a Retry-After is taken to ask for.
PAUSE = timedelta(seconds=30)

NOT_SAID = timedelta(0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `text` is its beginning."""

    status: int
    text: str
    headers: Mapping[str, str]


class _NoAddresses(logging.Filter):
    """httpx logs each request's address at INFO, and a webhook's address is its password."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


class _NoAnswers(logging.Filter):
    """httpcore logs the headers of answers at DEBUG, and a redirect repeats the address."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "response_headers" not in record.getMessage()


_NO_ADDRESSES = _NoAddresses()
_NO_ANSWERS = _NoAnswers()


def client() -> httpx.AsyncClient:
    """Make the client that channels send with; follows no redirects, so that a secret goes nowhere else."""
    logging.getLogger("httpx").addFilter(_NO_ADDRESSES)
    for version in ("http11", "http2"):
        logging.getLogger(f"httpcore.{version}").addFilter(_NO_ANSWERS)
    return httpx.AsyncClient(timeout=httpx.Timeout(SEND_TIMEOUT_S), follow_redirects=False)


async def post(
    http: httpx.AsyncClient,
    url: Secret,
    content: bytes,
    headers: Mapping[str, str],
    *,
    answer_bytes_max: int = ANSWER_BYTES_MAX,
) -> Answer | TryAgain | GaveUp:
    """Post bytes; a failure to get any answer is an outcome that names its kind and never the address."""
    try:
        async with http.stream("POST", url.reveal(), content=content, headers=dict(headers)) as response:
            text = await _beginning(response, answer_bytes_max)
            return Answer(response.status_code, text, response.headers)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return GaveUp(GaveUpReason.UNKNOWN_TARGET, "the address is not a valid http or https URL")
    except httpx.TimeoutException:
        return TryAgain(NOT_SAID, f"no answer within {SEND_TIMEOUT_S:.0f} s")
    except httpx.HTTPError as error:
        return TryAgain(NOT_SAID, f"could not be reached: {type(error).__name__}")


async def _beginning(response: httpx.Response, answer_bytes_max: int) -> str:
    read = bytearray()
    async for piece in response.aiter_bytes():
        read += piece
        if len(read) >= answer_bytes_max:
            break
    return bytes(read[:answer_bytes_max]).decode("utf-8", "replace")


def is_web_page(answer: Answer) -> bool:
    """Say whether an answer is a page for people: of a proxy that wants a login, or of a wrong address."""
    return answer.text.lstrip().casefold().startswith(("<!doctype html", "<html"))


def refusal(answer: Answer, at: datetime, word: str = "") -> TryAgain | GaveUp:
    """Return what an answer other than success means; `word` is what the other side called it, when that is safe."""
    status = answer.status
    said = f"answered {status}{f': {word}' if word else ''}"
    if status == 429 or (status == 503 and "retry-after" in answer.headers):
        return TryAgain(_retry_after(answer.headers, at), said)
    if status in {408, 425} or status >= 500:
        return TryAgain(NOT_SAID, said)
    if status in {401, 403}:
        return GaveUp(GaveUpReason.NOT_AUTHORISED, said)
    if status in {404, 410}:
        return GaveUp(GaveUpReason.UNKNOWN_TARGET, said)
    if 300 <= status < 400:
        return GaveUp(GaveUpReason.UNKNOWN_TARGET, f"{said}; redirects are not followed, set the final address")
    return GaveUp(GaveUpReason.REJECTED, said)


def _retry_after(headers: Mapping[str, str], at: datetime) -> timedelta:
    """Read a Retry-After in seconds or as a date; one that can't be read counts as PAUSE."""
    text = headers.get("retry-after", "").strip()
    try:
        wait = timedelta(seconds=float(text)) if text[:1].isdigit() else parsedate_to_datetime(text) - at
    except (ValueError, TypeError, OverflowError):
        return PAUSE
    return max(wait, timedelta(seconds=1))
