"""The OTLP/HTTP door: a plain ASGI application, because every byte that is stored passes through it.

Source: OTLP specification 1.x, "OTLP/HTTP".
"""

import asyncio
import difflib
import functools
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import structlog
from starlette.types import Receive, Scope, Send

from tocsin.ingest import answers
from tocsin.ingest import json as otlp_json
from tocsin.ingest.answers import Code
from tocsin.ingest.budget import Budget, Hold, QueueFull
from tocsin.ingest.counters import Count, Counters
from tocsin.ingest.inflate import gunzip
from tocsin.ingest.inlet import Inlet
from tocsin.ingest.keys import REFUSAL, Keys
from tocsin.ingest.settings import Settings
from tocsin.model.problem import BadInput, Busy, TooLarge
from tocsin.model.received import Received, Signal

P = ParamSpec("P")
T = TypeVar("T")

LOG = structlog.get_logger()

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"
PATHS: dict[str, Signal] = {f"/v1/{signal.value}": signal for signal in Signal}
# Where the senders of another tool post their traces; they need only a new host.
ALIASES: dict[str, Signal] = {f"/api/public/otel/v1/{signal.value}": signal for signal in Signal}
_ROUTES = PATHS | ALIASES
_HINT = (
    "Tocsin takes OpenTelemetry here: POST OTLP (protobuf or JSON) to /v1/traces, /v1/metrics or /v1/logs. "
    "Set OTEL_EXPORTER_OTLP_ENDPOINT to this address.\n"
)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Post:
    """A request whose head is in order: what its body is and whose."""

    signal: Signal
    project: str
    as_json: bool
    gzip: bool
    # As announced; None when it comes in chunks.
    length: int | None


class _GoneError(Exception):
    """The sender closed the connection before its body was whole; never leaves this file."""


