"""What Tocsin measures of itself, for its page and, as text, for Prometheus."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tocsin.model.alarm import Verdict
from tocsin.web.site import Site

COUNTER, GAUGE = "counter", "gauge"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sample:
    """One value; the unit stands in the name, and a counter counts since the start of the process."""

    name: str
    help: str
    kind: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def samples(site: Site, at: datetime) -> tuple[Sample, ...]:
    """Return everything that is measured, those of one name together."""
    return (*_ingest(site), *_watch(site, at), *_outbox(site, at), *_health(site))


def _ingest(site: Site) -> Iterator[Sample]:
    for name, (amount, unit, meaning) in site.itself.counts().items():
        plain = name if name.endswith(unit) or unit == "s" else f"{name}_{unit}"
        yield Sample(f"tocsin_ingest_{plain}_total", meaning, COUNTER, amount)
    lag = site.itself.settle_lag()
    yield Sample("tocsin_settle_lag_seconds", "age of the oldest stored data that is not counted yet", GAUGE, lag)


def _watch(site: Site, at: datetime) -> Iterator[Sample]:
    ticked = site.control.ticked
    if ticked is not None:
        age = (at - ticked).total_seconds()
        yield Sample("tocsin_tick_age_seconds", "time since alarms were judged last", GAUGE, age)
    judged = [one.judgement.verdict for one in site.control.last_judgements().values()]
    yield Sample("tocsin_alarm_instances", "alarm instances that were judged", GAUGE, len(judged))
    broken = sum(verdict is Verdict.FAILED for verdict in judged)
    yield Sample("tocsin_alarm_instances_broken", "those of them that could not judge", GAUGE, broken)


def _outbox(site: Site, at: datetime) -> Iterator[Sample]:
    waiting = site.control.waiting()
    for one in waiting:
        label = (("channel", one.channel),)
        yield Sample("tocsin_outbox_notices", "messages that a channel was not given yet", GAUGE, one.notices, label)
    for one in waiting:
        label = (("channel", one.channel),)
        age = (at - one.oldest).total_seconds()
        yield Sample("tocsin_outbox_oldest_seconds", "how long the oldest of them waits", GAUGE, age, label)
    for (channel, outcome), tries in sorted(site.control.delivery_counts().items()):
        label = (("channel", channel), ("outcome", outcome))
        yield Sample("tocsin_deliveries", "tries on record by how they ended", GAUGE, tries, label)


def _health(site: Site) -> Iterator[Sample]:
    failing = len(site.failing())
    yield Sample("tocsin_channels_failing", "channels that fail", GAUGE, failing)
    pulse = site.itself.pulse
    if pulse is not None:
        yield Sample("tocsin_ill", "reasons for which no heartbeat goes out", GAUGE, len(pulse.ill))
    drilled = site.control.last_drilled()
    if drilled is not None:
        missed = len(drilled.missed)
        yield Sample("tocsin_drill_missed", "stages that the last drill did not reach", GAUGE, missed)
        ended = drilled.ended.timestamp()
        yield Sample("tocsin_drill_ended_timestamp_seconds", "when the last drill ended", GAUGE, ended)


def exposition(found: tuple[Sample, ...]) -> str:
    """Write samples as Prometheus reads them."""
    lines: list[str] = []
    named = ""
    for one in found:
        if one.name != named:
            lines += [f"# HELP {one.name} {one.help}", f"# TYPE {one.name} {one.kind}"]
            named = one.name
        labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in one.labels)
        lines.append(f"{one.name}{{{labels}}} {one.value:.15g}" if labels else f"{one.name} {one.value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
