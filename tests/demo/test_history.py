"""Two weeks of history: level, shape, and the same every time."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.demo.otlp import spans_of

from tocsin.demo import history
from tocsin.demo.cast import SERVICES
from tocsin.demo.rhythm import Rhythm
from tocsin.model.window import Window

AT = datetime(2026, 11, 25, 10, 7, 31, tzinfo=UTC)
HOUR = timedelta(hours=1)


def calls_in(window: Window, *, seed: int = 0, anchor: datetime = AT) -> list[tuple[str, str, Span]]:
    """Return (service, release, span) of each model call."""
    return [
        (found["service.name"], found["service.version"], span)
        for batch in history.batches(window, Rhythm(anchor), seed=seed)
        for resource, scope, span in spans_of(batch.body)
        if scope == history.CALL_SCOPE[0]
        for found in [{item.key: item.value.string_value for item in resource.attributes}]
    ]


def test_the_same_seed_and_window_give_the_same_bytes() -> None:
    window = Window(AT - 3 * HOUR, AT)
    first, second, other = (
        [batch.body for batch in history.batches(window, Rhythm(AT), seed=seed)] for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other


def test_the_last_hour_has_the_rate_of_the_live_app() -> None:
    """Else cost and calls would jump when the app starts, and an alarm would be right to say so."""
    calls = Counter(service for service, _, _ in calls_in(Window(AT - HOUR, AT)))
    for service in SERVICES.values():
        assert calls[service.name] == pytest.approx(service.calls_per_s_peak * 3600, rel=0.1)


def test_the_same_hour_a_week_ago_had_the_same_rate() -> None:
    week = timedelta(days=7)
    now, then = len(calls_in(Window(AT - HOUR, AT))), len(calls_in(Window(AT - week - HOUR, AT - week)))
    assert now == pytest.approx(then, rel=0.1)


def test_about_one_call_in_250_fails_on_an_ordinary_day() -> None:
    calls = calls_in(Window(AT - timedelta(days=1), AT))
    assert mean(span.status.code == 2 for _, _, span in calls) == pytest.approx(0.004, abs=0.002)


def test_the_past_incident_shows_and_is_far_from_this_hour() -> None:
    incident = history.past_incident(AT)
    calls = [call for call in calls_in(incident.window) if call[0] == incident.service]
    assert mean(span.status.code == 2 for _, _, span in calls) > 0.2
    hours = (AT - incident.window.until) / HOUR % 24
    assert 2 < hours < 22


def test_the_last_minutes_are_calm() -> None:
    """An ordinary failure there would be told as the start of the incident that follows."""
    calm = calls_in(Window(AT - history.CALM, AT + timedelta(minutes=3)), seed=9)
    assert len(calls_in(Window(AT - timedelta(minutes=1), AT))) > 5
    assert all(span.status.code != 2 for _, _, span in calm)


def test_releases_follow_each_other() -> None:
    seen: dict[str, list[str]] = {}
    for days_ago in (13, 7, 3, 1):
        until = AT - timedelta(days=days_ago)
        for service, release, _ in calls_in(Window(until - HOUR, until)):
            if release not in seen.setdefault(service, []):
                seen[service].append(release)
    assert seen == {"support-bot": ["2.2.4", "2.3.0", "2.3.1"], "doc-search": ["1.8.0", "1.9.0"]}


def test_a_request_touches_few_days() -> None:
    """The engine refuses an insert that touches more than a hundred partitions."""
    for batch in history.batches(Window(AT - timedelta(days=1), AT), Rhythm(AT)):
        ends = [span.end_time_unix_nano for _, _, span in spans_of(batch.body)]
        assert (max(ends) - min(ends)) / 1e9 < timedelta(days=1, minutes=5).total_seconds()
        assert batch.spans == len(ends)
        assert len(batch.body) < 4_000_000


def test_ids_are_never_used_twice() -> None:
    spans = [
        span
        for batch in history.batches(Window(AT - timedelta(days=1), AT), Rhythm(AT))
        for _, _, span in spans_of(batch.body)
    ]
    responses = [item.value.string_value for s in spans for item in s.attributes if item.key == "gen_ai.response.id"]
    assert len({span.span_id for span in spans}) == len(spans)
    assert len(set(responses)) == len(responses)


def test_spans_lie_inside_their_parents() -> None:
    for batch in history.batches(Window(AT - HOUR, AT), Rhythm(AT)):
        spans = {span.span_id: span for _, _, span in spans_of(batch.body)}
        for span in spans.values():
            assert span.start_time_unix_nano <= span.end_time_unix_nano
            if span.parent_span_id:
                parent = spans[span.parent_span_id]
                assert parent.start_time_unix_nano <= span.start_time_unix_nano
                assert span.end_time_unix_nano <= parent.end_time_unix_nano


@given(st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (given below)
def test_a_demonstration_always_runs_in_busy_hours(anchor: datetime) -> None:
    rhythm = Rhythm(anchor)
    assert all(rhythm.load(anchor + timedelta(minutes=m)) == 1 for m in range(-70, 71, 10))
    assert rhythm.load(anchor + timedelta(hours=12)) < 0.2
    assert sum(rhythm.load(anchor - timedelta(days=day)) < 0.5 for day in range(7)) == 2
