"""What some of the calls added up to, for alarms: `AddedAsk` is answered by each service's `Parts`.

Where the rollups know every dimension asked for, from them; else call by call, one project after the other.
"""

from collections.abc import Mapping
from datetime import datetime

from tocsin.model.added import AddedAsk
from tocsin.model.alarm import Group
from tocsin.model.dimension import ROLLED, Dimension
from tocsin.store.answer import Answer
from tocsin.store.read import Reader, parts_of
from tocsin.store.statements import narrowed, question, second


def _answer(reader: Reader, ask: AddedAsk, at: datetime) -> Mapping[Group, object]:
    window = ask.window(at)
    where = dict(ask.where)
    if not window.length:
        return {}
    if ROLLED.issuperset(where):
        rows = reader.ask(
            question("parts_of_services").replace("@where@", narrowed(list(where))),
            {
                "since": second(window.since),
                "until": second(window.until),
                **{f"f_{dimension}": list(values) for dimension, values in where.items()},
            },
        )
        return {Group(project, environment, service): parts_of(sums) for project, environment, service, *sums in rows}
    by = (Dimension.ENVIRONMENT, Dimension.SERVICE)
    return {
        Group(project, *row.group): row.parts
        for project in reader.projects(window)
        for row in reader.parts(project, window, None, by, where)
    }


ANSWER = Answer(AddedAsk, _answer)
