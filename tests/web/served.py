"""The web over the real stores, in a process of its own: the embedded engine takes one folder for each process.

Run as `python -m tests.web.served FOLDER`; prints its address when it can be asked. The clock stands at `AT`.
"""

import atexit
import functools
import socket
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from tests.web.rows import AT, MEASURES, MINUTE
from tests.web.world import Sent, World

from tocsin.alarms.pack import DEFAULT
from tocsin.model.alarm import Group, Judgement, Phase, Severity, Transition, Verdict
from tocsin.model.incident import Incident, Member
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, Notice, NoticeState, TryAgain
from tocsin.model.secret import Secret
from tocsin.notify.render import notice_for
from tocsin.notify.slack import payload
from tocsin.respond import Desk
from tocsin.rewind import rewind
from tocsin.store.control import Control
from tocsin.web.app import LOOPBACK, make_app
from tocsin.web.tryout import Tryout

ROOT = Path(__file__).resolve().parents[2]
BEGAN = AT - 12 * MINUTE
GROUP = Group("default", "prod", "checkout-bot")
INCIDENT = "inc-1"
# A trace with an agent, a tool whose parent never arrives, and a failed call.
AGENT_TRACE = 900_000
# Text that a span may carry, and that must never become part of a page.
HOSTILE = (
    "<script>window.owned=1</script>",
    '"><img src=x onerror="window.owned=1">',
    "javascript:window.owned=1",
    "'-window.owned-'",
    "</textarea><svg onload=window.owned=1>",
    "{{7*7}}${7*7}",
    "<!--<iframe src=//evil.example>",
    "\u202egnp.exe",
)


def failing(minute: int, place: int) -> bool:
    """Say whether a call of checkout-bot fails: three of five do in the last twelve minutes."""
    return minute <= 12 and place % 5 < 3


def calls() -> list[Sent]:
    """Return three hours of calls, every minute, with twenty minutes of silence an hour and a half ago."""
    found: list[Sent] = []
    for minute in range(180, 0, -1):
        if 90 < minute <= 110:
            continue
        for place in range(10):
            at = AT - minute * MINUTE + timedelta(seconds=5 * place + 1)
            tenant = {"traceloop.association.properties.tenant": f"tenant-{place % 3}"}
            failed = "529" if failing(minute, place) else ""
            ms = 300 + 70 * place + 5 * (minute % 7)
            found.append(Sent(at, len(found) + 1, ms=ms, failed=failed, attributes=tenant))
        for place in range(4):
            at = AT - minute * MINUTE + timedelta(seconds=11 * place + 2)
            model = "gpt-4o" if place else "a-model-without-a-price"
            found.append(Sent(at, len(found) + 1, "search-agent", model, ms=900 + 100 * place))
    # Of a service of its own, so that it changes no share of the others.
    at, trace = AT - MINUTE, AGENT_TRACE
    root = Sent(at, trace, "planner", ms=4000, trace=trace, name="planner.workflow")
    call = Sent(at, trace + 1, "planner", ms=1500, failed="529", trace=trace, parent=trace)
    orphan = Sent(at, trace + 2, "planner", ms=800, trace=trace, parent=trace + 99)
    return [*found, root, call, orphan]


def hostile() -> list[Sent]:
    """Return calls whose every text is an attack."""
    return [
        Sent(
            AT - n * MINUTE,
            800_000 + n,
            service=text,
            model=text,
            name=text,
            failed="" if n % 2 else text,
            attributes={"traceloop.association.properties.tenant": text, text: text, "gen_ai.agent.name": text},
        )
        for n, text in enumerate(HOSTILE, start=1)
    ]


def judgement() -> Judgement:
    """Return what the errors alarm says: of the fifty calls of five minutes, thirty failed."""
    return Judgement(Verdict.BREACH, "error_share", 0.6, 0.05, 0.004, 50, 30, timedelta(minutes=5))


