"""The tick with the real control state: one transaction, in order, and nothing lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from tests.alarms.world import APP, DAY, HOUR, MEASURES, MINUTE, START, Traffic, some_calls, worse

from tocsin.alarms.amends import NOT_JUDGED
from tocsin.alarms.evidence import Evidence
from tocsin.alarms.kinds import latency_drift
from tocsin.alarms.maintenance import Maintenance
from tocsin.alarms.maintenance import Settings as Window
from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.series import Series, SeriesSource
from tocsin.model.alarm import Group, Judgement, Phase, Severity, Standing, Verdict
from tocsin.model.hush import Matchers, Silence
from tocsin.model.incident import Incident
from tocsin.model.notice import Delivered, Notice, NoticeState
from tocsin.model.whole import whole
from tocsin.notify.render import notice_for
from tocsin.store.control import Control
from tocsin.watch import GROUPS_MAX, MISSED_TICKS_MAX, Settings, Telling, Watch, ticks_due

STEP = timedelta(seconds=5)
# A service of three calls a second.
BUSY = Traffic(180, plain=True)
BEGIN = START + HOUR


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "control.db")
    yield control
    control.close()


def tell(incident: Incident, state: NoticeState, at: datetime) -> Notice:
    return notice_for(incident, at=at, base_url="http://127.0.0.1:4319", state=state, measures=MEASURES)


TELLING = Telling(MEASURES, tell, ("inbox",))


class World:
    """A service whose calls are made as time goes on, watched every five seconds."""

    def __init__(self, control: Control, seed: int = 1) -> None:
        self.random = Random(seed)
        self.series = Series(START, STEP)
        self.control = control
        for _ in range(HOUR // STEP):
            self.series.append(some_calls(self.random, BUSY, STEP / MINUTE))
        self.at = BEGIN
        self.watch = self.watching()

    def watching(self) -> Watch:
        source = SeriesSource({APP: self.series})
        return Watch(DEFAULT, source, self.control, TELLING, up_since=START, settings=Settings(STEP, timedelta(0)))

    def go(self, length: timedelta, traffic: Traffic = BUSY, *, judge: bool = True) -> list[Notice]:
        told: list[Notice] = []
        for _ in range(length // STEP):
            self.series.append(some_calls(self.random, traffic, STEP / MINUTE))
            self.at += STEP
            if judge:
                told += self.watch.tick(self.at).notices
        return told


def test_an_outage_is_one_message_within_half_a_minute_and_its_end_another(control: Control) -> None:
    """First failed call of a full outage to message: 60 s is the promise, delivery and settling included."""
    world = World(control)
    assert world.go(5 * MINUTE) == []
    began = world.at
    (fire,) = world.go(2 * MINUTE, worse(BUSY, failing=0.9))
    assert fire.at - began <= timedelta(seconds=30)
    assert fire.state is NoticeState.FIRING
    assert fire.alarm == "errors_fast"
    assert fire.started <= began
    assert world.go(10 * MINUTE, worse(BUSY, failing=0.9)) == []
    (end,) = world.go(20 * MINUTE)
    assert (end.state, end.incident, end.sequence) == (NoticeState.RESOLVED, fire.incident, fire.sequence + 1)
    assert control.incidents()[0].closed == end.at


@pytest.mark.parametrize("per_minute", [120, 300])
@pytest.mark.parametrize("seed", range(4))
def test_an_outage_of_a_service_in_a_demonstration_is_told_in_time(
    tmp_path: Path, per_minute: float, seed: int
) -> None:
    control = Control(tmp_path / "control.db")
    world = World(control, seed)
    traffic = replace(BUSY, calls=per_minute)
    world.go(MINUTE, traffic)
    began = world.at
    told = world.go(2 * MINUTE, worse(traffic, failing=0.8))
    control.close()
    assert told[0].at - began <= timedelta(seconds=35)


def test_a_restart_in_the_middle_of_anything_changes_nothing(tmp_path: Path) -> None:
    """State is what is committed: a new watch after every tick writes the same log."""
    logs: list[list[tuple[datetime, str, Phase]]] = []
    for restarts in (False, True):
        control = Control(tmp_path / f"{restarts}.db")
        world = World(control)
        for traffic, length in ((BUSY, 10), (worse(BUSY, failing=0.3), 30), (BUSY, 140)):
            for _ in range(length):
                world.go(STEP, traffic)
                if restarts:
                    world.watch = world.watching()
        logs.append([(moved.at, moved.alarm, moved.now) for moved in control.transitions()])
        control.close()
    assert logs[0] == logs[1]
    assert logs[0]


def test_missed_ticks_are_judged_in_order_and_stamped_with_their_own_time(tmp_path: Path) -> None:
    logs: list[list[tuple[datetime, Phase]]] = []
    for judge in (True, False):
        control = Control(tmp_path / f"{judge}.db")
        world = World(control)
        world.go(MINUTE)
        world.go(2 * MINUTE, worse(BUSY, failing=0.9), judge=judge)
        world.go(MINUTE, worse(BUSY, failing=0.9))
        moved = control.transitions(alarm="errors_fast")
        logs.append([(one.at, one.now) for one in moved])
        assert any(one.late for one in moved) is not judge
        control.close()
    assert logs[0] == logs[1]


def test_a_gap_beyond_the_limit_is_written_down_and_told_once_it_is_over(control: Control) -> None:
    """Nobody knows what happened in it, and that is what is said: a ticket, and as one message."""
    world = World(control)
    world.go(MINUTE)
    world.go(5 * HOUR, judge=False)
    ticked = world.watch.tick(world.at)
    since, until = BEGIN + MINUTE, world.at - (MISSED_TICKS_MAX - 1) * MINUTE
    assert ticked.gap is not None
    assert (ticked.gap.since, ticked.gap.until) == (since, until)
    assert ticked.at == world.at
    log = control.transitions(alarm=NOT_JUDGED, group=whole("default"))
    assert [(one.now, one.at) for one in reversed(log)] == [(Phase.FIRING, since), (Phase.QUIET, until)]
    assert log[0].judgement.note.startswith("nobody judged from 2026-03-02 01:01 to")
    due = control.take("inbox", world.at)
    assert due is not None
    assert due.notice.headline == "Over after 4 h 1 min: all services: alarm not_judged, 01:01 to 05:02 UTC"
    assert (due.notice.severity, due.notice.group) == (Severity.TICKET, whole("default"))
    assert "Nobody judged from 2026-03-02 01:01 to 2026-03-02 05:02 UTC." in due.notice.compared
    control.record(due, Delivered(), world.at)
    assert control.take("inbox", world.at) is None
    assert [(one.headline, one.started, one.closed) for one in control.incidents()] == [(NOT_JUDGED, since, until)]


def test_a_pause_that_can_be_judged_afterwards_tells_of_no_gap(control: Control) -> None:
    world = World(control)
    world.go(MINUTE)
    world.go(HOUR, judge=False)
    ticked = world.watch.tick(world.at)
    assert (ticked.gap, ticked.notices) == (None, ())


def ahead(control: Control, mark: datetime) -> None:
    """Put the tick mark where a clock that was ahead would have left it."""
    with control.transaction() as tx:
        tx.ticked = mark


def test_a_tick_mark_in_the_far_future_silences_nothing_and_is_said(control: Control) -> None:
    """A clock that was set ahead once, a year perhaps, and was put right."""
    world = World(control)
    world.go(5 * MINUTE)
    mark = world.at + 365 * DAY
    ahead(control, mark)
    ticked = world.watch.tick(world.at + STEP)
    assert (ticked.at, ticked.mark_ahead, ticked.gap) == (world.at + STEP, mark, None)
    assert control.ticked == world.at + STEP
    assert world.watch.tick(world.at + 2 * STEP).mark_ahead is None
    assert len(world.go(2 * MINUTE, worse(BUSY, failing=0.9))) == 1


def test_a_tick_mark_a_little_ahead_is_waited_for() -> None:
    assert ticks_due(START + 5 * MINUTE, START, STEP) == ([], None)
    due, gap = ticks_due(START + 5 * MINUTE + STEP, START, STEP)
    assert ([(one.at, one.late) for one in due], gap) == ([(START, False)], None)


def test_what_was_firing_while_the_clock_was_ahead_goes_on_from_now_and_ends(control: Control) -> None:
    """Its log rows and its incident lie in the future; verdicts and rows must come in time order all the same."""
    world = World(control)
    world.go(DAY - HOUR, judge=False)
    world.at += 3 * HOUR  # the clock is ahead; the calls are where it says
    world.series = Series(world.at - HOUR, STEP)
    for _ in range(HOUR // STEP):
        world.series.append(some_calls(world.random, BUSY, STEP / MINUTE))
    world.watch = world.watching()
    (fire,) = world.go(2 * MINUTE, worse(BUSY, failing=0.9))

    world.at -= 3 * HOUR  # put right; the outage goes on
    world.series = Series(world.at - HOUR, STEP)
    for _ in range(HOUR // STEP):
        world.series.append(some_calls(world.random, BUSY, STEP / MINUTE))
    world.watch = world.watching()
    back = world.at
    assert world.go(2 * MINUTE, worse(BUSY, failing=0.9)) == []
    (row,) = [one for one in control.transitions(alarm="errors_fast", group=APP) if one.was is one.now]
    assert (row.now, row.at) == (Phase.FIRING, back + STEP)
    (incident,) = control.incidents()
    assert (incident.id, incident.opened) == (fire.incident, back + STEP)
    (end,) = world.go(20 * MINUTE)
    assert (end.state, end.incident, end.started) == (NoticeState.RESOLVED, fire.incident, back + STEP)
    world.go(40 * MINUTE, judge=False)
    later = [told.alarm for told in world.go(2 * MINUTE, worse(BUSY, failing=0.9))]
    assert later.count("errors_fast") == 1, "and the next one is an incident of its own"
    assert set(later) <= {"errors_fast", "error_budget"}


def test_an_alarm_taken_out_of_the_configuration_stands_nowhere_any_more(control: Control) -> None:
    """Nobody judges it, so it would stand firing for ever; nobody knows that it is over, so nobody is told that."""
    world = World(control)
    (fire,) = world.go(2 * MINUTE, worse(BUSY, failing=0.9))
    world.watch = replace_alarms(world.watch, tuple(alarm for alarm in DEFAULT if alarm.name != "errors_fast"))
    ticked = world.watch.tick(world.at + STEP)
    assert ticked.notices == ()
    (moved,) = [one for one in ticked.transitions if one.alarm == "errors_fast"]
    assert (moved.was, moved.now, moved.at) == (Phase.FIRING, Phase.QUIET, world.at + STEP)
    assert moved.judgement.note == "the alarm is not in the configuration any more"
    assert {standing.phase for standing, _ in control.standings().values()} == {Phase.QUIET}
    closed = control.incident(fire.incident)
    assert closed is not None
    assert closed.closed == world.at + STEP
    assert world.watch.tick(world.at + 2 * STEP).transitions == ()


def test_beyond_the_limit_of_groups_what_is_firing_is_judged_first(control: Control) -> None:
    """A service late in the alphabet must not stay in alarm, or be told as over, because others came."""
    world = World(control)
    (fire,) = world.go(2 * MINUTE, worse(BUSY, failing=0.9))
    crowd = {Group("default", "", f"a{n:05}"): Series(START, STEP) for n in range(GROUPS_MAX)}
    quiet = some_calls(Random(1), BUSY, STEP / MINUTE)
    for series in crowd.values():
        for _ in range(12):
            series.append(quiet)
    source = SeriesSource({APP: world.series, **crowd})
    settings, errors = Settings(STEP, timedelta(0)), [alarm for alarm in DEFAULT if alarm.name == "errors_fast"]
    world.watch = Watch(errors, source, control, TELLING, up_since=START, settings=settings)
    for _ in range(3):
        world.at += STEP
        world.series.append(some_calls(world.random, worse(BUSY, failing=0.9), STEP / MINUTE))
    ticked = world.watch.tick(world.at)
    assert ticked.groups_left_out == 2
    assert ticked.notices == ()
    assert [one.id for one in control.incidents() if one.closed is None] == [fire.incident]


def broken(_settings: object, evidence: Evidence, _standing: Standing) -> Judgement:
    raise ZeroDivisionError(f"of {evidence.group.service}")


def test_an_alarm_that_breaks_is_isolated_and_said(control: Control) -> None:
    """One bad schedule must not stop every alarm."""
    world = World(control)
    spend = next(alarm for alarm in DEFAULT if alarm.name == "cost_run_rate")
    bad = replace(spend, kind=replace(spend.kind, judge=broken))
    world.watch = replace_alarms(world.watch, (bad, *(alarm for alarm in DEFAULT if alarm.name != bad.name)))
    world.go(MINUTE)
    assert len(world.go(2 * MINUTE, worse(BUSY, failing=0.9))) == 1
    ticked = world.watch.tick(world.at + STEP)
    assert ticked.faults == ("cost_run_rate: ZeroDivisionError: of app",)
    assert control.last_judgements()["cost_run_rate", APP].judgement.verdict is Verdict.FAILED


def replace_alarms(watch: Watch, alarms: tuple[object, ...]) -> Watch:
    return Watch(alarms, watch.source, watch.control, watch.telling, up_since=START, settings=watch.settings)  # type: ignore[arg-type]


def test_a_steady_judge_is_asked_once_a_minute_and_all_goes_as_if_it_were_asked_each_time(tmp_path: Path) -> None:
    """Its windows end at a whole minute; five seconds later it would say the same."""
    slow = replace(BUSY, plain=False, middle_ms=20_000)
    logs: list[object] = []
    asked: list[int] = []
    for steady in (True, False):
        control = Control(tmp_path / f"{steady}.db")
        world = World(control)
        times: list[datetime] = []

        def counted(
            settings: object, evidence: Evidence, standing: Standing, times: list[datetime] = times
        ) -> Judgement:
            times.append(evidence.at)
            return latency_drift.judge(settings, evidence, standing)  # type: ignore[arg-type]

        drift = next(alarm for alarm in DEFAULT if alarm.name == "latency_drift")
        alarm = replace(drift, kind=replace(drift.kind, judge=counted, steady=steady))
        world.watch = replace_alarms(world.watch, (alarm,))
        for traffic in (replace(BUSY, plain=False), slow, replace(BUSY, plain=False)):
            world.go(20 * MINUTE, traffic)
        logs.append([(row.at, row.was, row.now, row.judgement) for row in control.transitions()])
        asked.append(len(times))
        control.close()
    assert logs[0] == logs[1] != []
    # Once a minute, and once more at each change of phase.
    assert 60 <= asked[0] <= 70
    assert asked[1] == 60 * MINUTE // STEP


class BreaksOnce(SeriesSource):
    """A store that fails in the middle of a tick."""

    def __init__(self, series: dict[Group, Series]) -> None:
        super().__init__(series)
        self.broken = False

    def last_seen(self, until: datetime) -> dict[Group, datetime]:
        if self.broken:
            self.broken = False
            raise OSError("the store is away")
        return dict(super().last_seen(until))


def test_a_tick_that_breaks_leaves_everything_as_it_was(control: Control) -> None:
    world = World(control)
    source = BreaksOnce({APP: world.series})
    world.watch = Watch(DEFAULT, source, control, TELLING, up_since=START, settings=Settings(STEP, timedelta(0)))
    world.go(MINUTE)
    before = control.ticked
    source.broken = True
    with pytest.raises(OSError, match="away"):
        world.watch.tick(world.at + STEP)
    assert control.ticked == before
    assert world.watch.tick(world.at + STEP).at == world.at + STEP


def test_the_first_tick_of_all_judges_now_and_a_second_at_the_same_time_nothing(control: Control) -> None:
    world = World(control)
    assert world.watch.tick(BEGIN + timedelta(seconds=3)).at == BEGIN
    again = world.watch.tick(BEGIN + timedelta(seconds=4))
    assert (again.at, again.judged) == (None, 0)


def test_ticks_lie_on_a_grid_and_elapsed_time_is_at_most_one_step() -> None:
    due, gap = ticks_due(START, START + timedelta(seconds=17), STEP)
    assert [one.at - START for one in due] == [timedelta(seconds=n) for n in (5, 10, 15)]
    assert {one.elapsed for one in due} == {STEP}
    assert [one.late for one in due] == [True, True, False]
    assert gap is None


def test_beyond_the_limit_missed_ticks_are_judged_once_a_minute() -> None:
    at = START + 40 * MINUTE + timedelta(seconds=7)
    due, gap = ticks_due(START, at, STEP)
    assert gap is None
    assert [one.at for one in due[:-1]] == [START + n * MINUTE for n in range(1, 41)]
    assert (due[-1].at, due[-1].elapsed) == (START + 40 * MINUTE + STEP, STEP)


def test_a_clock_that_went_back_a_little_judges_nothing_twice() -> None:
    assert ticks_due(START, START - MINUTE, STEP) == ([], None)


@pytest.mark.parametrize(
    "wrong", [{"every": timedelta(seconds=7)}, {"every": timedelta(0)}, {"lag": timedelta(hours=1)}]
)
def test_a_tick_that_fits_no_minute_is_refused(wrong: dict[str, timedelta]) -> None:
    with pytest.raises(ValueError, match="got"):
        Settings(**wrong)


def test_silence_of_everything_is_one_message_and_history_of_days_is_enough(control: Control) -> None:
    series = Series(START - 2 * DAY)
    random = Random(3)
    for _ in range(2 * DAY // MINUTE):
        series.append(some_calls(random, Traffic(10, plain=True)))
    watch = Watch(DEFAULT, SeriesSource({APP: series}), control, TELLING, up_since=START - 3 * DAY)
    told = [notice for n in range(40) for notice in watch.tick(START + n * MINUTE / 2).notices]
    assert [(notice.alarm, notice.group) for notice in told] == [("no_data_global", whole("default"))]
    assert timedelta(0) <= START - told[0].started <= MINUTE


def test_a_silence_holds_back_what_is_told_and_nothing_else_and_its_end_tells_the_rest(control: Control) -> None:
    world = World(control)
    until = world.at + 10 * MINUTE
    with control.transaction() as tx:
        tx.add_silence(Silence(0, Matchers(service=APP.service), world.at, until, "Ada", "a deploy"))
    assert world.go(5 * MINUTE, worse(BUSY, failing=0.9)) == []
    (held,) = control.incidents()
    assert (held.closed, held.notices, held.held) == (None, 0, f"silenced by Ada (a deploy) until {until:%H:%M} UTC")
    (fire,) = world.go(10 * MINUTE, worse(BUSY, failing=0.9))
    assert fire.at == until
    assert fire.handled == f"No longer silenced by Ada (a deploy) until {until:%H:%M} UTC."
    (end,) = world.go(20 * MINUTE)
    assert end.state is NoticeState.RESOLVED


def test_a_maintenance_window_holds_back_what_is_told_while_it_is_active(control: Control) -> None:
    world = World(control)
    window = Window(start=f"{world.at:%H:%M}", length=10 * MINUTE, service=APP.service)
    world.watch.telling = replace(TELLING, windows=(Maintenance("nightly", window),))
    assert world.go(5 * MINUTE, worse(BUSY, failing=0.9)) == []
    (fire,) = world.go(10 * MINUTE, worse(BUSY, failing=0.9))
    assert fire.handled.startswith("No longer in maintenance nightly until ")


def test_ended_by_hand_a_silence_tells_at_the_next_tick(control: Control) -> None:
    world = World(control)
    with control.transaction() as tx:
        silence = Silence(0, Matchers(service=APP.service), world.at, world.at + HOUR, "Ada", "")
        kept = tx.add_silence(silence)
    assert world.go(5 * MINUTE, worse(BUSY, failing=0.9)) == []
    with control.transaction() as tx:
        tx.end_silence(kept.id, "Ben", world.at)
    (fire,) = world.go(STEP, worse(BUSY, failing=0.9))
    assert fire.state is NoticeState.FIRING
