"""Incidents: which firing alarms belong together, and which messages are due.

Level-triggered: it looks at what fires now, not at what just changed, so a mute that ends or a tick that was lost can't
lose an incident. Pure.

- Alarms of one service that fire within 10 minutes join one incident; joining sends nothing, unless severity rises.
- The headline is the member nearest to the root: no data, errors, cost, latency.
- While errors fire, and while it looks back at them, a budget of errors opens nothing and holds nothing open.
- What Tocsin finds wrong with itself is an incident apart: joining one that is told already would say nothing.
- While errors fire, latency drift of the same group opens nothing: failed calls are fast or slow for other reasons.
- An incident ends when all its members are quiet. Within 30 minutes a member that fires again reopens it.
- Which of it is told, and when, `telling` says.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from tocsin.alarms import telling
from tocsin.alarms.kind import Cause
from tocsin.alarms.telling import Told
from tocsin.model.alarm import Group, Judgement, Severity, Verdict
from tocsin.model.drill import is_drill
from tocsin.model.hush import Hush
from tocsin.model.incident import Incident, Member

JOIN_WITHIN = timedelta(minutes=10)
REOPEN_WITHIN = timedelta(minutes=30)
# So long an incident that is over still matters: a budget of errors looks back at them for as long.
KNOWN_WITHIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Firing:
    """An alarm instance that is firing, or clearing and not yet believed.

    Instances about subjects of one service belong to that service's incident, each as a member of its own.
    """

    alarm: str
    group: Group
    # When it came to where it stands.
    since: datetime
    # Of this tick; a breach, or anything else while it is being held.
    judgement: Judgement
    # Healthy now, and not yet believed: it stays in its incident, but opens none.
    clearing: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the others of its service."""
        return self.alarm, self.group.subject


def _worse(known: Judgement, said: Judgement) -> Judgement:
    """Return the judgement to remember: the worst breach, since the end of a trouble says little about it."""
    if said.verdict is not Verdict.BREACH:
        return known
    return known if known.value is not None and said.value is not None and known.value > said.value else said


@dataclass(frozen=True, slots=True)
class Followed:
    """The incidents after a tick that are new or differ from before, and the messages that are due."""

    changed: tuple[Incident, ...]
    due: tuple[Told, ...]


def follow(
    firing: Collection[Firing],
    incidents: Sequence[Incident],
    causes: Mapping[str, Cause],
    at: datetime,
    hushes: Sequence[Hush] = (),
) -> Followed:
    """Bring incidents up to date with what fires.

    `incidents` are the open ones and those closed within REOPEN_WITHIN. `causes` is the cause of each alarm, by name.
    `hushes` are in force at `at`: they hold messages back, and change nothing else.
    """
    by_group: dict[Group, list[Firing]] = {}
    for one in firing:
        by_group.setdefault(one.group.unnamed, []).append(one)
    of_group: dict[Group, list[Incident]] = {}
    for incident in incidents:
        of_group.setdefault(incident.group, []).append(incident)
    changed: list[Incident] = []
    due: list[Told] = []
    for group in sorted(set(by_group) | set(of_group)):
        mine = _Group(group, tuple(by_group.get(group, ())), causes, at)
        for was, now in mine.follow(of_group.get(group, [])):
            news = telling.due(now, hushes, at)
            if news.told is not None:
                due.append(news.told)
                changed.append(replace(news.incident, notices=now.notices + 1))
            elif news.incident != was:
                changed.append(news.incident)
    return Followed(tuple(changed), tuple(due))


# Causes that say nothing about whether calls were as usual: budgets look back for hours, scores are no calls, and no
# call is worse for a channel that fails.
_BESIDE_CALLS = frozenset({Cause.ERROR_BUDGET, Cause.QUALITY, Cause.PIPELINE})
# Its incidents stand apart from all others of the project.
_APART = frozenset({Cause.PIPELINE})
# Fixed limits on these are guesses: what breaks one while nothing is known may be what the service is like.
_GUESSED = frozenset({Cause.COST, Cause.LATENCY})


def unusual(incident: Incident, causes: Mapping[str, Cause]) -> bool:
    """Say whether the time of an incident is no part of what is usual.

    One that only fixed limits on money or time told of is: else a service that costs more than the limit from its first
    day on could never be learned, and its alarm never end.
    """
    return any(
        causes.get(one.alarm) not in _BESIDE_CALLS
        and not (one.judgement.learning and causes.get(one.alarm) in _GUESSED)
        for one in incident.members
    )


