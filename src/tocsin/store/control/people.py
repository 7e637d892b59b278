"""What people do, in the control tables: acts about incidents, silences, deploys."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select
from sqlalchemy.dialects.sqlite import insert

from tocsin.model.act import VOTES, Act, Deed, Via
from tocsin.model.alarm import Group
from tocsin.model.deploy import Deploy, DeploySource
from tocsin.model.hush import Matchers, Silence
from tocsin.model.window import Window
from tocsin.store.control.codec import dump
from tocsin.store.control.tables import ACTS, DEPLOYS, SILENCES
from tocsin.store.control.times import from_us, to_us

# Rows that a page is given at most.
ROWS_MAX = 1_000


def add_act(connection: Connection, act: Act) -> None:
    """Write down what somebody did."""
    connection.execute(
        ACTS.insert().values(
            incident=act.incident,
            at_us=to_us(act.at),
            by=act.by,
            via=act.via.value,
            deed=act.deed.value,
            detail=act.detail,
        )
    )


def acts(connection: Connection, incident: str) -> list[Act]:
    """Return what was done about one incident, oldest first."""
    rows = connection.execute(_acts().where(ACTS.c.incident == incident).order_by(ACTS.c.id).limit(ROWS_MAX))
    return [_act(row) for row in rows]


def votes(connection: Connection, since: datetime) -> list[Act]:
    """Return how messages were judged since a moment, oldest first."""
    judged = ACTS.c.deed.in_([vote.value for vote in VOTES])
    rows = connection.execute(_acts().where(judged, ACTS.c.at_us >= to_us(since)).order_by(ACTS.c.id))
    return [_act(row) for row in rows]


def _acts() -> Any:  # noqa: ANN401 - SQLAlchemy's statement types do not survive a wide select
    a = ACTS.c
    return select(a.incident, a.at_us, a.by, a.via, a.deed, a.detail)


def _act(row: Any) -> Act:  # noqa: ANN401 - a row of the driver, typed from here on
    return Act(row[0], from_us(row[1]), row[2], Via(row[3]), Deed(row[4]), row[5])


def add_silence(connection: Connection, silence: Silence) -> Silence:
    """Keep a silence; returns it with the id it was given."""
    done = connection.execute(
        SILENCES.insert().values(
            matchers=dump(asdict(silence.matchers)),
            since_us=to_us(silence.since),
            until_us=to_us(silence.until),
            by=silence.by,
            why=silence.why,
            ended_us=None,
            ended_by="",
        )
    )
    (given,) = done.inserted_primary_key or (0,)
    return replace(silence, id=int(given))


def end_silence(connection: Connection, silence_id: int, by: str, at: datetime) -> Silence | None:
    """End a silence at a moment; one that is over is left as it is. None when there is none of that id."""
    open_still = (SILENCES.c.id == silence_id, SILENCES.c.ended_us.is_(None), SILENCES.c.until_us > to_us(at))
    connection.execute(SILENCES.update().where(*open_still).values(ended_us=to_us(at), ended_by=by))
    found = connection.execute(_silences().where(SILENCES.c.id == silence_id)).first()
    return None if found is None else _silence(found)


def silences(connection: Connection, not_over: datetime | None = None) -> list[Silence]:
    """Return silences, newest first: all that are kept, or those that are not over before a moment."""
    question = _silences().order_by(SILENCES.c.id.desc()).limit(ROWS_MAX)
    if not_over is not None:
        us = to_us(not_over)
        ended = or_(SILENCES.c.ended_us.is_(None), SILENCES.c.ended_us > us)
        question = question.where(SILENCES.c.until_us > us, ended)
    return [_silence(row) for row in connection.execute(question)]


def _silences() -> Any:  # noqa: ANN401 - as above
    s = SILENCES.c
    return select(s.id, s.matchers, s.since_us, s.until_us, s.by, s.why, s.ended_us, s.ended_by)


def _silence(row: Any) -> Silence:  # noqa: ANN401 - as above
    ended = None if row[6] is None else from_us(row[6])
    return Silence(
        row[0], Matchers(**json.loads(row[1])), from_us(row[2]), from_us(row[3]), row[4], row[5], ended, row[7]
    )


def add_deploys(connection: Connection, deploys: Sequence[Deploy]) -> None:
    """Keep deploys; one that is known already is left as it is."""
    rows = [
        {
            "project": one.group.project,
            "environment": one.group.environment,
            "service": one.group.service,
            "version": one.version,
            "at_us": to_us(one.at),
            "text": one.text,
            "source": one.source.value,
        }
        for one in deploys
    ]
    if rows:
        connection.execute(insert(DEPLOYS).on_conflict_do_nothing(), rows)


def deploys_in(connection: Connection, window: Window, project: str | None = None) -> list[Deploy]:
    """Return the deploys of a half-open window, of one project or of all, oldest first."""
    d = DEPLOYS.c
    inside = (d.at_us >= to_us(window.since), d.at_us < to_us(window.until))
    question = select(d.project, d.environment, d.service, d.version, d.at_us, d.text, d.source).where(*inside)
    if project is not None:
        question = question.where(d.project == project)
    rows = connection.execute(question.order_by(d.at_us.desc(), d.id.desc()).limit(ROWS_MAX)).all()
    return [
        Deploy(Group(row[0], row[1], row[2]), row[3], from_us(row[4]), row[5], DeploySource(row[6]))
        for row in reversed(rows)
    ]


def forget(connection: Connection, before: datetime) -> None:
    """Delete what is over since before a moment: silences and deploys. Acts go with their incidents."""
    connection.execute(SILENCES.delete().where(SILENCES.c.until_us < to_us(before)))
    connection.execute(DEPLOYS.delete().where(DEPLOYS.c.at_us < to_us(before)))
