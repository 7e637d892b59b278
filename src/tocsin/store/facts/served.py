"""Answers which model has begun to answer for another."""

from collections.abc import Mapping
from datetime import datetime

from tocsin.model.alarm import Group
from tocsin.model.served import AskServed, Served
from tocsin.store.answer import Answer
from tocsin.store.read import Reader
from tocsin.store.statements import of_epoch, question, second


def _answer(reader: Reader, ask: AskServed, at: datetime) -> Mapping[Group, Served]:
    since = at - ask.lately
    rows = reader.ask(
        question("newly_served"),
        {
            "lo": second(since - ask.before),
            "known": second(at - ask.asked_since),
            "since": second(since),
            "until": second(at),
            "calls_min": ask.calls_min,
        },
    )
    return {
        Group(project, environment, service): Served(asked, model, of_epoch(first), calls)
        for project, environment, service, asked, model, first, calls in rows
    }


ANSWER = Answer(AskServed, _answer)
