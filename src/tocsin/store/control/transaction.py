"""One control transaction: what a tick reads and writes, all of it or none."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from tocsin.model.act import Act
from tocsin.model.alarm import Group, Judgement, Phase, Standing, Transition
from tocsin.model.deploy import Deploy
from tocsin.model.hush import Silence
from tocsin.model.incident import Incident
from tocsin.model.notice import Notice
from tocsin.model.window import Window
from tocsin.store.control import outbox, people
from tocsin.store.control.codec import dump, incident_from, incident_text, judgement_from, judgement_text
from tocsin.store.control.rows import Instance, Judged
from tocsin.store.control.tables import (
    ACTS,
    DELIVERIES,
    FACTS,
    INBOX,
    INCIDENTS,
    INSTANCES,
    JUDGEMENTS,
    NOTES,
    OUTBOX,
    TRANSITIONS,
)
from tocsin.store.control.times import from_us, to_us

TICKED = "ticked_us"


class Transaction:
    """Made by `Control.transaction()`; holds the write lock until its block ends."""

    def __init__(self, connection: Connection, routing: outbox.Routing) -> None:
        self._connection = connection
        self._routing = routing
        self._ids: dict[Instance, int] | None = None

    @property
    def ticked(self) -> datetime | None:
        """The last tick that was committed; None before the first."""
        return ticked(self._connection)

    @ticked.setter
    def ticked(self, at: datetime) -> None:
        row = insert(FACTS).values(name=TICKED, value=str(to_us(at)))
        self._connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))

    def standings(self) -> dict[Instance, tuple[Standing, Transition]]:
        """Return where each instance stands, from the last row of its log; one that never moved is not in it."""
        return standings(self._connection)

    def append(self, transitions: Sequence[Transition]) -> None:
        """Add to the log, in order. Each must start where the last one of its instance ended: a log has no holes.

        Times of an instance never go back, except by a row that changes no phase: it says that the clock was set back.
        """
        if not transitions:
            return
        stands = self._stands()
        rows: list[dict[str, Any]] = []
        for transition in transitions:
            instance, at_us = self._instance((transition.alarm, transition.group)), to_us(transition.at)
            now, since_us = stands.get(instance, (Phase.QUIET.value, 0))
            assert transition.was.value == now, f"{transition.alarm} is {now}, so it can't leave {transition.was}"
            again = transition.was is transition.now
            assert again or at_us >= since_us, f"transitions of {transition.alarm} come in time order"
            stands[instance] = (transition.now.value, at_us)
            rows.append(
                {
                    "instance": instance,
                    "was": transition.was.value,
                    "now": transition.now.value,
                    "at_us": at_us,
                    "late": transition.late,
                    "judgement": judgement_text(transition.judgement),
                }
            )
        self._connection.execute(TRANSITIONS.insert(), rows)

    def _stands(self) -> dict[int, tuple[str, int]]:
        """Return the phase and the time of the last row of each instance, by the instance's id."""
        t = TRANSITIONS.c
        rows = self._connection.execute(
            select(t.instance, t.now, t.at_us).join(INSTANCES, t.instance == INSTANCES.c.id).where(t.id == _last_row())
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def recent_incidents(self, since: datetime) -> list[Incident]:
        """Return the incidents that are open, or were closed at `since` or later; oldest first."""
        c = INCIDENTS.c
        which = or_(c.closed_us.is_(None), c.closed_us >= to_us(since))
        rows = self._connection.execute(select(c.document).where(which).order_by(c.opened_us, c.id))
        return [incident_from(row[0]) for row in rows]

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident; None when there is none of that id."""
        found = self._connection.execute(select(INCIDENTS.c.document).where(INCIDENTS.c.id == incident_id)).scalar()
        return None if found is None else incident_from(found)

    def save_incident(self, incident: Incident) -> None:
        """Write an incident whole; one with the same id is replaced."""
        row = insert(INCIDENTS).values(
            id=incident.id,
            project=incident.group.project,
            environment=incident.group.environment,
            service=incident.group.service,
            started_us=to_us(incident.started),
            opened_us=to_us(incident.opened),
            closed_us=None if incident.closed is None else to_us(incident.closed),
            document=incident_text(incident),
        )
        changed = {c.name: row.excluded[c.name] for c in INCIDENTS.c if c.name != "id"}
        self._connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=changed))

    def add_act(self, act: Act) -> None:
        """Write down what somebody did about an incident."""
        people.add_act(self._connection, act)

    def add_silence(self, silence: Silence) -> Silence:
        """Keep a silence; returns it with the id it was given."""
        return people.add_silence(self._connection, silence)

    def end_silence(self, silence_id: int, by: str, at: datetime) -> Silence | None:
        """End a silence; one that is over is left as it is. None when there is none of that id."""
        return people.end_silence(self._connection, silence_id, by, at)

    def silences(self, not_over: datetime) -> list[Silence]:
        """Return the silences that are not over before a moment, those included that begin later."""
        return people.silences(self._connection, not_over)

    def add_deploys(self, deploys: Sequence[Deploy]) -> None:
        """Keep deploys; one that is known already is left as it is."""
        people.add_deploys(self._connection, deploys)

    def deploys(self, window: Window) -> list[Deploy]:
        """Return the deploys of a half-open window, oldest first."""
        return people.deploys_in(self._connection, window)

    def put_in_outbox(self, notices: Sequence[Notice], channels: Sequence[str]) -> None:
        """Queue each notice for those of the channels, by name, that it is routed to; never twice for one.

        A channel that was told of a fire gets all that follows it up to its end, wherever that is routed to.
        """
        outbox.put(self._connection, notices, channels, self._routing)

    def forget(self, before: datetime) -> None:
        """Delete what is over since before a moment: closed incidents with all that was told of them, and old log rows.

        Never deleted: an open incident, a notice that waits, and the last log row of each instance, which is its state.
        """
        us = to_us(before)
        waiting = select(OUTBOX.c.incident).where(OUTBOX.c.done_us.is_(None))
        over = select(INCIDENTS.c.id).where(INCIDENTS.c.closed_us < us, INCIDENTS.c.id.not_in(waiting))
        for table in (OUTBOX, DELIVERIES, INBOX, ACTS):
            self._connection.execute(table.delete().where(table.c.incident.in_(over)))
        self._connection.execute(INCIDENTS.delete().where(INCIDENTS.c.id.in_(over)))
        self._forget_subjects(us)
        people.forget(self._connection, before)
        last = select(func.max(TRANSITIONS.c.id)).group_by(TRANSITIONS.c.instance)
        self._connection.execute(TRANSITIONS.delete().where(TRANSITIONS.c.at_us < us, TRANSITIONS.c.id.not_in(last)))

    def _forget_subjects(self, us: int) -> None:
        """Delete instances about a subject that have been at rest since: runs and tenants come and go."""
        t, i = TRANSITIONS.c, INSTANCES.c
        stirred = select(t.instance).where(t.id == _last_row(), (t.at_us >= us) | (t.now != Phase.QUIET.value))
        judged = select(JUDGEMENTS.c.instance).where(JUDGEMENTS.c.at_us >= us)
        gone = self._connection.execute(
            select(i.id).where(i.subject != "", i.id.not_in(stirred), i.id.not_in(judged))
        ).scalars()
        for instance in list(gone):
            for table in (NOTES, JUDGEMENTS, TRANSITIONS):
                self._connection.execute(table.delete().where(table.c.instance == instance))
            self._connection.execute(INSTANCES.delete().where(i.id == instance))
        self._ids = None

    def notes(self, alarm: str, group: Group) -> dict[str, Any]:
        """Return the bookkeeping of one alarm instance; empty when there is none."""
        return self.all_notes().get((alarm, group), {})

    def all_notes(self) -> dict[Instance, dict[str, Any]]:
        """Return the bookkeeping of every instance that has any, in one question."""
        found: dict[Instance, dict[str, Any]] = {}
        rows = self._connection.execute(
            select(*_KEY, NOTES.c.name, NOTES.c.value).join(NOTES, NOTES.c.instance == INSTANCES.c.id)
        )
        for row in rows:
            found.setdefault(_instance_of(row), {})[row[5]] = json.loads(row[6])
        return found

    def set_notes(self, name: str, values: Mapping[Instance, object]) -> None:
        """Keep one JSON value under a name for each of some alarm instances; None removes it."""
        kept = [
            {"instance": self._instance(key), "name": name, "value": dump(value)}
            for key, value in values.items()
            if value is not None
        ]
        gone = [{"of": self._instance(key), "called": name} for key, value in values.items() if value is None]
        if kept:
            self._connection.execute(_KEEP_NOTE, kept)
        if gone:
            self._connection.execute(_DROP_NOTE, gone)

    def save_judgements(self, judgements: Mapping[Instance, Judgement], at: datetime) -> None:
        """Keep the newest judgement of each instance for the pages; the one before is overwritten."""
        if not judgements:
            return
        self._connection.execute(
            _KEEP_JUDGEMENT,
            [
                {"instance": self._instance(key), "at_us": to_us(at), "judgement": judgement_text(judgement)}
                for key, judgement in judgements.items()
            ],
        )

    def _instance(self, key: Instance) -> int:
        """Return the id of an instance, giving it one when it is new."""
        if self._ids is None:
            rows = self._connection.execute(select(*_KEY, INSTANCES.c.id))
            self._ids = {_instance_of(row): row[5] for row in rows}
        if key not in self._ids:
            alarm, group = key
            self._connection.execute(
                INSTANCES.insert().values(
                    alarm=alarm,
                    project=group.project,
                    environment=group.environment,
                    service=group.service,
                    subject=group.subject,
                )
            )
            self._ids[key] = self._connection.execute(select(func.last_insert_rowid())).scalar_one()
        return self._ids[key]


def _keeping(table: Table, key: Sequence[str], changed: Sequence[str]) -> Any:  # noqa: ANN401 - as below
    """Return the statement that writes a row over the one with its key; made once, since making it costs more."""
    row = insert(table)
    return row.on_conflict_do_update(index_elements=key, set_={name: row.excluded[name] for name in changed})


_KEEP_NOTE = _keeping(NOTES, ["instance", "name"], ["value"])
_DROP_NOTE = NOTES.delete().where(NOTES.c.instance == bindparam("of"), NOTES.c.name == bindparam("called"))
_KEEP_JUDGEMENT = _keeping(JUDGEMENTS, ["instance"], ["at_us", "judgement"])

_KEY = (
    INSTANCES.c.alarm,
    INSTANCES.c.project,
    INSTANCES.c.environment,
    INSTANCES.c.service,
    INSTANCES.c.subject,
)


def _instance_of(row: Any) -> Instance:  # noqa: ANN401 - a row of the driver, typed from here on
    return row[0], Group(project=row[1], environment=row[2], service=row[3], subject=row[4])


def ticked(connection: Connection) -> datetime | None:
    """Return the last committed tick; None before the first."""
    value = connection.execute(select(FACTS.c.value).where(FACTS.c.name == TICKED)).scalar()
    return None if value is None else from_us(int(value))


def standings(connection: Connection) -> dict[Instance, tuple[Standing, Transition]]:
    """Return the last transition of each instance; one index look-up each, however long the log is."""
    rows = connection.execute(transition_columns().where(TRANSITIONS.c.id == _last_row()))
    moved = [transition_of(row) for row in rows]
    return {(t.alarm, t.group): (Standing(t.now, t.at), t) for t in moved}


def _last_row() -> Any:  # noqa: ANN401 - SQLAlchemy's expressions are untyped here
    """Return the subquery for the id of an instance's last log row."""
    last = select(func.max(TRANSITIONS.c.id)).where(TRANSITIONS.c.instance == INSTANCES.c.id)
    return last.correlate(INSTANCES).scalar_subquery()


def transition_columns() -> Any:  # noqa: ANN401 - SQLAlchemy's statement types do not survive a wide select
    """Return the select that `transition_of` reads."""
    t = TRANSITIONS.c
    return select(*_KEY, t.was, t.now, t.at_us, t.judgement, t.late).join(TRANSITIONS, t.instance == INSTANCES.c.id)


def transition_of(row: Any) -> Transition:  # noqa: ANN401 - a row of the driver, typed from here on
    """Read one row of `transition_columns`."""
    alarm, group = _instance_of(row)
    return Transition(
        alarm=alarm,
        group=group,
        was=Phase(row[5]),
        now=Phase(row[6]),
        at=from_us(row[7]),
        judgement=judgement_from(row[8]),
        late=row[9],
    )


def last_judgements(connection: Connection) -> dict[Instance, Judged]:
    """Return the newest judgement of each instance."""
    rows = connection.execute(
        select(*_KEY, JUDGEMENTS.c.at_us, JUDGEMENTS.c.judgement).join(
            JUDGEMENTS, JUDGEMENTS.c.instance == INSTANCES.c.id
        )
    )
    return {_instance_of(row): Judged(from_us(row[5]), judgement_from(row[6])) for row in rows}
