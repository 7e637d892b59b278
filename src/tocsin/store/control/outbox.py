"""The outbox: which notice a channel is given next, and what became of it.

One row per notice and channel. For each incident a channel is told only the newest state: older notices that still
wait are superseded by it, so a fire that could not be delivered goes out merged with its end. A resolve goes only to a
channel for which a fire was due and that was not told of the end already.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, Outcome, Told, TryAgain
from tocsin.store.control.codec import notice_from, notice_text
from tocsin.store.control.rows import Delivery, Due, Waiting, backoff
from tocsin.store.control.tables import DELIVERIES, FACTS, HOLDS, OUTBOX
from tocsin.store.control.times import from_us, to_us

# After this long a notice that keeps failing is given up; it is older than any use.
GIVE_UP_AFTER = timedelta(hours=24)
# An answer that asks for a longer pause than this is not obeyed beyond it: a wrong header must not mute a channel.
HOLD_MAX = timedelta(hours=1)
# Characters of a delivery's detail that are kept.
DETAIL_MAX = 300

# The name of the installation's own name among the facts.
INSTALL_ID = "install_id"

# Whether a channel is told of a notice that is due at a moment; asked only where its incident is news to the channel.
Routed = Callable[[str, Notice, datetime], bool]

DELIVERED = "delivered"
TRY_AGAIN = "try again"
SUPERSEDED = f"gave up: {GaveUpReason.SUPERSEDED}"
GONE = f"gave up: {GaveUpReason.UNKNOWN_TARGET}"


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    channel: str
    key: str
    incident: str
    sequence: int
    state: NoticeState
    done: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class Routing:
    """Who is told. `asides` are the channels that can add to a message, by name."""

    routed: Routed
    asides: Collection[str] = ()


def put(connection: Connection, notices: Sequence[Notice], channels: Sequence[str], routing: Routing) -> None:
    """Queue each notice for each channel it is routed to, and for those that its incident is still going on for.

    One that only adds to the story goes to those that can add to what they were told; a quiet one is no news, and goes
    to nobody it is only routed to. One that was queued before is left as it is.
    """
    for notice in notices:
        if notice.aside:
            known = _given(connection, notice.incident)
            chosen = [c for c in channels if c in routing.asides and c in known]
        else:
            following = told_that_it_goes_on(connection, notice.incident, channels, before=notice.sequence)
            news = not notice.quiet
            chosen = [c for c in channels if c in following or (news and routing.routed(c, notice, notice.at))]
        queue(connection, notice, chosen, notice.at)


def _given(connection: Connection, incident: str) -> set[str]:
    """Return the channels for which anything of an incident was ever due."""
    return set(connection.execute(select(OUTBOX.c.channel).where(OUTBOX.c.incident == incident)).scalars())


def queue(connection: Connection, notice: Notice, channels: Sequence[str], at: datetime) -> None:
    """Queue one notice for these channels, to be tried from `at` on."""
    rows = [
        {
            "notice_key": notice.key,
            "channel": channel,
            "incident": notice.incident,
            "sequence": notice.sequence,
            "state": notice.state.value,
            "severity": notice.severity.value,
            "queued_us": to_us(at),
            "next_try_us": to_us(at),
            "attempts": 0,
            "done_us": None,
            "outcome": "",
            "notice": notice_text(notice),
        }
        for channel in channels
    ]
    if rows:
        connection.execute(insert(OUTBOX).on_conflict_do_nothing(), rows)


def told_that_it_goes_on(connection: Connection, incident: str, channels: Sequence[str], *, before: int) -> set[str]:
    """Return the channels whose newest notice of an incident, of those before a sequence, says that it is going on."""
    c = OUTBOX.c
    rows = connection.execute(
        select(c.channel, c.state)
        .where(c.channel.in_(channels), c.incident == incident, c.sequence < before)
        .order_by(c.sequence, c.id)
    ).all()
    newest = {row[0]: row[1] for row in rows}
    return {channel for channel, state in newest.items() if state == NoticeState.FIRING.value}


def anything_due(connection: Connection, channel: str, at: datetime) -> bool:
    """Say whether a channel has a notice that may be tried at `at`; one index look-up."""
    due = select(OUTBOX.c.id).where(OUTBOX.c.done_us.is_(None), OUTBOX.c.channel == channel, _ready(at)).limit(1)
    return connection.execute(due).first() is not None and not held(connection, channel, at)


def take(connection: Connection, channel: str, at: datetime, apart: timedelta = timedelta(0)) -> Due | None:
    """Hand out the notice to try now, or None; of one incident only what is `apart` from the message before it.

    The try is counted and the next one put off *before* anything is sent: a process that dies while sending, or a disk
    that fills up, leads to one more try of the same notice after the back-off, not to a storm of them.
    """
    if held(connection, channel, at):
        return None
    # Pages before tickets, then in the order they were queued.
    waiting = connection.execute(
        select(OUTBOX.c.incident)
        .where(OUTBOX.c.done_us.is_(None), OUTBOX.c.channel == channel, _ready(at))
        .order_by(OUTBOX.c.severity, OUTBOX.c.id)
    ).scalars()
    for incident in dict.fromkeys(waiting):
        if apart and _just_told(connection, channel, incident, at, apart):
            continue
        row = _newest(connection, channel, incident, at)
        if row is not None:
            return _lease(connection, row.id, at)
    return None


def _just_told(connection: Connection, channel: str, incident: str, at: datetime, apart: timedelta) -> bool:
    last = connection.execute(
        select(func.max(OUTBOX.c.done_us)).where(
            OUTBOX.c.channel == channel, OUTBOX.c.incident == incident, OUTBOX.c.outcome == DELIVERED
        )
    ).scalar()
    # A moment in the future was written while the clock was wrong.
    return last is not None and to_us(at - apart) < last <= to_us(at)


def held(connection: Connection, channel: str, at: datetime) -> bool:
    """Say whether a channel asked to be left alone until after `at`."""
    until = connection.execute(select(HOLDS.c.until_us).where(HOLDS.c.channel == channel)).scalar()
    return until is not None and to_us(at) < until <= to_us(at + HOLD_MAX)


def _ready(at: datetime) -> Any:  # noqa: ANN401 - SQLAlchemy's expressions are untyped here
    """Return the condition that a row may be tried.

    No row is ever put off for longer than HOLD_MAX: a time beyond it was written while the clock was wrong, and a page
    must not wait for that time to come.
    """
    return or_(OUTBOX.c.next_try_us <= to_us(at), OUTBOX.c.next_try_us > to_us(at + HOLD_MAX))


def _newest(connection: Connection, channel: str, incident: str, at: datetime) -> _Row | None:
    """Settle one incident's waiting rows: all but the newest are superseded; None when nothing is to be said now."""
    rows = _rows(connection, channel, incident)
    waiting = [row for row in rows if not row.done]
    newest = waiting[-1]
    for row in waiting[:-1]:
        _settle(connection, row, at, SUPERSEDED, f"a newer state of the incident was due: {newest.key}")
    if newest.state is NoticeState.RESOLVED:
        before = rows[: rows.index(newest)]
        unwanted = _unwanted(before)
        if unwanted and any(row.outcome == DELIVERED for row in before) and _lines_of(connection, [newest.id]):
            unwanted = ""
        if unwanted:
            _settle(connection, newest, at, SUPERSEDED, unwanted)
            return None
    ready = select(OUTBOX.c.id).where(OUTBOX.c.id == newest.id, _ready(at))
    return newest if connection.execute(ready).first() else None


