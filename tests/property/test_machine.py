"""The alarm machine, against everything that verdicts, time and restarts can do to it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.alarms.machine import FLAP_JUDGEMENTS, FLAP_MOVES_MIN, NOTHING, Course, at_rest, step
from tocsin.model.alarm import Patience, Phase, Standing, Verdict

START = datetime(2026, 3, 2, tzinfo=UTC)
TICK = timedelta(seconds=30)

verdicts = st.lists(st.sampled_from(list(Verdict)), max_size=120)
judged = st.lists(st.sampled_from([Verdict.OK, Verdict.BREACH]), max_size=120)
patiences = st.builds(
    Patience,
    hold=st.integers(0, 20).map(lambda n: n * TICK),
    keep=st.integers(0, 20).map(lambda n: n * TICK),
)


@dataclass(frozen=True)
class Seen:
    at: datetime
    verdict: Verdict
    before: Course
    after: Course


def run(said: list[Verdict], patience: Patience, course: Course | None = None) -> list[Seen]:
    course = course or at_rest(START)
    seen: list[Seen] = []
    for n, verdict in enumerate(said):
        at = START + n * TICK
        then = step(course, verdict, patience, at=at, elapsed=TICK)
        seen.append(Seen(at, verdict, course, then))
        course = then
    return seen


def first_fire(seen: list[Seen]) -> datetime | None:
    return next((one.at for one in seen if one.after.standing.phase is Phase.FIRING), None)


@given(said=verdicts, patience=patiences)
@settings(max_examples=500)
def test_it_never_fires_before_hold_of_judged_breach(said: list[Verdict], patience: Patience) -> None:
    breached = NOTHING
    for one in run(said, patience):
        fresh = one.before.standing.phase in {Phase.QUIET, Phase.PENDING}
        if one.verdict is Verdict.OK:
            breached = NOTHING
        elif one.verdict is Verdict.BREACH:
            breached += TICK
        if fresh and one.after.standing.phase is Phase.FIRING:
            # The first breach marks the beginning; what was before it is not known to be one.
            assert breached - TICK >= patience.hold


@given(said=verdicts, patience=patiences)
@settings(max_examples=500)
def test_it_is_never_quiet_again_before_keep_of_judged_health(said: list[Verdict], patience: Patience) -> None:
    healthy = NOTHING
    for one in run(said, patience):
        if one.verdict is Verdict.BREACH:
            healthy = NOTHING
        elif one.verdict is Verdict.OK:
            healthy += TICK
        if one.before.active and one.after.standing.phase is Phase.QUIET:
            assert healthy - TICK >= patience.keep


@given(said=verdicts, patience=patiences, cut=st.integers(0, 120))
@settings(max_examples=500)
def test_a_restart_after_any_verdict_changes_nothing(said: list[Verdict], patience: Patience, cut: int) -> None:
    """What is written down, a log row and two numbers, is all the state there is (prometheus#422, #15175, #13957)."""
    whole = run(said, patience)
    head = run(said[:cut], patience)
    kept = head[-1].after if head else at_rest(START)
    row = Standing(Phase(kept.standing.phase.value), datetime.fromisoformat(kept.standing.since.isoformat()))
    course = Course(row, timedelta(microseconds=kept.waited // timedelta(microseconds=1)), int(kept.moves))
    for n, verdict in list(enumerate(said))[cut:]:
        course = step(course, verdict, patience, at=START + n * TICK, elapsed=TICK)
    assert course == (whole[-1].after if whole else at_rest(START))


@given(verdict=st.sampled_from(list(Verdict)), patience=patiences, n=st.integers(0, 200))
def test_constant_truth_moves_at_most_twice(verdict: Verdict, patience: Patience, n: int) -> None:
    """No alternation while nothing changes (grafana#37461, #35539)."""
    moves = [one for one in run([verdict] * n, patience) if one.before.standing != one.after.standing]
    assert len(moves) <= (2 if verdict is Verdict.BREACH else 0)


@given(said=verdicts, patience=patiences, held=st.sampled_from([Verdict.NO_DATA, Verdict.FAILED]))
def test_silence_and_a_broken_judge_move_nothing(said: list[Verdict], patience: Patience, held: Verdict) -> None:
    seen = run(said, patience)
    course = seen[-1].after if seen else at_rest(START)
    assert step(course, held, patience, at=START + 500 * TICK, elapsed=TICK) is course


@given(said=verdicts, patience=patiences, gaps=st.sets(st.integers(0, 120)))
def test_what_nobody_judged_counts_as_nothing(said: list[Verdict], patience: Patience, gaps: set[int]) -> None:
    """An hour of downtime is worth one tick, whatever it hides (VictoriaMetrics#8225)."""
    plain = [one.after.standing.phase for one in run(said, patience)]
    course, at = at_rest(START), START
    phases: list[Phase] = []
    for n, verdict in enumerate(said):
        at += timedelta(hours=1) if n in gaps else TICK
        course = step(course, verdict, patience, at=at, elapsed=TICK)
        phases.append(course.standing.phase)
    assert phases == plain


@given(said=judged, patience=patiences)
@settings(max_examples=300)
def test_flap_control_never_changes_when_a_first_fire_happens(said: list[Verdict], patience: Patience) -> None:
    """Holding open is for alarms that fire already (elastic/kibana PR #265588)."""
    calm = Course(Standing(Phase.QUIET, START))
    flapping = Course(Standing(Phase.QUIET, START), moves=(1 << FLAP_JUDGEMENTS) - 1)
    assert first_fire(run(said, patience, calm)) == first_fire(run(said, patience, flapping))


def test_an_alarm_that_flaps_is_held_open_until_it_is_calm() -> None:
    patience = Patience(hold=NOTHING, keep=TICK)
    back_and_forth = [Verdict.BREACH, Verdict.OK] * 4
    seen = run([*back_and_forth, *[Verdict.OK] * 40], patience)
    quiet = next(n for n, one in enumerate(seen) if n and one.after.standing.phase is Phase.QUIET)
    assert seen[quiet - 1].before.moves.bit_count() >= FLAP_MOVES_MIN
    assert quiet > len(back_and_forth) + 1, "keep alone would have ended it at once"
    assert seen[-1].after.standing.phase is Phase.QUIET


def test_nothing_to_say_gives_the_same_object_back() -> None:
    course = at_rest(START)
    patience = Patience(hold=TICK, keep=TICK)
    assert step(course, Verdict.OK, patience, at=START, elapsed=TICK) is course
    firing = Course(Standing(Phase.FIRING, START))
    assert step(firing, Verdict.BREACH, patience, at=START, elapsed=TICK) is firing
