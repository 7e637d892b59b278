"""Group commit into the real engine: what it refuses, what it keeps, and that neighbours never suffer."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import chdb.state.sqlitelike as chdb_lines
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ingest.doors import MALFORMED, awaited, request

from tocsin import clock
from tocsin.ingest.http import HttpDoor
from tocsin.ingest.settings import Settings
from tocsin.model.problem import BadInput
from tocsin.model.received import Received, Signal
from tocsin.receive import Receiver

PROTO = """
syntax = "proto3";
message Span { bytes trace_id = 1; bytes span_id = 2; string name = 5; }
message ScopeSpans { repeated Span spans = 2; }
message ResourceSpans { repeated ScopeSpans scope_spans = 2; }
message Body { repeated ResourceSpans resource_spans = 1; }
message Envelope { Body body = 1; string project = 2; fixed64 received_unix_nano = 3; }
"""
INSERT = (
    "INSERT INTO otlp SETTINGS format_schema_source='string', format_schema_message_name='Envelope', "
    f"format_schema='{PROTO}'"
)


TABLES = (
    """CREATE TABLE otlp (
        body Tuple(resource_spans Array(Tuple(scope_spans Array(Tuple(spans Array(Tuple(name String))))))),
        project String, received_unix_nano UInt64) ENGINE = Null""",
    "CREATE TABLE spans (name String, project String, stamp UInt64) ENGINE = MergeTree ORDER BY stamp",
    """CREATE MATERIALIZED VIEW flatten TO spans AS
        SELECT arrayJoin(arrayFlatten(arrayMap(
            r -> arrayFlatten(arrayMap(s -> s.spans.name, r.scope_spans)), body.resource_spans))) AS name,
            project, received_unix_nano AS stamp FROM otlp""",
)


class EngineSink:
    """The embedded engine as a sink: bodies into a Null table, spans out of its view."""

    def __init__(self, folder: Path) -> None:
        # The engine's Python side has no types.
        self._line: Any = chdb_lines.Connection(str(folder))
        for statement in TABLES:
            self._line.query(statement)

    def insert(self, signal: Signal, envelopes: Sequence[bytes]) -> None:
        """Store all or nothing."""
        assert signal is Signal.TRACES
        line = self._line.send_insert(INSERT, "Protobuf")
        try:
            for envelope in envelopes:
                line.append(envelope)
            line.finish()
        except RuntimeError as error:
            line.cancel()
            raise BadInput(str(error)) from None

    def names(self, project: str) -> list[str]:
        """Name every span of a project, in the order of their stamps."""
        statement = f"SELECT name FROM spans WHERE project = '{project}' ORDER BY stamp, name"  # noqa: S608 ours
        return str(self._line.query(statement, "TSV")).splitlines()

    def close(self) -> None:
        self._line.close()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineSink]:
    sink = EngineSink(tmp_path_factory.mktemp("engine"))
    yield sink
    sink.close()


async def answered(engine: EngineSink, bodies: Sequence[bytes], project: str) -> list[Received | BaseException]:
    receiver = Receiver(engine, Settings(), now_ns=clock.now_ns)
    receiver.start()
    puts = (receiver.put(Signal.TRACES, body, project) for body in bodies)
    got = await asyncio.gather(*puts, return_exceptions=True)
    await receiver.close()
    return got


WHOLE = request("000")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.none(), st.integers(1, len(WHOLE) - 1), st.binary(min_size=1, max_size=4)), max_size=12))
def test_any_mix_of_whole_and_broken_bodies_stores_exactly_the_whole_ones(
    engine: EngineSink, mix: list[int | bytes | None]
) -> None:
    """None stands for a whole body, a number for one cut off there, bytes for these behind a tag without a value."""
    project = f"p{clock.now_ns()}"
    whole = [request(f"{n:03}") for n in range(len(mix))]
    cuts = [
        body if cut is None else MALFORMED + cut if isinstance(cut, bytes) else body[:cut]
        for cut, body in zip(mix, whole, strict=True)
    ]
    got = asyncio.run(answered(engine, cuts, project))
    good = [n for n, cut in enumerate(mix) if cut is None]
    assert [type(answer) for answer in got] == [Received if cut is None else BadInput for cut in mix]
    assert engine.names(project) == [f"{n:03}" for n in good]


@awaited
async def test_what_is_acknowledged_over_http_is_in_the_engine(engine: EngineSink) -> None:
    receiver = Receiver(engine, Settings(), now_ns=clock.now_ns)
    receiver.start()
    door = HttpDoor(receiver, Settings(), budget=receiver.budget, counters=receiver.counters)
    headers = {"content-type": "application/x-protobuf"}
    transport = httpx.ASGITransport(door)  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        bodies = [request(f"span {n}") for n in range(20)]
        bodies[7] = bodies[7][:-3]
        got = await asyncio.gather(*(client.post("/v1/traces", content=body, headers=headers) for body in bodies))
    assert [answer.status_code for answer in got] == [400 if n == 7 else 200 for n in range(20)]
    assert sorted(engine.names("default")) == sorted(f"span {n}" for n in range(20) if n != 7)
    await receiver.close()
    door.close()
