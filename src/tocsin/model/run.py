"""Runs: what one trace of an agent or a request has done so far, ended or not, and what runs usually do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.model.fact import Ask

# How many characters of a trace id name a run in a subject: enough to find it, few enough to read.
RUN_ID_LETTERS = 8


def run_subject(trace_id: str) -> str:
    """Return the subject that is one run: "run 7f3a90b2"."""
    return f"run {trace_id[:RUN_ID_LETTERS]}"


@dataclass(frozen=True, slots=True)
class BusyRuns(Ask):
    """Asks which runs do much, by any of these numbers; answered by a `BusyRun` for each, as a subject."""

    every: timedelta = timedelta(seconds=30)
    # Tokens within `within`.
    tokens: int = 25_000
    # Model and tool calls, and calls of tools, so far.
    steps: int = 15
    tool_calls: int = 3
    # USD so far.
    usd: float = 2.5
    # Only runs of which a span ended so lately.
    within: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class BusyRun:
    """What is known of one run at a moment; from the spans that have ended by then, of the last two hours."""

    # 32 hex digits.
    trace_id: str
    # Empty: not told.
    agent: str
    tenant: str
    started: datetime
    # End of its newest span.
    newest: datetime
    # True once its root has come.
    ended: bool
    model_calls: int
    tool_calls: int
    # Tokens and USD of the ask's `within`; unpriced calls cost nothing here.
    tokens_lately: int
    usd_lately: float
    usd: float
    # The tool that was called most often with the very same arguments, and how often; 0 where none says its arguments.
    repeated: str = ""
    repeats: int = 0

    @property
    def steps(self) -> int:
        """Model and tool calls."""
        return self.model_calls + self.tool_calls


@dataclass(frozen=True, slots=True)
class RunHabits(Ask):
    """Asks how runs of each service usually go; answered by a `RunHabit` for each service."""

    every: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RunHabit:
    """How runs of one service usually go; of the last day, or the newest of it where that is too much to read."""

    # Runs that had time to end, and how many of them never sent a root.
    runs: int
    rootless: int
    # 99 of a hundred runs that ended stay below these: how long they took, model and tool calls, tokens in two minutes.
    took_p99: timedelta
    steps_p99: int
    tokens_p99: int
    usd_median: float


@dataclass(frozen=True, slots=True)
class OpenRuns(Ask):
    """Asks which runs have begun and not ended; answered by an `InFlight` for each service."""

    every: timedelta = timedelta(seconds=30)
    # A run that gave no sign of life for so long is given up: its process is gone.
    quiet_max: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class OpenRun:
    """One run that has begun and not ended."""

    # 32 hex digits.
    trace_id: str
    started: datetime
    # Its newest sign of life: the end of a span, or a heartbeat.
    newest: datetime
    # True: its start was told. False: it is inferred from spans whose root has not come.
    told: bool
    # Empty: not known.
    agent: str = ""
    # The tool it called last.
    tool: str = ""


@dataclass(frozen=True, slots=True)
class InFlight:
    """The runs of one service that are open, the oldest first; `left_out` more are not listed."""

    runs: tuple[OpenRun, ...]
    left_out: int = 0