def _unwanted(before: Sequence[_Row]) -> str:
    """Return why a resolve is not to be sent after these rows, in order; empty when it is."""
    told = next((n for n in range(len(before) - 1, -1, -1) if before[n].outcome == DELIVERED), None)
    if told is not None and before[told].state is NoticeState.FIRING:
        return ""
    fires = [row for row in before[0 if told is None else told + 1 :] if row.state is NoticeState.FIRING]
    if fires and fires[-1].outcome in {"", SUPERSEDED}:
        return ""
    return "this channel was never told of the fire" if told is None else "this channel was told of the end already"


def keep_channels(connection: Connection, channels: Collection[str], at: datetime) -> None:
    """Give up what waits for channels that are not among these."""
    waiting = (
        select(OUTBOX.c.channel, OUTBOX.c.incident)
        .where(OUTBOX.c.done_us.is_(None), OUTBOX.c.channel.not_in(channels))
        .distinct()
    )
    for channel, incident in connection.execute(waiting).all():
        for row in _rows(connection, channel, incident):
            if not row.done:
                _settle(connection, row, at, GONE, "the channel is not in the configuration any more")


def _rows(connection: Connection, channel: str, incident: str) -> list[_Row]:
    found = connection.execute(
        select(
            OUTBOX.c.id,
            OUTBOX.c.notice_key,
            OUTBOX.c.incident,
            OUTBOX.c.sequence,
            OUTBOX.c.state,
            OUTBOX.c.done_us,
            OUTBOX.c.outcome,
        )
        .where(OUTBOX.c.channel == channel, OUTBOX.c.incident == incident)
        .order_by(OUTBOX.c.sequence, OUTBOX.c.id)
    )
    return [
        _Row(row[0], channel, row[1], row[2], row[3], NoticeState(row[4]), done=row[5] is not None, outcome=row[6])
        for row in found
    ]


