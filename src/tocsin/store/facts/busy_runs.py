"""Which runs do much: a look at all traces of the last minutes finds a few, and a second one reads these whole."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tocsin.model.alarm import Group
from tocsin.model.run import BusyRun, BusyRuns, run_subject
from tocsin.store.answer import Answer
from tocsin.store.read import FEMTO, Reader
from tocsin.store.statements import micro, of_micros, question

# How far back the first look goes, and how far back repeats are counted.
LOOKED_BACK = timedelta(minutes=15)
# How far back a run is read whole: what it did before is not counted.
READ_BACK = timedelta(hours=2)
# For each reason to look at a run.
RUNS_MAX = 25


def answer(reader: Reader, ask: BusyRuns, at: datetime) -> Mapping[Group, object]:
    """Return the runs that are at or over any number of the ask, at most RUNS_MAX for each, those that do most."""
    bounds = {"at": micro(at), "lately": micro(at - ask.within)}
    found = reader.ask(
        question("runs_doing_much"),
        {
            **bounds,
            "since": micro(at - LOOKED_BACK),
            "steps": ask.steps,
            "tool_calls": ask.tool_calls,
            "tokens": ask.tokens,
            "femto": int(ask.usd * 10**-FEMTO),
            "limit": RUNS_MAX,
        },
    )
    if not found:
        return {}
    traces = [trace_id for _, trace_id in found]
    rows = reader.ask(
        question("runs_so_far"),
        {**bounds, "since": micro(at - READ_BACK), "repeating": micro(at - LOOKED_BACK), "traces": traces},
    )
    return {
        Group(project, environment, service).named(run_subject(trace_id)): BusyRun(
            trace_id=trace_id,
            agent=agent,
            tenant=tenant,
            started=of_micros(started),
            newest=of_micros(newest),
            ended=ended,
            model_calls=model_calls,
            tool_calls=tool_calls,
            tokens_lately=tokens_lately,
            usd_lately=int(femto_lately or 0) / 10**-FEMTO,
            usd=int(femto or 0) / 10**-FEMTO,
            repeated=repeated,
            repeats=repeats,
        )
        for (
            project,
            environment,
            service,
            trace_id,
            agent,
            tenant,
            started,
            newest,
            ended,
            model_calls,
            tool_calls,
            tokens_lately,
            femto_lately,
            femto,
            repeated,
            repeats,
        ) in rows
    }


ANSWER = Answer(BusyRuns, answer)
