"""How runs of each service usually go: read from the last day, or from so much of it as is quickly read."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tocsin.model.alarm import Group
from tocsin.model.run import RunHabit, RunHabits
from tocsin.store.answer import Answer
from tocsin.store.read import FEMTO, Reader
from tocsin.store.statements import of_epoch, question, second

LOOKED_BACK = timedelta(days=1)
# Of this, the newest that holds so many spans; at least what is needed to see runs end.
SPANS_MAX = 2_000_000
LOOKED_BACK_MIN = timedelta(minutes=30)
# A run of which nothing came for so long had time to end.
ENDED_AFTER = timedelta(minutes=10)


def answer(reader: Reader, _: RunHabits, at: datetime) -> Mapping[Group, object]:
    """Describe the runs of each service that had any."""
    bounds = {"until": second(at), "since": second(_since(reader, at)), "quiet": second(at - ENDED_AFTER)}
    return {
        Group(project, environment, service): RunHabit(
            runs=runs,
            rootless=rootless,
            took_p99=timedelta(microseconds=took_ns // 1000),
            steps_p99=steps,
            tokens_p99=tokens,
            usd_median=femto / 10**-FEMTO,
        )
        for project, environment, service, runs, rootless, took_ns, steps, tokens, femto in reader.ask(
            question("run_habits"), bounds
        )
    }


def _since(reader: Reader, at: datetime) -> datetime:
    since, spans = at - LOOKED_BACK_MIN, 0
    bounds = {"since": second(at - LOOKED_BACK), "until": second(at)}
    for began, n in reader.ask(question("spans_lately"), bounds):
        spans += n
        if spans > SPANS_MAX:
            break
        since = min(since, of_epoch(began))
    return since


ANSWER = Answer(RunHabits, answer)
