"""The load is what it says: sizes, ids, times, and no two sendings alike."""

from collections import Counter

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tocsin.bench.bodies import NS_PER_S, SCOPE, Body, Writer, load, session_name

NOW_NS = 1_795_000_000 * NS_PER_S


def spans_of(raw: bytes) -> list[Span]:
    request = ExportTraceServiceRequest.FromString(raw)
    return [span for told in request.resource_spans for scope in told.scope_spans for span in scope.spans]


def said(span: Span) -> dict[str, str]:
    return {a.key: a.value.string_value for a in span.attributes}


@pytest.fixture(scope="module")
def pool() -> list[Body]:
    return load(1, bodies=3, spans=64)


def test_a_span_of_the_load_has_the_size_that_the_target_speaks_of(pool: list[Body]) -> None:
    assert all(2_000 <= len(body.fill(NOW_NS)) / body.spans <= 2_500 for body in pool)


def test_two_sendings_of_one_body_share_no_trace_and_no_answer(pool: list[Body]) -> None:
    """A repeated body is answered without being stored, and a shared response id ties traces together."""
    sendings = [spans_of(pool[0].fill(NOW_NS)) for _ in range(3)]
    traces = Counter(span.trace_id for spans in sendings for span in spans)
    answers = Counter(said(span)["gen_ai.response.id"] for spans in sendings for span in spans if not span.status.code)
    assert (len(traces), traces.most_common(1)[0][1]) == (3 * 64, 1)
    assert answers.most_common(1)[0][1] == 1


def test_a_filled_body_is_whole_and_says_what_the_writer_wrote(pool: list[Body]) -> None:
    request = ExportTraceServiceRequest.FromString(pool[0].fill(NOW_NS))
    (told,) = request.resource_spans
    assert told.scope_spans[0].scope.name == SCOPE
    for span in told.scope_spans[0].spans:
        assert said(span)["gen_ai.input.messages"].startswith('[{"role": "system"')
        assert len(span.trace_id) == 16
        assert ("error.type" in said(span)) == bool(span.status.code)


def test_the_spans_of_a_filled_body_ended_just_before_the_moment_it_is_sent(pool: list[Body]) -> None:
    ends = [span.end_time_unix_nano for span in spans_of(pool[0].fill(NOW_NS))]
    assert NOW_NS - 5 * NS_PER_S <= min(ends) <= max(ends) <= NOW_NS
    assert min(ends) == pool[0].first_end_ns(NOW_NS)
    assert all(span.start_time_unix_nano < span.end_time_unix_nano for span in spans_of(pool[0].fill(NOW_NS)))


def test_a_session_that_is_given_is_that_of_every_span(pool: list[Body]) -> None:
    name = session_name(0xF000_0001)
    filled = spans_of(pool[0].fill(NOW_NS, name.encode()))
    assert {said(span)["traceloop.association.properties.session_id"] for span in filled} == {name}


def test_the_same_seed_makes_the_same_load() -> None:
    """Two runs must measure the same."""

    def texts() -> list[str]:
        return [said(span)["gen_ai.input.messages"] for span in spans_of(load(7, bodies=1, spans=4)[0].fill(NOW_NS))]

    assert texts() == texts()


def test_lean_spans_hold_no_texts_and_go_into_one_body_for_many_services() -> None:
    writer = Writer(2)
    apps = writer.apps(5, models_each=2, lean=True)
    body = writer.body([writer.call(app, within_s=60, failing=0) for app in apps for _ in range(3)])
    request = ExportTraceServiceRequest.FromString(body.fill(NOW_NS))
    assert len(request.resource_spans) == 5
    assert not any("messages" in key for span in spans_of(body.fill(NOW_NS)) for key in said(span))
    assert len(body.fill(NOW_NS)) / body.spans < 700
