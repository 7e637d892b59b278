"""The promise: no message is lost and none is told twice, though the process is killed at any moment."""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Protocol

import pytest

from tocsin.store.control import Control

INCIDENTS = 100
# The child's clock runs this much faster, so that back-off costs the test little.
FASTER = 40

# A server in small: ticks (one transaction each, which opens an incident, ends the one before, and queues the notices)
# and deliveries take turns, from wherever the last process was killed.
CHILD = """
import asyncio, sys, time
from datetime import timedelta
from pathlib import Path
from tocsin.deliver import deliver_due
from tocsin.model.notice import NoticeState
from tocsin.model.secret import Secret
from tocsin.notify import post
from tocsin.notify.channels import webhook
from tocsin.store.control import Control
from tocsin.testing.examples import a_notice, an_incident
from tocsin.testing.manual_clock import START

folder, url, faster, incidents, started = Path(sys.argv[1]), sys.argv[2], *map(float, sys.argv[3:])
control = Control(folder)
target = webhook.CHANNEL.target("hook", webhook.Settings(Secret(url)))

def now():
    return START + timedelta(seconds=(time.time() - started) * faster)

def tick(n, at):
    with control.transaction() as tx:
        notices = []
        if n < incidents:
            tx.save_incident(an_incident(id=f"inc-{n}", opened=at))
            notices.append(a_notice(incident=f"inc-{n}", at=at))
        if n > 0:
            tx.save_incident(an_incident(id=f"inc-{n - 1}", closed=at))
            notices.append(a_notice(f"inc-{n - 1}", 1, state=NoticeState.RESOLVED, at=at, ended=at))
        tx.put_in_outbox(notices, ["hook"])
        tx.ticked = START + timedelta(seconds=n)

async def main():
    async with post.client() as http:
        print("ready", flush=True)
        while True:
            ticked = control.ticked
            n = 0 if ticked is None else int((ticked - START).total_seconds()) + 1
            if n <= incidents:
                tick(n, now())
            await deliver_due(now, control, [target], http)
            if n > incidents and not control.waiting():
                return

asyncio.run(main())
"""


class Receiver(Protocol):
    """What conftest's receiving side offers."""

    answers: dict[str, list[tuple[int, dict[str, str]]]]

    def url(self, path: str) -> str: ...

    def keys(self, path: str) -> list[str]: ...


@pytest.mark.slow
def test_no_message_is_lost_or_told_twice_though_the_process_is_killed(tmp_path: Path, receiver: Receiver) -> None:
    chance = random.Random(7)
    receiver.answers["/hook"] = [(chance.choice([200, 200, 200, 500, 429]), {"Retry-After": "1"}) for _ in range(100)]
    command = [sys.executable, "-c", CHILD, str(tmp_path), receiver.url("/hook")]
    command += [str(FASTER), str(INCIDENTS), str(time.time())]
    kills, ended = 0, False
    while not ended and kills < 100:
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            try:
                ended = child.wait(chance.uniform(0.02, 0.25) if kills < 8 else 60) == 0
                assert ended, "the child failed by itself"
            except subprocess.TimeoutExpired:
                child.kill()
                kills += 1
    assert ended
    assert kills >= 3, "it was killed while at work"

    _assert_told_right(Control(tmp_path), receiver.keys("/hook"), kills)


def _assert_told_right(control: Control, keys: list[str], kills: int) -> None:
    copies = Counter(keys)
    assert sum(n - 1 for n in copies.values()) <= kills, "a kill repeats at most one message, under the same key"
    first_seen = list(dict.fromkeys(keys))
    for n in range(INCIDENTS):
        told = [key for key in first_seen if key.startswith(f"inc-{n}:")]
        # A fire that could not be sent before the end came is told with it, in the one message of the end.
        assert told in ([f"inc-{n}:0", f"inc-{n}:1"], [f"inc-{n}:1"]), f"incident {n} was told as {told}"
        # One that was sent just before a kill may be on record as superseded, but nothing is on record twice.
        written = [d.notice_key for d in control.deliveries(f"inc-{n}") if d.outcome == "delivered"]
        assert written in (told, told[1:]), f"incident {n} was told as {told} and written down as {written}"
