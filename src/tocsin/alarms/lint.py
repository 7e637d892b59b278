"""What is wrong with alarms that are set up: limits that nothing can pass, windows too short, data that never came.

Two looks: at the settings alone, which costs nothing, and at what is known of the data, by judging every alarm once.
Pure; each finding says where, what, and what to do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.alarms.evidence import EvidenceSource
from tocsin.alarms.gather import Gatherer
from tocsin.alarms.judge import judge
from tocsin.alarms.kind import Alarm, Scope
from tocsin.alarms.kinds import cost_run_rate, latency_drift, no_data, no_data_global
from tocsin.alarms.machine import NOTHING, at_rest
from tocsin.model.alarm import Group, Judgement, Verdict
from tocsin.model.measure import Measure, Unit
from tocsin.model.parts import Parts
from tocsin.model.pattern import fits
from tocsin.model.rhythm import Rhythm
from tocsin.model.sketch import CAP_MS
from tocsin.model.whole import is_whole
from tocsin.settings import duration_text, nearest, toml_key

DAY = timedelta(days=1)
# What is asked about data is asked about so long.
KNOWN = timedelta(days=28)
# When anything was last seen is known so far back.
SEEN_WITHIN = timedelta(days=7)
# A window shorter than so many gaps between calls is often empty.
GAPS_MIN = 3
# So many names that differ in a number only are one thing's instances.
ALIKE_MIN = 5
# Findings that say the same of many services are told of so many, and the rest is counted.
TOLD_MAX = 20

_SILENCE = (no_data.KIND, no_data_global.KIND)
# A number, a hash or an id inside a name.
_VALUE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?=[a-z]*\d)[0-9a-z]{5,}\b|\d+")


class Level(StrEnum):
    """How bad: an error is an alarm that can't do what it is there for."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where in the configuration, what, and what to do."""

    level: Level
    where: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.level}: {self.where}: {self.what}; {self.do}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a project's data. Groups are its services; without calls they are missing."""

    # By alarm's name and group: what was said last, or would be said now.
    judgements: Mapping[tuple[str, Group], Judgement]
    # All calls of the last 28 days.
    parts: Mapping[Group, Parts]
    # Empty where nobody asked for them.
    rhythms: Mapping[Group, Rhythm]


def judged_once(
    alarms: Sequence[Alarm], source: EvidenceSource, measures: Mapping[str, Measure], project: str, at: datetime
) -> tuple[Mapping[tuple[str, Group], Judgement], Mapping[Group, Rhythm]]:
    """Judge every alarm of a project as of `at`, each at rest, and return that and the rhythms; nothing is kept."""
    needs = [alarm.needs for alarm in alarms]
    gathered = Gatherer(source, measures, needs, up_since=at - DAY).gather(at)
    said: dict[tuple[str, Group], Judgement] = {}
    for group in sorted(gathered.groups):
        if group.project == project:
            evidence = gathered.of(group)
            for alarm in alarms:
                if alarm.covers(group):
                    judged = judge(alarm, evidence[alarm.end], at_rest(at), elapsed=NOTHING)
                    said[alarm.name, group] = judged.judgement
    return said, {group: rhythm for group, rhythm in gathered.rhythms.items() if group.project == project}


def of_settings(alarms: Sequence[Alarm]) -> list[Finding]:
    """Return what is wrong whatever the data are."""
    found = [finding for alarm in alarms for look in (_holds, _latency, _cost) for finding in look(alarm)]
    for kind, name, who in ((no_data.KIND, "no_data", "a service"), (no_data_global.KIND, "no_data_global", "all")):
        if alarms and not any(alarm.kind is kind for alarm in alarms):
            what = f"is off, so nobody is told when {who} goes silent: without calls the other alarms hold still"
            found.append(Finding(Level.WARNING, f"[alarms.{name}]", what, "remove enabled = false"))
    return found


def _where(alarm: Alarm, key: str = "") -> str:
    return f"[alarms.{toml_key(alarm.name)}]" + (f" {key}" if key else "")


def _holds(alarm: Alarm) -> Iterator[Finding]:
    hold = alarm.patience.hold
    if alarm.kind in _SILENCE:
        limits = alarm.settings
        last = min(limits.retired_after, SEEN_WITHIN)
        if hold >= last - limits.silence_min:
            what = (
                f"can never fire: after {duration_text(last)} of silence a service counts as retired, and "
                f"silence_min and hold together are {duration_text(limits.silence_min + hold)}"
            )
            yield Finding(Level.ERROR, _where(alarm, "hold"), what, "lower hold or silence_min")
        return
    longest = max((*alarm.needs.windows, *alarm.needs.wider), default=None)
    if longest is not None and hold > longest:
        what = f"is {duration_text(hold)}, longer than the longest window, {duration_text(longest)}"
        do = "lower hold: trouble that is over before that is never told"
        yield Finding(Level.WARNING, _where(alarm, "hold"), what, do)


def _latency(alarm: Alarm) -> Iterator[Finding]:
    if alarm.kind is latency_drift.KIND:
        cap = timedelta(milliseconds=CAP_MS)
        for key in ("learning_p95_max", "extra_min"):
            value: timedelta = getattr(alarm.settings, key)
            if value >= cap:
                what = f"is {duration_text(value)}, and no call counts as longer than {duration_text(cap)}"
                yield Finding(Level.ERROR, _where(alarm, key), what, "lower it, or the alarm can never fire")


def _cost(alarm: Alarm) -> Iterator[Finding]:
    if alarm.kind is cost_run_rate.KIND and alarm.settings.monthly_budget is not None:
        budget, floor = float(alarm.settings.monthly_budget), alarm.settings.floor
        if floor * 24 > budget:
            what = f"is {floor:g} USD an hour; a month's budget of {budget:g} USD is gone before a day of that is over"
            yield Finding(Level.WARNING, _where(alarm, "floor_hourly"), what, "lower it")


