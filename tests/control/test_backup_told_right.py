"""Whatever is queued and whatever two channels answer, nobody is left with a fire that is over, and no page is lost."""

import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model.alarm import Severity
from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, NoticeState, Outcome, TryAgain
from tocsin.notify.route import Route, routed_by
from tocsin.store.control import Control
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

STEP = timedelta(seconds=30)
OUTCOMES = st.sampled_from(
    [
        Delivered(),
        TryAgain(timedelta(0), "answered 500"),
        TryAgain(timedelta(minutes=5), "answered 429"),
        GaveUp(GaveUpReason.NOT_AUTHORISED, "answered 401"),
    ]
)
# A tick queues the next notice, or the loop takes steps for a while, in which both channels answer alike each time.
STEPS = st.lists(st.sampled_from(NoticeState) | st.tuples(st.integers(1, 8), OUTCOMES, OUTCOMES), max_size=12)


@dataclass
class Loop:
    """What the delivery loop does for `pager`, whose backup is `spare`, one step each half minute."""

    control: Control
    at: datetime = START
    queued: list[NoticeState] = field(default_factory=list[NoticeState])
    told: dict[str, list[int]] = field(default_factory=lambda: {"pager": [], "spare": []})

    def queue(self, state: NoticeState) -> None:
        notice = a_notice(sequence=len(self.queued), state=state, at=self.at, severity=Severity.PAGE)
        self.queued.append(state)
        with self.control.transaction() as tx:
            tx.put_in_outbox([notice], ["pager", "spare"])

    def step(self, pager: Outcome, spare: Outcome) -> None:
        self.at += STEP
        for name, outcome, backup in (("pager", pager, "spare"), ("spare", spare, "")):
            due = self.control.take(name, self.at)
            if due is not None:
                self.control.record(due, outcome, self.at, backup)
                self.told[name] += [due.notice.sequence] if isinstance(outcome, Delivered) else []
            if backup:
                self.control.hand_over(name, backup, self.at)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_nobody_is_left_with_a_fire_that_is_over_and_the_backup_hears_of_what_the_channel_does_not_take(
    steps: list[NoticeState | tuple[int, Outcome, Outcome]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        control = Control(Path(folder), routed_by({"spare": Route(severities=())}))
        loop = Loop(control)
        for step in steps:
            if isinstance(step, NoticeState):
                loop.queue(step)
                continue
            for _ in range(step[0]):
                loop.step(step[1], step[2])
        # The pager stays down, and the spare is well.
        loop.queue(NoticeState.FIRING)
        fire = len(loop.queued) - 1
        for _ in range(24):
            loop.step(TryAgain(timedelta(0), "answered 500"), Delivered())
        spare_was_told = fire in loop.told["spare"]
        # Both are well, and it ends.
        loop.queue(NoticeState.RESOLVED)
        for _ in range(24):
            loop.step(Delivered(), Delivered())
        waiting = control.waiting()
        control.close()

    assert waiting == []
    assert spare_was_told, "a page that the pager does not take reaches the spare within minutes"
    for name, told in loop.told.items():
        assert told == sorted(set(told)), f"{name}: in order, and none twice"
        assert loop.queued[told[-1]] is NoticeState.RESOLVED, f"{name}: whoever was told of a fire is told of its end"
        for n in told:
            if loop.queued[n] is NoticeState.RESOLVED:
                assert NoticeState.FIRING in loop.queued[:n], f"{name}: no end without a beginning"
