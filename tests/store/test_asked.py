"""What alarms of one's own ask of the store: OTLP metrics as the SDK sends them, and calls of some sort only."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from tests.store.opened import START, Opened
from tests.store.told import Told, body_of

import tocsin.measures
from tocsin import registry
from tocsin.alarms.gather import Gatherer
from tocsin.alarms.judge import judge
from tocsin.alarms.kind import Alarm
from tocsin.alarms.machine import at_rest
from tocsin.alarms.pack import pack
from tocsin.ingest.envelope import envelope
from tocsin.model.added import AddedAsk, History, HistoryAsk, Period
from tocsin.model.alarm import Group, Judgement, Verdict
from tocsin.model.dimension import Dimension
from tocsin.model.measure import Measure
from tocsin.model.metric import Aggregate, MetricAsk, MetricFact
from tocsin.model.parts import Parts
from tocsin.model.received import Signal
from tocsin.model.usage import Usage

MEASURES = registry.load(tocsin.measures, "MEASURE", Measure)
MINUTE = timedelta(minutes=1)
MODELS = ("gpt-4o", "gpt-4o-mini")


@pytest.fixture(scope="module")
def sent(store: Opened) -> tuple[Opened, Group, datetime]:
    """Return the store with what a real SDK said twice of a queue, its jobs and how long they took."""
    project = store.project()
    reader = InMemoryMetricReader()
    resource = Resource({"service.name": "worker", "deployment.environment.name": "production"})
    meter = MeterProvider([reader], resource=resource).get_meter("jobs")
    depth = {"mail": 120, "images": 7}

    def observed(_: CallbackOptions) -> list[Observation]:
        return [Observation(n, {"queue": name}) for name, n in depth.items()]

    meter.create_observable_gauge("queue.depth", [observed], unit="{job}")
    jobs, took = meter.create_counter("jobs.failed"), meter.create_histogram("job.time", unit="s")
    for rise in (3, 4):
        jobs.add(rise, {"queue": "mail"})
        for seconds in (0.5, 0.5, 0.5, 30.0):
            took.record(seconds)
        data = reader.get_metrics_data()
        assert data is not None
        # The SDK stamps its points by the real clock, which is none of the other tests'.
        at_ns = time.time_ns()
        store.writer.insert(Signal.METRICS, [envelope(encode_metrics(data).SerializeToString(), project, at_ns)])
    at = datetime.fromtimestamp(at_ns // 10**9, UTC).replace(second=0) + MINUTE
    return store, Group(project, "production", "worker"), at


def asked(
    sent: tuple[Opened, Group, datetime], metric: str, aggregate: Aggregate, **attributes: tuple[str, ...]
) -> MetricFact | None:
    store, group, at = sent
    ask = MetricAsk(metric=metric, aggregate=aggregate, attributes=tuple(attributes.items()))
    found = store.evidence.facts(ask, at).get(group)
    assert found is None or isinstance(found, MetricFact)
    return found


def test_a_gauge_is_told_over_all_its_series_with_its_unit(sent: tuple[Opened, Group, datetime]) -> None:
    found = asked(sent, "queue.depth", Aggregate.LAST)
    assert found is not None
    assert (found.value, found.unit, found.samples) == (127, "{job}", 4)
    only = asked(sent, "queue.depth", Aggregate.LAST, queue=("images",))
    assert only is not None
    assert only.value == 7


def test_a_counter_of_the_sdk_that_was_born_in_the_window_counts_whole(sent: tuple[Opened, Group, datetime]) -> None:
    found = asked(sent, "jobs.failed", Aggregate.SUM)
    assert found is not None
    assert found.value == 7


def test_a_histogram_has_quantiles_and_a_mean(sent: tuple[Opened, Group, datetime]) -> None:
    slow, mean = asked(sent, "job.time", Aggregate.P95), asked(sent, "job.time", Aggregate.AVG)
    assert slow is not None
    assert mean is not None
    assert (slow.value, slow.samples) == (50.0, 8), "the bound of the bucket that 30 s lie in"
    assert mean.value == pytest.approx(63 / 8)


def test_a_metric_nobody_sent_is_no_fault(sent: tuple[Opened, Group, datetime]) -> None:
    assert asked(sent, "queue.dept", Aggregate.LAST) is None


def judged(alarm: Alarm, sent: tuple[Opened, Group, datetime]) -> Judgement | None:
    """Judge as a tick does; None where the alarm has no instance."""
    store, group, at = sent
    gathered = Gatherer(store.evidence, MEASURES, [alarm.needs], up_since=START).gather(at)
    if group not in gathered.groups or not alarm.covers(group):
        return None
    return judge(alarm, gathered.of(group)[alarm.end], at_rest(at), elapsed=MINUTE).judgement


def test_an_alarm_on_a_metric_is_judged_and_says_it_with_its_unit(sent: tuple[Opened, Group, datetime]) -> None:
    table = {"kind": "threshold", "metric": "queue.depth", "above": 100, "attributes": {"queue": ["mail"]}}
    alarms = {one.name: one for one in pack({"deep": table})}
    found = judged(alarms["deep"], sent)
    assert found is not None
    assert (found.verdict, found.value, found.threshold) == (Verdict.BREACH, 120, 100)
    assert (found.finding, found.note) == ("queue.depth 120 {job}, limit 100 {job}", "only queue mail")


def test_an_alarm_on_a_metric_nobody_sends_waits(sent: tuple[Opened, Group, datetime]) -> None:
    alarms = {one.name: one for one in pack({"deep": {"kind": "threshold", "metric": "queue.dept", "above": 100}})}
    assert judged(alarms["deep"], sent) is None


def test_an_alarm_watches_only_the_services_it_names(sent: tuple[Opened, Group, datetime]) -> None:
    for pattern, watched in (("work*", True), ("worker", True), ("checkout-*", False)):
        table = {"kind": "threshold", "metric": "queue.depth", "above": 100, "service": pattern}
        alarms = {one.name: one for one in pack({"deep": table})}
        assert (judged(alarms["deep"], sent) is not None) is watched


@pytest.fixture(scope="module")
def called(store: Opened) -> tuple[Opened, Group]:
    """Return the store with three hours of calls of two models and two tenants, ten an hour of each."""
    project = store.project()
    calls = [
        Told(
            trace=n + 1,
            at=n * timedelta(minutes=1.5) + timedelta(seconds=1),
            model=MODELS[n % 2],
            tenant="acme" if n % 4 < 2 else "umbrella",
            service="app",
            environment="production",
            error="RateLimitError" if n % 8 == 0 else "",
            usage=Usage(100, output_tokens=10),
        )
        for n in range(120)
    ]
    store.insert(project, [body_of(calls)])
    store.settle()
    return store, Group(project, "production", "app")


def added(called: tuple[Opened, Group], ask: AddedAsk) -> Parts:
    store, group = called
    found = store.evidence.facts(ask, START + 181 * MINUTE)[group]
    assert isinstance(found, Parts)
    return found


def test_calls_of_one_model_are_added_up_from_the_rollups(called: tuple[Opened, Group]) -> None:
    found = added(called, AddedAsk(length=180 * MINUTE, where=((Dimension.MODEL, ("gpt-4o",)),)))
    assert (found.calls, found.failed) == (60, 15)


def test_calls_of_one_tenant_are_added_up_call_by_call(called: tuple[Opened, Group]) -> None:
    both = ((Dimension.MODEL, ("gpt-4o",)), (Dimension.TENANT, ("acme",)))
    assert added(called, AddedAsk(length=60 * MINUTE, where=both)).calls == 10


def test_a_day_is_added_up_from_midnight(called: tuple[Opened, Group]) -> None:
    assert added(called, AddedAsk(since=Period.DAY)).calls == 120


def test_history_is_told_step_by_step(called: tuple[Opened, Group]) -> None:
    store, group = called
    found = store.evidence.facts(HistoryAsk(), START + 181 * MINUTE)[group]
    assert isinstance(found, History)
    assert [parts.calls for _, parts in found.steps] == [10] * 12
    assert found.steps[0][0] == START
