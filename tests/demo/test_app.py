"""The agent app under the real instrumentation, and the history that must look like it."""

import json
import queue
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event

import httpx
import pytest
from openai import OpenAI
from opentelemetry.instrumentation.openai import OpenAIInstrumentor  # pyright: ignore[reportMissingTypeStubs] (none)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from tests.demo.otlp import Door, spans_of

from tocsin.demo import history, tracing
from tocsin.demo.app import Shop, Tally
from tocsin.demo.cast import SERVICES, TENANTS, Shape, Work
from tocsin.demo.children import Children
from tocsin.demo.provider import KEY_PREFIX
from tocsin.demo.rhythm import Rhythm
from tocsin.model.window import Window

AT = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
WORKS = [(service.name, work) for service in SERVICES.values() for work in service.works]
# Values that differ between loopback and the past, or from one answer to the next.
OWN_VALUE = ("association", "usage", "api_base", "messages", "response.id", "fingerprint")


@pytest.fixture(scope="module")
def live_door() -> Iterator[Door]:
    door = Door()
    yield door
    door.server.shutdown()
    door.server.server_close()


@pytest.fixture(scope="module")
def telemetry(live_door: Door) -> Iterator[TracerProvider]:
    provider = tracing.start("support-bot", "2.3.1", live_door.url)
    yield provider
    provider.shutdown()
    OpenAIInstrumentor().uninstrument()


@pytest.fixture
def shop(provider_url: str) -> Shop:
    client = OpenAI(base_url=f"{provider_url}/v1", api_key=f"{KEY_PREFIX}support-bot", max_retries=0)
    return Shop(client, Tally("support-bot"), Event())


def sent_for(work: Work, shop: Shop, telemetry: TracerProvider, live_door: Door) -> list[tuple[str, Span]]:
    live_door.bodies.clear()
    shop.do(work, Random(1))
    assert telemetry.force_flush()
    return [(scope, span) for _, scope, span in live_door.spans()]


def past_of(service: str, work: Work) -> list[tuple[str, Span]]:
    """Return the spans of one trace of history that did the work and had no failure."""
    window = Window(AT - timedelta(hours=2), AT)
    found = [
        (scope, span)
        for batch in history.batches(window, Rhythm(AT))
        for resource, scope, span in spans_of(batch.body)
        if "service.name" in {item.key for item in resource.attributes}
        and service in {item.value.string_value for item in resource.attributes}
    ]
    by_trace: dict[bytes, list[tuple[str, Span]]] = {}
    for scope, span in found:
        by_trace.setdefault(span.trace_id, []).append((scope, span))
    return next(
        spans
        for spans in by_trace.values()
        if values(spans[0][1])["traceloop.association.properties.feature"].string_value == work.feature
        and any(values(span).get("gen_ai.request.model", AnyValue()).string_value == work.model for _, span in spans)
        and all(span.status.code != 2 for _, span in spans)
    )


def values(span: Span) -> dict[str, AnyValue]:
    return {item.key: item.value for item in span.attributes}


def shape_of(scope: str, span: Span) -> object:
    """Return all of a span that must be the same in history and live."""
    attributes = {
        key: value.WhichOneof("value") if any(own in key for own in OWN_VALUE) else str(value)
        for key, value in values(span).items()
    }
    return scope, span.name, span.kind, span.status.code, len(span.events), {e.name for e in span.events}, attributes


@pytest.mark.parametrize(("service", "work"), WORKS)
@pytest.mark.usefixtures("dials")
def test_history_has_the_spans_that_the_real_instrumentation_sends(
    service: str, work: Work, shop: Shop, telemetry: TracerProvider, live_door: Door
) -> None:
    """Else a mapping could be right for one and wrong for the other, and the seam would show."""
    live = sorted((shape_of(*item) for item in sent_for(work, shop, telemetry, live_door)), key=str)
    past = sorted((shape_of(*item) for item in past_of(service, work)), key=str)
    assert past == live


def test_a_failed_call_is_a_span_with_its_error_in_history_too(
    shop: Shop, telemetry: TracerProvider, live_door: Door, dials: str
) -> None:
    work = Work("support-chat", Shape.STREAMED, "gpt-4o", 1.0)
    httpx.post(dials, json={"rate_limited": 1.0}).raise_for_status()
    live = [span for _, span in sent_for(work, shop, telemetry, live_door)]
    assert len(live) == 3, "the app tries three times"
    assert shop.tally.failed == 3
    past = next(
        span
        for batch in history.batches(Window(AT - timedelta(days=1), AT), Rhythm(AT))
        for _, _, span in spans_of(batch.body)
        if values(span).get("error.type", AnyValue()).string_value == "RateLimitError"
        and values(span)["traceloop.association.properties.feature"].string_value == "support-chat"
    )
    assert list(values(past)) == list(values(live[0]))
    assert past.status == live[0].status
    said = [{item.key: item.value.string_value for item in span.events[0].attributes} for span in (past, live[0])]
    assert [event.pop("exception.stacktrace") != "" for event in said] == [True, True]
    assert said[0] == said[1]


def test_every_span_says_for_whom_and_for_what(shop: Shop, telemetry: TracerProvider, live_door: Door) -> None:
    work = Work("agent", Shape.AGENT, "gpt-4o", 1.0)
    for _, span in sent_for(work, shop, telemetry, live_door):
        found = {key.rpartition(".")[2]: value.string_value for key, value in values(span).items() if "assoc" in key}
        assert found["tenant"] in TENANTS
        assert found["user_id"].startswith(found["tenant"])
        assert found["session_id"]
        assert found["feature"] == "agent"


def test_an_agent_is_one_trace_with_its_calls_and_tool_inside(
    shop: Shop, telemetry: TracerProvider, live_door: Door, dials: str
) -> None:
    assert dials
    spans = [span for _, span in sent_for(Work("agent", Shape.AGENT, "gpt-4o", 1.0), shop, telemetry, live_door)]
    names = {span.span_id: span.name for span in spans}
    assert len({span.trace_id for span in spans}) == 1
    assert sorted((span.name, names.get(span.parent_span_id, "")) for span in spans) == [
        ("agent.workflow", ""),
        ("look_up_order.tool", "order-agent.agent"),
        ("openai.chat", "order-agent.agent"),
        ("openai.chat", "order-agent.agent"),
        ("order-agent.agent", "agent.workflow"),
    ]


@pytest.mark.slow
def test_the_app_works_in_its_own_process_and_ends_with_its_input(
    provider_url: str, door: Door, tmp_path: Path
) -> None:
    """Its parent holds the other end: an app whose parent was killed must not go on."""
    lines: queue.Queue[str] = queue.Queue()
    with Children(tmp_path) as children:
        app = children.start(
            "support-bot",
            "tocsin.demo.app",
            *("--service", "support-bot"),
            *("--provider", provider_url),
            *("--otlp", door.url),
            *("--anchor", datetime.now(UTC).isoformat()),
            hear=lines.put,
        )
        told = [json.loads(lines.get(timeout=30))]
        while told[-1].get("calls", 0) < 2:
            told.append(json.loads(lines.get(timeout=30)))
        assert told[0] == {"service": "support-bot", "what": "started"}
        assert app.process.stdin is not None
        app.process.stdin.close()
        assert app.process.wait(15) == 0
    resource = {item.key: item.value.string_value for item in door.spans()[0][0].attributes}
    assert resource["service.name"] == "support-bot"
    assert resource["service.version"] == "2.3.1"
    assert resource["deployment.environment.name"] == "production"
