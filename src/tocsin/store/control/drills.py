"""How the last drill went."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from tocsin.model.drill import Drilled, Stage, Step
from tocsin.store.control.codec import dump
from tocsin.store.control.tables import FACTS
from tocsin.store.control.times import MICROSECOND, from_us, to_us

LAST = "last_drill"


def keep(connection: Connection, drilled: Drilled) -> None:
    """Write down how a drill went, over the one before."""
    row = insert(FACTS).values(name=LAST, value=_text(drilled))
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))


def last(connection: Connection) -> Drilled | None:
    """Return how the last one went; None when there was none."""
    kept = connection.execute(select(FACTS.c.value).where(FACTS.c.name == LAST)).scalar()
    return None if kept is None else _read(json.loads(kept))


def _text(drilled: Drilled) -> str:
    return dump(
        {
            "name": drilled.name,
            "began_us": to_us(drilled.began),
            "ended_us": to_us(drilled.ended),
            "by": drilled.by,
            "loud": drilled.loud,
            "channels": list(drilled.channels),
            "steps": [
                [step.stage.value, step.channel, None if step.took is None else step.took // MICROSECOND, step.note]
                for step in drilled.steps
            ],
            "incident": drilled.incident,
        }
    )


def _read(read: dict[str, Any]) -> Drilled:
    return Drilled(
        name=read["name"],
        began=from_us(read["began_us"]),
        ended=from_us(read["ended_us"]),
        by=read["by"],
        loud=read["loud"],
        channels=tuple(read["channels"]),
        steps=tuple(
            Step(Stage(stage), channel, None if took is None else timedelta(microseconds=took), note)
            for stage, channel, took, note in read["steps"]
        ),
        incident=read["incident"],
    )