def incident_id(group: Group, opened: datetime, apart: str = "") -> str:
    """Return the id of an incident: the same for the same group and moment, so that a tick done twice opens one.

    `apart` names the alarm of one that stands apart, since another may be opened for the group at the same moment.
    """
    names = "\0".join([group.project, group.environment, group.service, *([apart] if apart else [])])
    return f"{opened:%Y%m%d-%H%M%S}-{sha256(names.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class _Group:
    """What fires in one group at one tick."""

    group: Group
    firing: tuple[Firing, ...]
    causes: Mapping[str, Cause]
    at: datetime

    def follow(self, incidents: Sequence[Incident]) -> list[tuple[Incident | None, Incident]]:
        """Return pairs of an incident before (None: new) and after."""
        now = [self._update(incident) if incident.closed is None else incident for incident in incidents]
        before: list[Incident | None] = list(incidents)
        for one in sorted(self.firing, key=lambda f: (self._cause(f.alarm), f.key)):
            if one.clearing or any(_fires_in(one.key, incident) for incident in now) or self._muted(one, now):
                continue
            place = self._place(one, now)
            if place is None:
                now.append(self._opened(one))
                before.append(None)
            else:
                now[place] = self._with(one, now[place])
        return [(was, self._settled(is_now)) for was, is_now in zip(before, now, strict=True)]

    def _update(self, incident: Incident) -> Incident:
        """Take over what each member says now, and note who is quiet again."""
        said = {one.key: one for one in self.firing}
        members = tuple(self._member(member, said.get(_key(member))) for member in incident.members)
        return replace(incident, members=members)

    def _member(self, member: Member, one: Firing | None) -> Member:
        if one is None:
            return member if member.cleared else replace(member, cleared=self.at)
        return replace(member, cleared=None, judgement=_worse(member.judgement, one.judgement))

    def _muted(self, one: Firing, incidents: Sequence[Incident]) -> bool:
        cause = self._cause(one.alarm)
        if cause not in {Cause.LATENCY, Cause.ERROR_BUDGET}:
            return False
        # The hours that a budget looks at hold an outage that is over: what was told of it just now is not told again.
        just_over = cause is Cause.ERROR_BUDGET
        return any(
            self._cause(member.alarm) is Cause.ERRORS and (just_over or member.cleared is None)
            for incident in incidents
            if incident.closed is None or (just_over and self._looks_back_at(one, incident.closed))
            for member in incident.members
        )

    def _looks_back_at(self, one: Firing, closed: datetime) -> bool:
        """Say whether a budget tells of errors that are over: it fires since then, or they were over just now."""
        return self.at - closed <= (KNOWN_WITHIN if one.since <= closed else REOPEN_WITHIN)

    def _place(self, one: Firing, incidents: Sequence[Incident]) -> int | None:
        """Return which incident the alarm belongs to: one to join, or one to reopen; None when it opens its own."""
        for place, incident in enumerate(incidents):
            if incident.closed is None and self.at - incident.opened <= JOIN_WITHIN and self._belong(one, incident):
                return place
        for place, incident in enumerate(incidents):
            known = any(_key(member) == one.key for member in incident.members)
            if incident.closed is not None and self.at - incident.closed <= REOPEN_WITHIN and known:
                return place
        return None

    def _belong(self, one: Firing, incident: Incident) -> bool:
        """Say whether an alarm may join an incident: what stands apart joins only its like."""
        apart = self._stands_apart(one.alarm)
        return all(self._stands_apart(member.alarm) is apart for member in incident.members)

    def _stands_apart(self, alarm: str) -> bool:
        return self._cause(alarm) in _APART

    def _opened(self, one: Firing) -> Incident:
        apart = one.alarm if self._stands_apart(one.alarm) else ""
        return Incident(
            id=incident_id(self.group, self.at, apart),
            group=self.group,
            severity=one.judgement.severity,
            started=one.since,
            opened=self.at,
            closed=None,
            headline=one.alarm,
            members=(_member(one),),
            headline_subject=one.group.subject,
            drill=is_drill(self.group),
        )

    def _with(self, one: Firing, incident: Incident) -> Incident:
        others = tuple(member for member in incident.members if _key(member) != one.key)
        return replace(incident, closed=None, members=(*others, _member(one)))

    def _settled(self, incident: Incident) -> Incident:
        """Choose the headline, raise the severity, and close what is over."""
        if incident.closed is not None:
            return incident
        live = [member for member in incident.members if member.cleared is None]
        severity = incident.severity
        if any(member.judgement.severity is Severity.PAGE for member in live):
            severity = Severity.PAGE
        # A budget that errors joined looks back at them for hours: they end the incident, not it.
        errors = any(self._cause(member.alarm) is Cause.ERRORS for member in incident.members)
        if not any(not errors or self._cause(member.alarm) is not Cause.ERROR_BUDGET for member in live):
            members = tuple(replace(one, cleared=one.cleared or self.at) for one in incident.members)
            return replace(incident, members=members, closed=self.at)
        lead = min(live, key=lambda member: (self._cause(member.alarm), _key(member)))
        return replace(incident, severity=severity, headline=lead.alarm, headline_subject=lead.subject)

    def _cause(self, alarm: str) -> Cause:
        # An alarm that was taken out of the config may still be a member.
        return self.causes.get(alarm, Cause.LATENCY)


def _key(member: Member) -> tuple[str, str]:
    return member.alarm, member.subject


def _member(one: Firing) -> Member:
    return Member(one.alarm, one.since, None, one.judgement, one.group.subject)


def _fires_in(key: tuple[str, str], incident: Incident) -> bool:
    return incident.closed is None and any(_key(m) == key and m.cleared is None for m in incident.members)
