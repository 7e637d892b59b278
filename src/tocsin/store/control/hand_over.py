"""Who is told instead, and who is told later: pages that a channel does not take, and incidents outside its hours."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from tocsin.model.alarm import Severity
from tocsin.model.notice import Notice, NoticeState
from tocsin.store.control.codec import notice_from
from tocsin.store.control.outbox import DELIVERED, Routed, held, told_that_it_goes_on
from tocsin.store.control.rows import Due
from tocsin.store.control.tables import INCIDENTS, OUTBOX
from tocsin.store.control.times import to_us

# A page that a channel has not taken for this long goes to its backup too.
BACKUP_AFTER = timedelta(minutes=2)


def late(connection: Connection, channel: str, backup: str, at: datetime) -> list[Notice]:
    """Return what a channel was due two minutes ago, was tried with, and has not taken, as its backup is to be told it.

    All that was not delivered of such an incident is in it, also its end: the outbox then tells the backup the newest
    of it. Nothing older than what the backup has is in it.
    """
    c = OUTBOX.c
    waiting = connection.execute(
        select(c.incident)
        .where(c.done_us.is_(None), c.channel == channel, c.severity == Severity.PAGE.value)
        .distinct()
        .order_by(c.incident)
    ).scalars()
    incidents = waiting.all()
    resting = bool(incidents) and held(connection, channel, at)
    found: list[Notice] = []
    for incident in incidents:
        since, tries = _undelivered(connection, channel, incident)
        if since is not None and since <= to_us(at - BACKUP_AFTER) and (tries or resting):
            found += _retold(connection, channel, incident, backup)
    return found


def given_up(connection: Connection, due: Due, backup: str) -> list[Notice]:
    """Return a page that a channel will never take, as its backup is to be told it."""
    if due.notice.severity is not Severity.PAGE:
        return []
    return _retold(connection, due.channel, due.notice.incident, backup)


def missed(connection: Connection, channel: str, at: datetime, routed: Routed) -> list[Notice]:
    """Return the newest notice of each open incident that a channel does not know of, and would be told of at `at`."""
    c = OUTBOX.c
    open_ones = select(INCIDENTS.c.id).where(INCIDENTS.c.closed_us.is_(None))
    newest = select(func.max(c.id)).where(c.incident.in_(open_ones)).group_by(c.incident)
    rows = connection.execute(select(c.notice).where(c.id.in_(newest)).order_by(c.id)).scalars()
    going_on = [n for n in map(notice_from, rows.all()) if n.state is NoticeState.FIRING and routed(channel, n, at)]
    return [n for n in going_on if not told_that_it_goes_on(connection, n.incident, [channel], before=n.sequence + 1)]


def _undelivered(connection: Connection, channel: str, incident: str) -> tuple[int | None, int]:
    """Return since when a channel has taken nothing of an incident, and how often that was tried.

    None: it took the newest it was due, and only what is older still waits.
    """
    since, tries = connection.execute(
        select(func.min(OUTBOX.c.queued_us), func.sum(OUTBOX.c.attempts)).where(_after_the_last(channel, incident))
    ).one()
    return since, tries or 0


def _retold(connection: Connection, channel: str, incident: str, backup: str) -> list[Notice]:
    c = OUTBOX.c
    has = select(func.coalesce(func.max(c.sequence), -1)).where(c.channel == backup, c.incident == incident)
    newer = c.sequence > has.scalar_subquery()
    rows = connection.execute(
        select(c.notice).where(_after_the_last(channel, incident), newer).order_by(c.sequence)
    ).scalars()
    said = f"Told here because {channel} did not take it."
    notices = [notice_from(row) for row in rows]
    if all(notice.quiet for notice in notices):
        # It took the page; that it could not put better words to it wakes nobody.
        return []
    return [replace(notice, changed=f"{notice.changed} {said}".strip()) for notice in notices]


def _after_the_last(channel: str, incident: str):  # noqa: ANN202 - SQLAlchemy's expressions are untyped here
    """Return the condition for what a channel was due of an incident since it last took something, if only in part."""
    c = OUTBOX.c
    told = select(func.coalesce(func.max(c.sequence), -1)).where(
        c.channel == channel, c.incident == incident, (c.outcome == DELIVERED) | (c.reference != "")
    )
    return (c.channel == channel) & (c.incident == incident) & (c.sequence > told.scalar_subquery())
