"""The seeded world, and what must be true of it whatever happens. A failure prints its seed.

`TOCSIN_SIM_SEEDS=1000 pytest tests/sim` runs it long.
"""

import os
from collections import defaultdict
from datetime import datetime, timedelta
from heapq import heappush
from itertools import pairwise
from pathlib import Path

import pytest
from tests.sim.world import CHANNELS, STEP, World

from tocsin.alarms.amends import NOT_JUDGED
from tocsin.alarms.incidents import KNOWN_WITHIN
from tocsin.alarms.kinds import errors_fast
from tocsin.alarms.pack import DEFAULT
from tocsin.model.alarm import Phase, Transition
from tocsin.model.notice import NoticeState
from tocsin.store.control import Control

SEEDS = range(int(os.environ.get("TOCSIN_SIM_SEEDS", "5")))
NONE = timedelta(0)
HALF_HOUR = timedelta(minutes=30)
# Its windows are hours long, and outlast the calm at the end.
LONG = "error_budget"
HEALED_WITHIN = timedelta(minutes=45)


class Left:
    """What a world left behind, read back from the disk."""

    def __init__(self, folder: Path, world: World) -> None:
        control = Control(folder / "control.db")
        self.world = world
        self.log: list[Transition] = list(reversed(control.transitions(limit=1000)))
        self.incidents = control.incidents(limit=1000)
        self.waiting = control.waiting()
        self.standings = control.standings()
        control.close()


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed={seed}")
def left(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("world")
    world = World(request.param, folder)
    world.run()
    return Left(folder, world)


def test_something_went_wrong_and_was_told(left: Left) -> None:
    """A world in which nothing happens proves nothing."""
    assert left.world.faults > 0
    assert left.incidents
    assert left.world.told


def test_no_alarm_fires_before_its_hold(left: Left) -> None:
    holds = {alarm.name: alarm.patience.hold for alarm in DEFAULT}
    # A full outage is the one case that is given less patience.
    holds["errors_fast"] = errors_fast.Settings().outage_hold
    pending: dict[tuple[str, object], datetime] = {}
    for moved in left.log:
        key = (moved.alarm, moved.group)
        if moved.now is Phase.PENDING:
            pending[key] = moved.at
        if moved.was is moved.now is Phase.PENDING:
            # The clock was set back in the middle: what was waited before it counts, and stands in no row.
            del pending[key]
        if moved.was is Phase.PENDING and moved.now is Phase.FIRING and key in pending:
            assert moved.at - pending[key] >= holds[moved.alarm]


def test_the_log_of_each_instance_has_no_holes_and_goes_forward(left: Left) -> None:
    last: dict[tuple[str, object], Transition] = {}
    for moved in left.log:
        before = last.get((moved.alarm, moved.group))
        assert moved.was is (before.now if before else Phase.QUIET)
        assert before is None or moved.at >= before.at or moved.was is moved.now
        last[moved.alarm, moved.group] = moved


def test_every_firing_belongs_to_an_incident_or_is_muted_by_errors(left: Left) -> None:
    """But for what a clock that was ahead put into the future: it goes on from when the clock was put right."""
    again = {(moved.alarm, moved.group): n for n, moved in enumerate(left.log) if moved.was is moved.now}
    for n, moved in enumerate(left.log):
        if n < again.get((moved.alarm, moved.group), 0):
            continue
        if moved.now is not Phase.FIRING or moved.alarm == NOT_JUDGED or moved.was is Phase.CLEARING:
            continue
        mine = [
            one
            for one in left.incidents
            if one.group == moved.group and one.opened <= moved.at and (one.closed is None or moved.at <= one.closed)
        ]
        joined = any(member.alarm == moved.alarm for one in mine for member in one.members)
        muted = "drift" in moved.alarm and any(m.alarm == "errors_fast" for one in mine for m in one.members)
        assert joined or muted or _muted_budget(moved, left), f"{moved.alarm} at {moved.at}"


def _muted_budget(moved: Transition, left: Left) -> bool:
    """Say whether a budget of errors is held back by errors that were told of, six hours ago at most."""
    return moved.alarm == "error_budget" and any(
        one.group == moved.group
        and any(member.alarm == "errors_fast" for member in one.members)
        and one.opened <= moved.at
        and (one.closed is None or moved.at <= one.closed + KNOWN_WITHIN)
        for one in left.incidents
    )


def test_each_channel_is_told_of_a_fire_first_and_of_its_end_once(left: Left) -> None:
    told: dict[tuple[str, str], list[NoticeState]] = defaultdict(list)
    for one in left.world.told:
        told[one.channel, one.notice.incident].append(one.notice.state)
    for states in told.values():
        for before, after in pairwise(states):
            assert not before is after is NoticeState.RESOLVED
    keys = [(one.channel, one.notice.key) for one in left.world.told]
    assert len(keys) == len(set(keys)), "no notice twice"


def test_once_all_is_well_every_incident_is_closed_and_every_channel_knows(left: Left) -> None:
    over = [one for one in left.incidents if one.closed is not None]
    assert {one.headline for one in left.incidents if one.closed is None} <= {LONG}
    assert left.waiting == []
    for incident in over:
        for channel in CHANNELS:
            mine = [t for t in left.world.told if (t.channel, t.notice.incident) == (channel, incident.id)]
            assert mine, f"{channel} never heard of {incident.id}"
            assert mine[-1].notice.state is NoticeState.RESOLVED
            assert mine[-1].at - mine[-1].notice.at <= HEALED_WITHIN


def test_once_all_is_well_no_alarm_stands_anywhere_but_quiet(left: Left) -> None:
    standing = {instance: now.phase for instance, (now, _) in left.standings.items() if instance[0] != LONG}
    assert set(standing.values()) <= {Phase.QUIET}, standing


def test_no_judge_broke_and_no_message_went_without_its_inquiry(left: Left) -> None:
    assert [fault for ticked in left.world.ticked for fault in ticked.faults] == []


def test_a_message_says_what_fires_and_since_when(left: Left) -> None:
    for one in left.world.told:
        assert one.notice.started <= one.notice.at
        assert one.notice.headline
        assert one.notice.link.startswith("http://127.0.0.1:4319/")


def test_restarts_without_downtime_change_nothing(tmp_path: Path) -> None:
    """The same seed with and without restarts in it, also between any two lines of a tick, writes the same log."""
    logs: list[list[tuple[datetime, str, object, Phase]]] = []
    often = timedelta(minutes=7)
    for restarts, kills in ((None, None), (often, None), (None, often)):
        folder = tmp_path / f"{len(logs)}"
        folder.mkdir()
        world = World(1, folder, downtime=False, restart_every=restarts, kill_every=kills, length=HALF_HOUR, calm=NONE)
        world.run()
        logs.append([(one.at, one.alarm, one.group, one.now) for one in Left(folder, world).log])
    assert logs[0]
    assert logs[1] == logs[0]
    assert logs[2] == logs[0]


def test_a_clock_that_was_ahead_is_given_up_and_leaves_rows_that_say_so(tmp_path: Path) -> None:
    world = World(3, tmp_path, length=NONE, calm=NONE)
    heappush(world.heap, (world.at + 5 * STEP, 0, "clock"))
    world.run()
    (mark,) = [one.mark_ahead for one in world.ticked if one.mark_ahead]
    assert mark == world.ahead_until + world.ahead - STEP
    assert world.ahead >= timedelta(hours=3)
    rows = [moved for moved in Left(tmp_path, world).log if moved.alarm == NOT_JUDGED]
    assert [(one.was, one.now) for one in rows][-1] == (Phase.QUIET, Phase.QUIET)
    assert rows[-1].at == world.ahead_until
