"""Answers how punctual spans arrive."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tocsin.model.alarm import Group
from tocsin.model.pipeline import Arrivals, AskArrivals
from tocsin.model.whole import whole
from tocsin.store.answer import Answer
from tocsin.store.read import Reader
from tocsin.store.statements import epoch, question, second

MICROSECOND = timedelta(microseconds=1)
NS_PER_US = 1_000


def _answer(reader: Reader, ask: AskArrivals, at: datetime) -> Mapping[Group, Arrivals]:
    since = at - ask.window
    rows = reader.ask(
        question("punctual"),
        {
            "since": epoch(since) * 10**9,
            "until": epoch(at) * 10**9,
            "lo": second(since - ask.history_after - timedelta(minutes=1)),
            "late_ns": ask.late_after // MICROSECOND * NS_PER_US,
            "history_ns": ask.history_after // MICROSECOND * NS_PER_US,
        },
    )
    return {whole(project): Arrivals(spans, late, skewed) for project, spans, late, skewed in rows}


ANSWER = Answer(AskArrivals, _answer)
