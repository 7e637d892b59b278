"""How the channels are: which of them fail, since when, and what they said last."""

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from tocsin.model.alarm import Severity
from tocsin.store.control.codec import dump
from tocsin.store.control.outbox import DELIVERED, held
from tocsin.store.control.rows import BrokenChannel
from tocsin.store.control.tables import DELIVERIES, FACTS, OUTBOX
from tocsin.store.control.times import from_us, to_us

CHANNELS = "channels"
PULSE = "pulse_us"


def keep_names(connection: Connection, channels: Collection[str]) -> None:
    """Write down which channels there are: one that was taken out is not broken."""
    row = insert(FACTS).values(name=CHANNELS, value=dump(sorted(channels)))
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))


def broken(connection: Connection) -> list[BrokenChannel]:
    """Return the channels whose last try was no success, by name."""
    kept = connection.execute(select(FACTS.c.value).where(FACTS.c.name == CHANNELS)).scalar()
    if kept is None:
        names: list[str] = list(connection.execute(select(DELIVERIES.c.channel).distinct()).scalars())
    else:
        names = json.loads(kept)
    found = (_broken(connection, channel) for channel in sorted(names))
    return [one for one in found if one is not None]


def _broken(connection: Connection, channel: str) -> BrokenChannel | None:
    """Return how a channel fails; None when its last try was a success, and when there was none."""
    c = DELIVERIES.c
    taken = select(func.coalesce(func.max(c.id), 0)).where(c.channel == channel, c.outcome == DELIVERED)
    # Attempt 0 is a decision of ours, and no answer of the channel's.
    tries = connection.execute(
        select(func.count(), func.min(c.id), func.max(c.id)).where(
            c.channel == channel, c.attempt > 0, c.id > taken.scalar_subquery()
        )
    ).one()
    if not tries[0]:
        return None
    first = connection.execute(select(c.at_us).where(c.id == tries[1])).scalar_one()
    last = connection.execute(select(c.at_us, c.outcome, c.detail, c.notice_key).where(c.id == tries[2])).one()
    severity = connection.execute(
        select(OUTBOX.c.severity).where(OUTBOX.c.channel == channel, OUTBOX.c.notice_key == last[3])
    ).scalar()
    waiting = connection.execute(
        select(func.count()).where(OUTBOX.c.channel == channel, OUTBOX.c.done_us.is_(None))
    ).scalar_one()
    return BrokenChannel(
        channel, from_us(first), from_us(last[0]), tries[0], last[1], last[2], waiting, severity == Severity.PAGE
    )


def overdue_since(connection: Connection, at: datetime) -> datetime | None:
    """Return since when a notice may be tried that was not; None when there is none.

    Of a channel that fails each notice is put off at every try, and one that asked for a pause is left alone.
    """
    c = OUTBOX.c
    rows = connection.execute(
        select(c.channel, func.min(c.next_try_us))
        .where(c.done_us.is_(None), c.next_try_us <= to_us(at))
        .group_by(c.channel)
    ).all()
    due = [row[1] for row in rows if not held(connection, row[0], at)]
    return from_us(min(due)) if due else None


def note_pulse(connection: Connection, at: datetime) -> None:
    """Write down that this server was alive, which shows that it can write."""
    row = insert(FACTS).values(name=PULSE, value=str(to_us(at)))
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))


def delivery_counts(connection: Connection) -> dict[tuple[str, str], int]:
    """Count the tries on record, by channel and outcome; what was never sent is no try."""
    c = DELIVERIES.c
    rows = connection.execute(
        select(c.channel, c.outcome, func.count()).where(c.attempt > 0).group_by(c.channel, c.outcome)
    )
    return {(row[0], row[1]): row[2] for row in rows}
