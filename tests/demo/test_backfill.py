"""Sending history: nothing is lost when the door says "later", and a refusal for good is said."""

from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from tests.demo.otlp import Door

from tocsin.demo import backfill, history
from tocsin.demo.history import Batch
from tocsin.demo.rhythm import Rhythm
from tocsin.model.problem import Foreign
from tocsin.model.window import Window

AT = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def some_batches() -> list[Batch]:
    return list(history.batches(Window(AT - timedelta(hours=4), AT), Rhythm(AT)))


def test_every_batch_arrives_once_although_the_door_said_later(door: Door) -> None:
    batches = some_batches()
    door.refusals = [(429, {"Retry-After": "0.01"}), (503, {"Retry-After": "0"}), (503, {"Retry-After": "0.01"})]
    told: list[Batch] = []
    sent = backfill.send(batches, door.url, told.append)
    assert sorted(door.bodies) == sorted(batch.body for batch in batches)
    assert len(told) == len(batches) == sent.requests
    assert (sent.spans, sent.waits, sent.rejected) == (sum(batch.spans for batch in batches), 3, 0)


def test_rejected_spans_are_counted(door: Door) -> None:
    answer = ExportTraceServiceResponse()
    answer.partial_success.rejected_spans = 2
    door.answer = answer.SerializeToString()
    batches = some_batches()
    assert backfill.send(batches, door.url, lambda _: None).rejected == 2 * len(batches)


def test_a_refusal_for_good_ends_the_backfill_and_says_what_was_answered(door: Door) -> None:
    door.refusals = [(400, {})]
    with pytest.raises(Foreign, match="answered 400 to history"):
        backfill.send(some_batches(), door.url, lambda _: None)


def test_a_door_that_is_not_there_is_named() -> None:
    with pytest.raises(Foreign, match=r"can't be reached at http://127\.0\.0\.1:9/v1/traces"):
        backfill.send(some_batches(), "http://127.0.0.1:9", lambda _: None)
