"""What a tick puts right before it judges, all of it on the record. Pure.

- Nobody judged for a long while: that is written down, and told.
- The clock was ahead and was set back: what was written in the future is taken up again now.
- A drill is over, whether it came to its end or its process did: what was judged of it is at rest.
- An alarm was taken out of the configuration: it stands nowhere any more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tocsin.alarms.incidents import incident_id
from tocsin.alarms.kind import Alarm
from tocsin.alarms.machine import Course
from tocsin.model.alarm import Group, Judgement, Phase, Severity, Transition, Verdict
from tocsin.model.drill import Drill, is_drill
from tocsin.model.incident import Incident, Member
from tocsin.model.whole import whole
from tocsin.model.window import Window

# The name under which the log and a message say that nobody judged.
NOT_JUDGED = "not_judged"

Instance = tuple[str, Group]


def unjudged(gap: Window) -> Judgement:
    """Say of a stretch that nobody judged it; a ticket, since it is over."""
    return Judgement(
        verdict=Verdict.NO_DATA,
        measure="",
        window=gap.length,
        note=f"nobody judged from {gap.since:%Y-%m-%d %H:%M} to {gap.until:%Y-%m-%d %H:%M} UTC",
        severity=Severity.TICKET,
    )


def gap_log(gap: Window, projects: Collection[str]) -> list[Transition]:
    """Write a gap down: for each project as if an alarm had fired from its start to its end."""
    said = unjudged(gap)
    return [
        moved
        for project in sorted(projects)
        for moved in (
            Transition(NOT_JUDGED, whole(project), Phase.QUIET, Phase.FIRING, gap.since, said, late=True),
            Transition(NOT_JUDGED, whole(project), Phase.FIRING, Phase.QUIET, gap.until, said, late=True),
        )
    ]


def gap_incident(gap: Window, project: str) -> Incident:
    """Return the incident that a gap was, over already."""
    return Incident(
        id=incident_id(Group(project, "", NOT_JUDGED), gap.since),
        group=whole(project),
        severity=Severity.TICKET,
        started=gap.since,
        opened=gap.since,
        closed=gap.until,
        headline=NOT_JUDGED,
        members=(Member(NOT_JUDGED, gap.since, gap.until, unjudged(gap)),),
    )


def taken_up(courses: Mapping[Instance, Course], at: datetime) -> list[Transition]:
    """Return a row for each instance whose last one lies after `at`: it stands where it stood, from now on."""
    said = Judgement(Verdict.NO_DATA, "", note="the clock was set back: taken up again")
    return [
        Transition(alarm, group, course.standing.phase, course.standing.phase, at, said)
        for (alarm, group), course in sorted(courses.items(), key=lambda item: item[0])
        if course.standing.since > at
    ]


def begun_by(incident: Incident, at: datetime) -> Incident:
    """Return an open incident as one that began at `at` at the latest; the same object where it did."""
    if incident.closed is not None or max(incident.started, incident.opened) <= at:
        return incident
    members = tuple(replace(member, fired=min(member.fired, at)) for member in incident.members)
    return replace(incident, started=min(incident.started, at), opened=min(incident.opened, at), members=members)


def retired(courses: Mapping[Instance, Course], alarms: Sequence[Alarm], at: datetime) -> list[Transition]:
    """Return the rows that bring to rest what no alarm of the configuration judges any more."""
    by_name = {alarm.name: alarm for alarm in alarms}
    said = Judgement(Verdict.NO_DATA, "", note="the alarm is not in the configuration any more")
    return [
        Transition(name, group, course.standing.phase, Phase.QUIET, at, said)
        for (name, group), course in sorted(courses.items(), key=lambda item: item[0])
        if course.standing.phase is not Phase.QUIET and not (name in by_name and by_name[name].covers(group))
    ]


def drills_over(courses: Mapping[Instance, Course], drilling: Drill | None, at: datetime) -> list[Transition]:
    """Return the rows that bring to rest what was judged of a drill that is over; its incident then ends as any."""
    said = Judgement(Verdict.OK, "", note="the drill is over")
    return [
        Transition(name, group, course.standing.phase, Phase.QUIET, at, said)
        for (name, group), course in sorted(courses.items(), key=lambda item: item[0])
        if is_drill(group) and course.standing.phase is not Phase.QUIET and not _under_way(group, drilling)
    ]


def unwatched(group: Group, drilling: Drill | None) -> bool:
    """Whether nothing of a group is judged: it is of a drill that is over."""
    return is_drill(group) and not _under_way(group, drilling)


def told_as(incident: Incident, drilling: Drill | None) -> Incident:
    """Return a drill's incident as that drill is to be told."""
    if drilling is None or incident.group != drilling.group:
        return incident
    return replace(incident, loud=drilling.loud, channels=drilling.channels)


def _under_way(group: Group, drilling: Drill | None) -> bool:
    return drilling is not None and group == drilling.group


def without(incident: Incident, gone: Collection[Instance], at: datetime) -> Incident:
    """Return an open incident without the alarms that are gone: closed when no other member fires."""
    if incident.closed is not None or not any(incident.instance(one) in gone for one in incident.members):
        return incident
    members = tuple(
        replace(one, cleared=at) if one.cleared is None and incident.instance(one) in gone else one
        for one in incident.members
    )
    if not all(one.cleared for one in members):
        return replace(incident, members=members)
    # Nobody knows that it is over, so nobody is told that.
    return replace(incident, members=members, closed=at, told=None)
