"""The state machine: verdicts in, phases out; time is an argument.

`QUIET` - breach -> `PENDING` - breached for `hold` -> `FIRING` - healthy -> `CLEARING` - healthy for `keep` -> `QUIET`.

Only judged time counts: an hour in which nobody judged, or in which there was no data, is neither breach nor health.
So a process that was down can't turn a moment of trouble into a page, nor a moment of health into a recovery.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.model.alarm import Patience, Phase, Standing, Verdict

NOTHING = timedelta(0)

# Flapping: so many changes of phase within so many judgements.
FLAP_JUDGEMENTS = 20
FLAP_MOVES_MIN = 4
_FLAP_MASK = (1 << FLAP_JUDGEMENTS) - 1


@dataclass(frozen=True, slots=True)
class Course:
    """A standing, and what its log row can't say; both live in the same transaction.

    `waited` is the time judged as breach while pending, or as healthy while clearing. `moves` has one bit for each of
    the last 20 judgements, the newest lowest: 1 where the phase changed.
    """

    standing: Standing
    waited: timedelta = NOTHING
    moves: int = 0

    @property
    def active(self) -> bool:
        """Whether people were told, or would have been: firing or clearing."""
        return self.standing.phase in {Phase.FIRING, Phase.CLEARING}


def at_rest(at: datetime) -> Course:
    """Return the course of an alarm that was never judged."""
    return Course(Standing(Phase.QUIET, since=at))


def step(now: Course, verdict: Verdict, patience: Patience, *, at: datetime, elapsed: timedelta) -> Course:
    """Return the course after one verdict; the same object when nothing changed.

    `elapsed` is the judged time since the verdict before: at most one tick, however long nobody judged.
    NO_DATA and FAILED move nothing: silence is not health, and it is not harm.
    """
    assert at >= now.standing.since, "verdicts come in time order"
    assert elapsed >= NOTHING, "time goes forward"
    if verdict in {Verdict.NO_DATA, Verdict.FAILED}:
        return now
    breach = verdict is Verdict.BREACH
    phase = now.standing.phase
    moves = (now.moves << 1) & _FLAP_MASK
    waited = now.waited + elapsed if phase is (Phase.PENDING if breach else Phase.CLEARING) else NOTHING
    if breach:
        then = _after_breach(phase, waited, patience.hold)
    else:
        # Flap control only ever holds open; it never delays or hastens a first fire.
        then = _after_health(phase, waited, patience.keep, hold_open=moves.bit_count() >= FLAP_MOVES_MIN)
    if then is not phase:
        return Course(Standing(then, since=at), NOTHING, moves | 1)
    return now if (waited, moves) == (now.waited, now.moves) else Course(now.standing, waited, moves)


def _after_breach(phase: Phase, waited: timedelta, hold: timedelta) -> Phase:
    if phase is Phase.QUIET:
        return Phase.PENDING if hold else Phase.FIRING
    if phase is Phase.PENDING and waited < hold:
        return Phase.PENDING
    return Phase.FIRING


def _after_health(phase: Phase, waited: timedelta, keep: timedelta, *, hold_open: bool) -> Phase:
    if phase is Phase.FIRING and keep:
        return Phase.CLEARING
    if phase is Phase.CLEARING and (waited < keep or hold_open):
        return Phase.CLEARING
    return Phase.QUIET
