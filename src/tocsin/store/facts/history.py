"""What calls added up to, step by step, for alarms: `HistoryAsk` is answered by each service's `History`."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from tocsin.model.added import History, HistoryAsk
from tocsin.model.alarm import Group
from tocsin.model.dimension import Dimension
from tocsin.store.answer import Answer
from tocsin.store.read import Reader

if TYPE_CHECKING:
    from tocsin.model.parts import PartsRow


def _answer(reader: Reader, ask: HistoryAsk, at: datetime) -> Mapping[Group, object]:
    window = ask.window(at)
    by = (Dimension.ENVIRONMENT, Dimension.SERVICE)
    rows: dict[Group, list[PartsRow]] = {}
    for project in reader.projects(window):
        for row in reader.parts(project, window, ask.step, by, dict(ask.where)):
            rows.setdefault(Group(project, *row.group), []).append(row)
    return {group: History(tuple((row.at, row.parts) for row in mine)) for group, mine in rows.items()}


ANSWER = Answer(HistoryAsk, _answer)