def incident(group: Group = GROUP, name: str = INCIDENT) -> Incident:
    """Return the incident."""
    return Incident(
        id=name,
        group=group,
        severity=Severity.PAGE,
        started=BEGAN,
        opened=BEGAN + 2 * MINUTE,
        closed=None,
        headline="errors_fast",
        members=(Member("errors_fast", BEGAN + 2 * MINUTE, None, judgement()),),
        why="All failures are overloaded (529) from openai on gpt-4o-mini; all tenants.",
        changed="",
        examples=(f"{AGENT_TRACE:032x}",),
    )


def fill(control: Control, base_url: str) -> None:
    """Write the alarms' state about it."""
    bad = Group("hostile", HOSTILE[0], HOSTILE[1])
    quiet = Judgement(Verdict.OK, "latency_p95", 1.0, 30.0, None, 150, 0, timedelta(minutes=15), learning=True)
    with control.transaction() as tx:
        tx.append(
            [
                Transition("errors_fast", GROUP, Phase.QUIET, Phase.PENDING, BEGAN + MINUTE, judgement()),
                Transition("errors_fast", GROUP, Phase.PENDING, Phase.FIRING, BEGAN + 2 * MINUTE, judgement()),
            ]
        )
        tx.save_judgements({("errors_fast", GROUP): judgement(), ("latency_drift", GROUP): quiet}, AT)
        tx.save_judgements({("errors_fast", bad): judgement()}, AT)
        tx.ticked = AT
        answered = Group("answers", "prod", "checkout-bot")
        for one in (incident(), incident(bad, "inc-hostile"), incident(answered, "inc-answered")):
            tx.save_incident(one)
            notice = notice_for(
                one, at=BEGAN + 2 * MINUTE, base_url=base_url, state=NoticeState.FIRING, measures=MEASURES
            )
            tx.put_in_outbox([notice], ["inbox", "slack", "pager"])
    for _ in range(3):
        due = control.take("inbox", AT)
        if due:
            control.put_in_inbox(due.notice, payload(due.notice), AT)
            control.record(due, Delivered(), AT)
    due = control.take("slack", AT)
    if due:
        control.record(due, TryAgain(timedelta(seconds=2), "429"), AT)
    due = control.take("pager", AT)
    if due:
        refused = GaveUp(GaveUpReason.NOT_AUTHORISED, "answered 400: the routing key is not accepted")
        control.record(due, refused, AT)


def main(folder: Path) -> None:
    """Build the world, say where it is, and serve it until the process is ended."""
    listening = socket.create_server(("127.0.0.1", 0))
    base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    world = World(folder / "engine")
    world.send(calls(), AT)
    # A moment later: what arrived by the last settling is not settled again.
    world.send(hostile(), AT + timedelta(milliseconds=5), "hostile")
    control = Control(folder)
    fill(control, base_url)

    def tell(one: Incident, state: NoticeState, at: datetime) -> Notice:
        return notice_for(one, at=at, base_url=base_url, state=state, measures=MEASURES)

    answers = Desk(control, tell, ["inbox", "slack"])
    tryout = Tryout(DEFAULT, lambda alarm, asked: rewind([alarm], world.reader, MEASURES, asked, AT))
    app = make_app(
        world.reader,
        control,
        now=lambda: AT,
        hosts=LOOPBACK,
        answers=answers,
        tryout=tryout,
        slack_secrets=[Secret("signs in tests")],
    )
    config = uvicorn.Config(app, log_level="warning", lifespan="off")
    print(base_url, flush=True)  # noqa: T201 - how the parent learns the address
    uvicorn.Server(config).run(sockets=[listening])
    world.close()


@functools.cache
def address() -> str:
    """Start the process once for this one, which ends it when it ends; return the address."""
    folder = tempfile.TemporaryDirectory()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.web.served", folder.name], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    atexit.register(folder.cleanup)
    atexit.register(process.wait, 20)
    atexit.register(process.terminate)
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line.startswith("http://"), f"the served world did not start; it said {line!r}"
    return line


if __name__ == "__main__":
    main(Path(sys.argv[1]))