class HttpDoor:
    """The ASGI application. Close it after the server that runs it."""

    def __init__(
        self,
        inlet: Inlet,
        settings: Settings,
        *,
        budget: Budget,
        counters: Counters,
        own_keys: Mapping[str, str] | None = None,
    ) -> None:
        self._inlet = inlet
        self._settings = settings
        self._budget = budget
        self._counters = counters
        self._keys = Keys(settings.keys, own_keys)
        self._decoders = ThreadPoolExecutor(settings.decode_threads, thread_name_prefix="tocsin-decode")

    def close(self) -> None:
        """Let the decoding threads end."""
        self._decoders.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        as_json = _media_type(headers)[0] != PROTOBUF
        try:
            answer = await self._answer(scope, headers, receive)
        except _GoneError:
            return
        except Exception as error:  # noqa: BLE001 the border of one request: counted, logged, answered
            self._counters.add(Count.FAULTS)
            LOG.error("request failed", path=scope["path"], fault=type(error).__name__)  # noqa: TRY400 - a trace may quote what was sent
            answer = _failure(500, Code.INTERNAL, "a fault inside the server; it is in its log", as_json=as_json)
        if answer.status < 500 and answer.status not in (200, 429):
            self._counters.add(Count.REJECTED)
        elif answer.status in (429, 503):
            self._counters.add(Count.BUSY)
        await _send(answer, send)

    async def _answer(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> _Answer:
        post = self._head(scope["method"], scope["path"], headers)
        if isinstance(post, _Answer):
            return post
        try:
            received = await self._store(post, receive)
        except (BadInput, Busy, TimeoutError) as problem:
            return self._refusal(problem, as_json=post.as_json)
        self._counters.add(Count.REJECTED_ITEMS, received.rejected)
        return _Answer(
            200, answers.success(post.signal, received, as_json=post.as_json), JSON if post.as_json else PROTOBUF
        )

    def _refusal(self, problem: BadInput | Busy | TimeoutError, *, as_json: bool) -> _Answer:
        match problem:
            case TooLarge():
                return _failure(413, Code.INVALID_ARGUMENT, problem.reason, as_json=as_json)
            case BadInput():
                return _failure(400, Code.INVALID_ARGUMENT, problem.reason, as_json=as_json)
            case QueueFull():
                return _busy(429, Code.RESOURCE_EXHAUSTED, problem, as_json=as_json)
            case Busy():
                return _busy(503, Code.UNAVAILABLE, problem, as_json=as_json)
            case TimeoutError():
                reason = f"the body did not come within {self._settings.body_read_s_max:g} s; send smaller batches"
                close = (("connection", "close"),)
                return _failure(408, Code.DEADLINE_EXCEEDED, reason, as_json=as_json, headers=close)

    def _head(self, method: str, path: str, headers: Mapping[str, str]) -> _Post | _Answer:
        """Judge a request by its head alone, before a byte of its body is read."""
        media, charset = _media_type(headers)
        as_json = media != PROTOBUF
        if path == "/" and method in ("GET", "HEAD"):
            return _Answer(200, _HINT.encode() if method == "GET" else b"", _TEXT)
        signal = _ROUTES.get(path)
        if signal is None:
            return _failure(404, Code.NOT_FOUND, _unknown_path(path), as_json=as_json)
        if method != "POST":
            reason = f"{path} takes POST only; found {method[:20]}"
            return _failure(405, Code.UNIMPLEMENTED, reason, as_json=as_json, headers=(("allow", "POST"),))
        project = self._keys.project_of(headers)
        if project is None:
            return _failure(
                401, Code.UNAUTHENTICATED, REFUSAL, as_json=as_json, headers=(("www-authenticate", "Bearer"),)
            )
        encoding = headers.get("content-encoding", "").strip().lower() or "identity"
        refusal = _unsupported(media, charset, encoding)
        if refusal:
            return _failure(
                415, Code.INVALID_ARGUMENT, refusal, as_json=as_json, headers=(("accept-encoding", "gzip"),)
            )
        length = headers.get("content-length", "")
        return _Post(signal, project, as_json, encoding == "gzip", int(length) if length.isdecimal() else None)

    async def _store(self, post: _Post, receive: Receive) -> Received:
        bytes_max = self._settings.body_bytes_max
        if post.as_json:
            bytes_max = min(bytes_max, self._settings.json_bytes_max)
        if (post.length or 0) > bytes_max:
            raise TooLarge(
                f"the body is {post.length} bytes long, the limit is {bytes_max}; send smaller batches, or gzip them"
            )
        with self._budget.hold(post.length or 0) as hold:
            async with asyncio.timeout(self._settings.body_read_s_max):
                body = await _read(receive, hold, bytes_max)
            if post.gzip:
                body = await self._in_decoder(gunzip, body, bytes_max=bytes_max)
                hold.resize(len(body))
            left_out = Received()
            if post.as_json:
                decoded = await self._in_decoder(
                    otlp_json.decode, post.signal, body, depth_max=self._settings.json_depth_max
                )
                left_out = Received(decoded.rejected, decoded.reason)
                if left_out.rejected and not decoded.kept:
                    return left_out
                body = decoded.body
        # The hold is given back and taken again by `put` without a pause between, so nobody slips in.
        received = await self._inlet.put(post.signal, body, post.project)
        return left_out if left_out.rejected else received

    async def _in_decoder(self, decode: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a decoder beside the event loop; few at a time, which bounds what they hold."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._decoders, functools.partial(decode, *args, **kwargs))


async def _read(receive: Receive, hold: Hold, bytes_max: int) -> bytes:
    """Read a body whole; raises TooLarge as soon as it is longer than allowed, QueueFull when there is no room."""
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > bytes_max:
            raise TooLarge(f"the body is longer than {bytes_max} bytes; send smaller batches, or gzip them")
        if size > hold.size:
            hold.resize(size)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _media_type(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the content type without its parameters, and its charset; both in lower case, empty when absent."""
    media, *parameters = headers.get("content-type", "").lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    charset = next((value.strip().strip('"') for name, _, value in pairs if name.strip() == "charset"), "")
    return media.strip(), charset


def _unsupported(media: str, charset: str, encoding: str) -> str:
    """Say what is wrong with the way a body is written; empty when nothing is."""
    if media not in (PROTOBUF, JSON):
        return f"Content-Type is {media[:80]!r}; send {PROTOBUF} or {JSON}"
    if media == JSON and charset not in ("", "utf-8", "utf8", "us-ascii"):
        return f"the charset is {charset[:40]!r}; JSON is read as utf-8"
    if encoding not in ("identity", "gzip"):
        return f"Content-Encoding is {encoding[:40]!r}; send gzip or identity"
    return ""


def _unknown_path(path: str) -> str:
    near = difflib.get_close_matches(path.rstrip("/"), _ROUTES, n=1, cutoff=0.7)
    hint = f"did you mean {near[0]}?" if near else f"OTLP is taken at {', '.join(PATHS)}"
    return f"there is nothing at {path[:200]}; {hint}"


def _failure(
    status: int, code: Code, reason: str, *, as_json: bool, headers: tuple[tuple[str, str], ...] = ()
) -> _Answer:
    return _Answer(status, answers.failure(code, reason, as_json=as_json), JSON if as_json else PROTOBUF, headers)


def _busy(status: int, code: Code, problem: Busy, *, as_json: bool) -> _Answer:
    after = str(max(1, math.ceil(problem.after_s)))
    return _failure(status, code, problem.reason, as_json=as_json, headers=(("retry-after", after),))


async def _send(answer: _Answer, send: Send) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *((name.encode(), value.encode()) for name, value in answer.headers),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
