"""Alarm kind `runaway`: one run does too much: it loops, or it spends.

Breach when a run, of which something ended within the last two minutes, has at least one of:
- more tokens in two minutes than 50,000, or ten times what 99 of a hundred runs of its service stay under;
- the same tool with the very same arguments five times in fifteen minutes, where the arguments are sent;
- 30 model and tool calls, or three times what 99 of a hundred runs make: a trace counts as one turn of the user;
- a cost of more than 5 USD, or twenty times that of the run in the middle.

It works on runs that have not ended, from the spans that have come, and on those that come whole. What is usual is
known from 300 runs on, so that three of them decide nothing; until then the fixed limits stand. A page where it spends
more than 1 USD a minute, or has spent more than 20; a ticket else. It ends by itself, some minutes after the run has.

We only watch: what is told is to be stopped at the client.
Source: the default pack's rule 8; that steps are also held against habit is ours, docs/decisions/0215.
"""

from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal

from tocsin.alarms.evidence import End, Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least
from tocsin.alarms.wording import cut, dollars, long, times
from tocsin.model.alarm import Judgement, Patience, Severity, Standing, Verdict
from tocsin.model.run import BusyRun, BusyRuns, RunHabit, RunHabits

# Its graph shows the money.
MEASURE = "cost_per_hour"
HABITS = RunHabits()


@dataclass(frozen=True, slots=True)
class Settings:
    """How much one run may do."""

    tokens_max: int = 50_000
    # Times what 99 of a hundred runs stay under.
    tokens_factor: float = 10.0
    repeats_min: int = 5
    steps_min: int = 30
    steps_factor: float = 3.0
    usd_max: Decimal = Decimal(5)
    # Times what the run in the middle costs.
    usd_factor: float = 20.0
    # Beyond these somebody is woken.
    page_usd: Decimal = Decimal(20)
    page_usd_per_minute: Decimal = Decimal(1)
    # What is usual is told from so many runs at least.
    habit_runs_min: int = 300

    def __post_init__(self) -> None:
        for name in ("tokens_max", "steps_min", "habit_runs_min"):
            at_least(name, getattr(self, name), 1)
        at_least("repeats_min", self.repeats_min, 2)
        for field in fields(self):
            if "usd" in field.name and getattr(self, field.name) <= 0:
                raise ValueError(f"{field.name} must be more than 0; got {getattr(self, field.name)}")
        for name in ("tokens_factor", "steps_factor"):
            at_least(name, getattr(self, name), 1)

    @property
    def ask(self) -> BusyRuns:
        """Ask for runs above half of a limit; fewer tool calls than repeats are too much can't be too many alike."""
        return BusyRuns(
            tokens=max(1, self.tokens_max // 2),
            steps=max(1, self.steps_min // 2),
            tool_calls=self.repeats_min,
            usd=float(self.usd_max) / 2,
        )


def needs(settings: Settings) -> Needs:
    """Ask for the busy runs, and for how runs usually go."""
    return Needs(end=End.TICK, ask=settings.ask, also=(HABITS,))


def judge(settings: Settings, evidence: Evidence, _: Standing) -> Judgement:
    """Judge one run; OK when it is not known any more, so that it clears."""
    run = evidence.fact(settings.ask, BusyRun)
    if run is None or evidence.at - run.newest > settings.ask.within + settings.ask.every:
        return Judgement(Verdict.OK, MEASURE)
    habit = evidence.fact(HABITS, RunHabit)
    known = habit if habit is not None and habit.runs >= settings.habit_runs_min else None
    reasons = _reasons(settings, run, known)
    return Judgement(
        verdict=Verdict.BREACH if reasons else Verdict.OK,
        measure=MEASURE,
        samples=0,
        window=max(settings.ask.within, run.newest - run.started),
        learning=False,
        note=_note(run, reasons),
        severity=_severity(settings, run),
        finding=_finding(run),
    )


def _reasons(settings: Settings, run: BusyRun, habit: RunHabit | None) -> list[str]:
    """Return what is too much, in words; empty when nothing is."""
    tokens = max(settings.tokens_max, settings.tokens_factor * (habit.tokens_p99 if habit else 0))
    steps = max(settings.steps_min, settings.steps_factor * (habit.steps_p99 if habit else 0))
    usd = max(float(settings.usd_max), settings.usd_factor * (habit.usd_median if habit else 0.0))
    found = {
        f"{run.tokens_lately:,} tokens in 2 min, limit {tokens:,.0f}": run.tokens_lately > tokens,
        f"{run.repeats} calls alike, limit {settings.repeats_min}": run.repeats >= settings.repeats_min,
        f"{run.steps:,} steps, limit {steps:,.0f}": run.steps >= steps,
        f"{dollars(run.usd)}, limit {dollars(usd)}": run.usd > usd,
    }
    return [reason for reason, holds in found.items() if holds]


def _severity(settings: Settings, run: BusyRun) -> Severity:
    per_minute = run.usd_lately / (settings.ask.within / timedelta(minutes=1))
    dear = run.usd > settings.page_usd or per_minute > settings.page_usd_per_minute
    return Severity.PAGE if dear else Severity.TICKET


def _finding(run: BusyRun) -> str:
    parts = [
        times(run.tool_calls, "tool call") if run.tool_calls else times(run.model_calls, "model call"),
        *([f"same {cut(run.repeated)} {run.repeats} times"] if run.repeats > 1 else []),
        *([f"{run.tokens_lately:,} tokens in 2 min"] if run.tokens_lately and run.repeats < 2 else []),
        f"{dollars(run.usd)} in {long(run.newest - run.started)}",
        "ended" if run.ended else "still running",
    ]
    return ", ".join(parts)


def _note(run: BusyRun, reasons: list[str]) -> str:
    who = ", ".join(f"{word} {cut(name)}" for word, name in (("agent", run.agent), ("tenant", run.tenant)) if name)
    over = "; ".join(reasons)
    stop = "" if run.ended else "stop it at the client: we only watch"
    return "; ".join(part for part in (who, over, stop) if part)


KIND = Kind(
    title="Runaway run",
    scope=Scope.SUBJECT,
    cause=Cause.RUNAWAY,
    settings=Settings,
    # No hold: each minute costs. The pauses of a slow run are no end of it.
    patience=Patience(hold=timedelta(0), keep=timedelta(minutes=5)),
    needs=needs,
    judge=judge,
    subject="run",
)
