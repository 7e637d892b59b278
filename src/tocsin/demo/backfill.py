"""Sends history through the real OTLP/HTTP door, as an exporter would: in parallel, and waiting when told to."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Event
from typing import Final

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tocsin import clock
from tocsin.demo.history import Batch
from tocsin.model.problem import Foreign

CONNECTIONS: Final = 6
# Requests ready or under way: bounds the memory while the door is slower than the generator.
PENDING_MAX: Final = 12
SEND_TIMEOUT_S: Final = 60.0
# Times that the door may say "later" to one request.
WAITS_MAX: Final = 120
RETRY_AFTER_S: Final = 1.0
RETRY_AFTER_MAX_S: Final = 5.0
LATER: Final = {429, 502, 503, 504}
HEADERS: Final = {"Content-Type": "application/x-protobuf"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a backfill. `waits` counts how often the door said "later"; `rejected` spans were not stored."""

    spans: int = 0
    requests: int = 0
    body_bytes: int = 0
    rejected: int = 0
    waits: int = 0
    took_s: float = 0.0


def send(batches: Iterable[Batch], otlp_url: str, told: Callable[[Batch], None]) -> Sent:
    """Send every batch; `told` is called for each as it is acknowledged.

    Raises Foreign when the door refuses a batch for good, can't be reached, or says "later" too often.
    """
    began = clock.monotonic_s()
    total = Sent()
    url = f"{otlp_url}/v1/traces"
    limits = httpx.Limits(max_connections=CONNECTIONS)
    giving_up = Event()
    with httpx.Client(timeout=SEND_TIMEOUT_S, limits=limits) as client, ThreadPoolExecutor(CONNECTIONS) as pool:
        under_way: dict[Future[tuple[int, int]], Batch] = {}
        try:
            for batch in batches:
                under_way[pool.submit(_send_one, client, url, batch.body, giving_up)] = batch
                if len(under_way) >= PENDING_MAX:
                    total = _reap(under_way, total, told)
            while under_way:
                total = _reap(under_way, total, told)
        finally:
            # Nothing is under way after a good end; after a bad one the rest is not worth sending.
            giving_up.set()
            pool.shutdown(cancel_futures=True)
    return replace(total, took_s=clock.monotonic_s() - began)


def _reap(under_way: dict[Future[tuple[int, int]], Batch], total: Sent, told: Callable[[Batch], None]) -> Sent:
    done, _ = wait(under_way, return_when=FIRST_COMPLETED)
    for future in done:
        batch = under_way.pop(future)
        rejected, waits = future.result()
        total = replace(
            total,
            spans=total.spans + batch.spans,
            requests=total.requests + 1,
            body_bytes=total.body_bytes + len(batch.body),
            rejected=total.rejected + rejected,
            waits=total.waits + waits,
        )
        told(batch)
    return total


def _send_one(client: httpx.Client, url: str, body: bytes, giving_up: Event) -> tuple[int, int]:
    """Send one body; return how many of its spans were rejected, and how often the door said "later"."""
    for waits in range(WAITS_MAX):
        try:
            answer = client.post(url, content=body, headers=HEADERS)
        except httpx.TransportError as problem:
            raise Foreign("the OTLP door", f"can't be reached at {url}: {problem}") from problem
        if answer.status_code == int(httpx.codes.OK):
            return ExportTraceServiceResponse.FromString(answer.content).partial_success.rejected_spans, waits
        if answer.status_code not in LATER:
            raise Foreign("the OTLP door", f"answered {answer.status_code} to history: {answer.text[:300]}")
        if giving_up.wait(_after_s(answer.headers.get("Retry-After", ""))):
            raise Foreign("the OTLP door", "was left, because another batch failed")
    raise Foreign("the OTLP door", f"said {WAITS_MAX} times to come back later")


def _after_s(text: str) -> float:
    try:
        return min(RETRY_AFTER_MAX_S, max(0.0, float(text)))
    except ValueError:
        return RETRY_AFTER_S