def _settle(connection: Connection, row: _Row, at: datetime, outcome: str, detail: str) -> None:
    """Close a row without sending it, on the record."""
    delivery = Delivery(row.channel, row.key, row.incident, row.state, at, 0, outcome, detail)
    connection.execute(OUTBOX.update().where(OUTBOX.c.id == row.id).values(done_us=to_us(at), outcome=outcome))
    _log(connection, delivery)


def _lease(connection: Connection, row_id: int, at: datetime) -> Due:
    found = connection.execute(
        select(OUTBOX.c.channel, OUTBOX.c.notice, OUTBOX.c.attempts, OUTBOX.c.queued_us).where(OUTBOX.c.id == row_id)
    ).one()
    install = install_id(connection)
    attempt: int = found[2] + 1
    connection.execute(
        OUTBOX.update().where(OUTBOX.c.id == row_id).values(attempts=attempt, next_try_us=to_us(at + backoff(attempt)))
    )
    notice = replace(notice_from(found[1]), installation=install)
    notice = replace(notice, aside=_lines_since_told(connection, row_id, found[0], notice))
    told = _told(connection, found[0], notice, install)
    return Due(row_id, found[0], notice, attempt, from_us(found[3]), told)


def _lines_since_told(connection: Connection, row_id: int, channel: str, notice: Notice) -> str:
    """Return the lines a notice adds to the story, with those of the notices it took the place of."""
    c = OUTBOX.c
    last = select(func.coalesce(func.max(c.sequence), -1)).where(
        c.channel == channel, c.incident == notice.incident, c.outcome == DELIVERED
    )
    rows = connection.execute(
        select(c.id)
        .where(
            c.channel == channel,
            c.incident == notice.incident,
            c.sequence > last.scalar_subquery(),
            c.sequence < notice.sequence,
            c.outcome == SUPERSEDED,
        )
        .order_by(c.sequence)
    ).scalars()
    return _lines_of(connection, [*rows, row_id])


def _lines_of(connection: Connection, ids: Sequence[int]) -> str:
    rows = connection.execute(select(OUTBOX.c.notice).where(OUTBOX.c.id.in_(ids)).order_by(OUTBOX.c.sequence)).scalars()
    return "\n".join(filter(None, (notice_from(row).aside for row in rows)))


def _told(connection: Connection, channel: str, about: Notice, install: str) -> Told | None:
    """Return what a channel was told before a notice; what some of its people have of the notice itself is not that."""
    rows = connection.execute(
        select(OUTBOX.c.reference, OUTBOX.c.notice)
        .where(
            OUTBOX.c.channel == channel,
            OUTBOX.c.incident == about.incident,
            OUTBOX.c.reference != "",
            OUTBOX.c.notice_key != about.key,
        )
        .order_by(OUTBOX.c.sequence, OUTBOX.c.id)
    ).all()
    if not rows:
        return None
    first, last = (replace(notice_from(row[1]), installation=install) for row in (rows[0], rows[-1]))
    return Told(rows[-1][0], first, last)


