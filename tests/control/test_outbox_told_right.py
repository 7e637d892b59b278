"""Whatever is queued and whatever the other side answers, a channel is told the truth, in order, and once."""

import tempfile
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model.notice import Delivered, GaveUp, GaveUpReason, NoticeState, Outcome, TryAgain
from tocsin.store.control import Control
from tocsin.testing.examples import a_notice
from tocsin.testing.manual_clock import START

OUTCOMES = st.sampled_from(
    [
        Delivered(),
        TryAgain(timedelta(0), "answered 500"),
        TryAgain(timedelta(seconds=30), "answered 429"),
        GaveUp(GaveUpReason.REJECTED, "answered 400"),
    ]
)
# A tick queues the next notice of the incident; the loop tries what is due, and the process may die before it writes
# down how that went (None).
STEPS = st.lists(
    st.sampled_from(NoticeState) | st.tuples(st.integers(0, 90), st.none() | OUTCOMES), min_size=1, max_size=25
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_channel_is_told_the_truth_in_order_and_once(  # noqa: C901 one walk, every promise checked after each step
    steps: list[NoticeState | tuple[int, Outcome | None]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        control = Control(Path(folder))
        at, queued, told = START, list[NoticeState](), list[int]()
        for step in steps:
            if isinstance(step, NoticeState):
                notice = a_notice(sequence=len(queued), state=step, at=at)
                queued.append(step)
                with control.transaction() as tx:
                    tx.put_in_outbox([notice], ["oncall"])
                continue
            after_s, outcome = step
            at += timedelta(seconds=after_s)
            due = control.take("oncall", at)
            if due is not None and outcome is not None:
                control.record(due, outcome, at)
                told += [due.notice.sequence] if isinstance(outcome, Delivered) else []

        # The channel heals.
        refused = _refused(control)
        while control.waiting():
            at += timedelta(minutes=1)
            due = control.take("oncall", at)
            if due is not None:
                control.record(due, Delivered(), at)
                told.append(due.notice.sequence)
        control.close()

    assert at - START < timedelta(hours=2), "a channel that heals gets its messages soon"
    assert told == sorted(set(told)), "in order, and none twice"
    for n in told:
        before = queued[:n]
        assert queued[n] is NoticeState.FIRING or NoticeState.FIRING in before, "no end without a beginning"
    ends = [n for n in told if queued[n] is NoticeState.RESOLVED]
    for first, second in pairwise(ends):
        assert NoticeState.FIRING in queued[first:second], "an end is told once"
    last = len(queued) - 1
    if queued and last not in refused:
        if queued[last] is NoticeState.FIRING:
            assert told[-1:] == [last], "the last message told is the newest state"
        elif told:
            assert queued[told[-1]] is NoticeState.RESOLVED, "whoever was told of a fire is told of its end"


def _refused(control: Control) -> set[int]:
    return {
        int(d.notice_key.rpartition(":")[2]) for d in control.deliveries("inc-1") if d.outcome == "gave up: rejected"
    }