def of_data(alarms: Sequence[Alarm], known: Known, measures: Mapping[str, Measure]) -> list[Finding]:
    """Return what is wrong with these data. Nothing is said of data without a call."""
    if not known.parts:
        return []
    found = list(_identities(known))
    for alarm in alarms:
        why = inert(alarm, known, measures)
        if why:
            do = "send what it needs, or turn it off with enabled = false"
            found.append(Finding(Level.WARNING, _where(alarm), f"is inert: {why}", do))
            continue
        of_alarm = [
            finding
            for (name, group), said in sorted(known.judgements.items(), key=lambda item: item[0])
            if name == alarm.name
            for finding in (*_said(alarm, group, said, measures), *_paced(alarm, group, known.rhythms.get(group)))
        ]
        found += of_alarm[:TOLD_MAX]
        if len(of_alarm) > TOLD_MAX:
            what = f"{len(of_alarm) - TOLD_MAX} services more have what stands above"
            levels = {one.level for one in of_alarm[TOLD_MAX:]}
            worst = Level.ERROR if Level.ERROR in levels else Level.WARNING
            found.append(Finding(worst, _where(alarm), what, "do the same for them"))
    return found


def inert(alarm: Alarm, known: Known, measures: Mapping[str, Measure]) -> str:
    """Say why an alarm can't fire for want of data that never came in the last 28 days; empty where they did."""
    mine = {group: said for (name, group), said in known.judgements.items() if name == alarm.name}
    if not mine:
        # Whoever has calls is judged; what is not judged yet can't be told from what never will be, but for subjects.
        return f"no {alarm.kind.subject or 'subject'} came" if alarm.kind.scope is Scope.SUBJECT else ""
    watched = {said.measure for said in mine.values()}
    if not watched <= measures.keys():
        return ""
    titles = " or ".join(sorted(measures[name].title.lower() for name in watched))
    parts = known.parts.values()
    has_any = any(measures[name].samples(one) for name in watched for one in parts)
    return "" if has_any else f"no call of the last {KNOWN // DAY} days tells anything about {titles}"


def _about(group: Group) -> str:
    if is_whole(group):
        return f"project {group.project}"
    name = f"{group.service} ({group.environment})" if group.environment else group.service
    return f"{name}, {group.subject}" if group.subject else name


def _said(alarm: Alarm, group: Group, said: Judgement, measures: Mapping[str, Measure]) -> Iterator[Finding]:
    if said.verdict is Verdict.FAILED:
        yield Finding(Level.ERROR, _where(alarm), f"can't judge {_about(group)}: {said.note}", "mend that")
        return
    measure, limit = measures.get(said.measure), said.threshold
    if measure is None or limit is None:
        return
    if measure.unit is Unit.SHARE and limit >= 1:
        usual = "" if said.usual is None else f", since {said.usual:.0%} is usual there"
        what = f"can never fire for {_about(group)}: its limit is {limit:.0%} of all calls{usual}"
        yield Finding(Level.ERROR, _where(alarm), what, "lower its factor, or mend what usually fails")
    elif measure.unit is Unit.SECONDS and limit * 1000 >= CAP_MS:
        what = f"can never fire for {_about(group)}: its limit is {limit:g} s, and no call counts as that long"
        yield Finding(Level.ERROR, _where(alarm), what, "lower its limits")


def _paced(alarm: Alarm, group: Group, rhythm: Rhythm | None) -> Iterator[Finding]:
    if rhythm is None or not rhythm.calls_week:
        return
    if alarm.kind in _SILENCE:
        usual = max(alarm.settings.silence_min, alarm.settings.gap_factor * rhythm.gap_p99)
        if usual >= min(alarm.settings.retired_after, SEEN_WITHIN):
            what = (
                f"can never fire for {_about(group)}: a silence of {duration_text(usual)} is usual there, and after "
                f"{duration_text(alarm.settings.retired_after)} it counts as retired"
            )
            yield Finding(Level.ERROR, _where(alarm), what, "lower gap_factor")
        return
    longest = max((*alarm.needs.windows, *alarm.needs.wider), default=None)
    if longest is not None and longest < GAPS_MIN * rhythm.gap_p99:
        what = (
            f"looks at {duration_text(longest)} at most, and {_about(group)} has gaps of "
            f"{duration_text(rhythm.gap_p99)} between its calls"
        )
        do = f"widen its window to {duration_text(GAPS_MIN * rhythm.gap_p99)}, or let the sender export more often"
        yield Finding(Level.WARNING, _where(alarm), what, do)


def _identities(known: Known) -> Iterator[Finding]:
    """Find services that are one service under many names, each with a value in it."""
    alike: dict[tuple[str, str], list[str]] = {}
    for group in known.parts:
        shape = _VALUE.sub("*", group.service.lower())
        if shape != group.service.lower():
            alike.setdefault((group.environment, shape), []).append(group.service)
    for names in alike.values():
        if len(names) >= ALIKE_MIN:
            shown = ", ".join(sorted(names)[:2])
            what = f"{len(names)} services differ in a number or an id only ({shown}, …); each is judged for itself"
            yield Finding(Level.WARNING, "service.name", what, "send that part as service.instance.id")


def unmatched(where: str, patterns: Iterable[str], names: Sequence[str]) -> Iterator[Finding]:
    """Find patterns of services or environments that fit nothing of what is stored; `names` must not be empty."""
    for pattern in patterns:
        if not any(fits(name, pattern) for name in names):
            what = f'"{pattern}" fits nothing in the calls of the last {KNOWN // DAY} days'
            yield Finding(Level.WARNING, where, what, nearest(pattern, names))