def install_id(connection: Connection) -> str:
    """Return the random name of this installation."""
    return connection.execute(select(FACTS.c.value).where(FACTS.c.name == INSTALL_ID)).scalar_one()


def record(connection: Connection, due: Due, outcome: Outcome, at: datetime) -> Delivery:
    """Write down how a try went, and when the next one is, if there is one."""
    if isinstance(outcome, TryAgain) and at - due.queued >= GIVE_UP_AFTER:
        outcome = _too_old(due, outcome)
    notice = due.notice
    word, detail = _words(outcome)
    delivery = Delivery(due.channel, notice.key, notice.incident, notice.state, at, due.attempt, word, detail)
    _log(connection, delivery)
    row = OUTBOX.update().where(OUTBOX.c.id == due.id)
    if isinstance(outcome, TryAgain):
        if outcome.reached:
            notice = replace(notice, reached=outcome.reached)
            row = row.values(notice=notice_text(notice), reference=outcome.reference)
        asked = min(outcome.after, HOLD_MAX)
        connection.execute(row.values(next_try_us=to_us(at + max(asked, backoff(due.attempt)))))
        if asked > timedelta(0):
            _hold(connection, due.channel, at + asked)
    else:
        reference = outcome.reference if isinstance(outcome, Delivered) else ""
        connection.execute(row.values(done_us=to_us(at), outcome=word, reference=reference))
    return delivery


def _too_old(due: Due, outcome: TryAgain) -> Outcome:
    """Return what a notice that was tried for a day comes to: delivered, where somebody has it."""
    said = f"tried {due.attempt} times in 24 h; last: {outcome.reason}"
    if outcome.reached:
        return Delivered(outcome.reference, said)
    return GaveUp(GaveUpReason.TOO_OLD, said)


def _words(outcome: Outcome) -> tuple[str, str]:
    match outcome:
        case Delivered():
            return DELIVERED, outcome.note or outcome.reference
        case TryAgain():
            return TRY_AGAIN, outcome.reason
        case GaveUp():
            return f"gave up: {outcome.reason}", outcome.detail


def _hold(connection: Connection, channel: str, until: datetime) -> None:
    row = insert(HOLDS).values(channel=channel, until_us=to_us(until))
    connection.execute(row.on_conflict_do_update(index_elements=["channel"], set_={"until_us": row.excluded.until_us}))


def _log(connection: Connection, delivery: Delivery) -> None:
    connection.execute(
        DELIVERIES.insert().values(
            channel=delivery.channel,
            notice_key=delivery.notice_key,
            incident=delivery.incident,
            state=delivery.state.value,
            at_us=to_us(delivery.at),
            attempt=delivery.attempt,
            outcome=delivery.outcome,
            detail=delivery.detail[:DETAIL_MAX],
        )
    )


def deliveries(connection: Connection, incident: str) -> list[Delivery]:
    """Return everything tried for one incident, oldest first."""
    c = DELIVERIES.c
    found = connection.execute(
        select(c.channel, c.notice_key, c.incident, c.state, c.at_us, c.attempt, c.outcome, c.detail)
        .where(c.incident == incident)
        .order_by(c.id)
    )
    return [Delivery(r[0], r[1], r[2], NoticeState(r[3]), from_us(r[4]), r[5], r[6], r[7]) for r in found]


def waiting(connection: Connection) -> list[Waiting]:
    """Return what waits, per channel."""
    c = OUTBOX.c
    found = connection.execute(
        select(c.channel, func.count(), func.min(c.queued_us), func.max(c.attempts))
        .where(c.done_us.is_(None))
        .group_by(c.channel)
        .order_by(c.channel)
    )
    return [Waiting(r[0], r[1], from_us(r[2]), r[3]) for r in found]
