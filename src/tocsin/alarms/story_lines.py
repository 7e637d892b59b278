"""The lines of a story that tell what no window of calls does: runs, scores; each answers one class of asks.

To add a line: what its fields are, and a function that makes of them a `Teller`, which answers its own asks and says
nothing to others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tocsin import settings
from tocsin.model.alarm import Group
from tocsin.model.fact import Ask
from tocsin.model.pipeline import Arrivals, AskArrivals, AskPipeline, FailingChannel, FailingJudge, Pipeline
from tocsin.model.run import BusyRun, BusyRuns, RunHabit, RunHabits, run_subject
from tocsin.model.scored import AskJudging, AskScores, Judging, Scored, ScoreStep
from tocsin.model.whole import whole

# Where 00:00 of every story lies: a Monday, so that hours of the week mean something.
START = datetime(2026, 3, 2, tzinfo=UTC)
GROUP = Group("default", "production", "app")
MINUTE = timedelta(minutes=1)

Teller = Callable[[Ask, datetime], Mapping[Group, object]]
Said = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time that a line is about; half-open."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One word of the language; `tell` raises ValueError for a value that can't be read."""

    fields: tuple[str, ...]
    tell: Callable[[Stretch, Said], Teller]
    example: str


def all_of(tellers: Sequence[Teller]) -> Teller:
    """Return what answers with everything that any of them says."""

    def told(ask: Ask, at: datetime) -> Mapping[Group, object]:
        found: dict[Group, object] = {}
        for teller in tellers:
            for group, fact in teller(ask, at).items():
                before = found.get(group)
                # Scores of several stretches are one story of one evaluator.
                if isinstance(before, Scored) and isinstance(fact, Scored):
                    found[group] = replace(before, steps=before.steps + fact.steps)
                else:
                    found[group] = fact
        return found

    return told


def _number(said: Said, name: str, default: float = 0.0) -> float:
    try:
        return float(said.get(name, default))
    except ValueError:
        raise ValueError(f'{name} = "{said[name]}" is not a number') from None


def _usd(said: Said, name: str) -> float:
    return float(settings.money(said[name])) if name in said else 0.0


def _run(stretch: Stretch, said: Said) -> Teller:
    """Tell of one run; numbers are per minute, and it has ended when the stretch is over, or never says so."""
    name = said.get("name", "7f3a")
    per_minute = {key: _number(said, key) for key in ("tools", "models", "same", "tokens")}
    cost = _usd(said, "cost")

    def told(ask: Ask, at: datetime) -> Mapping[Group, object]:
        if not isinstance(ask, BusyRuns) or not stretch.since < at <= stretch.until + ask.within:
            return {}
        newest = min(at, stretch.until)
        minutes = (newest - stretch.since) / MINUTE
        lately = max(timedelta(0), newest - max(stretch.since, at - ask.within)) / MINUTE
        run = BusyRun(
            trace_id=name,
            agent=said.get("agent", ""),
            tenant=said.get("tenant", ""),
            started=stretch.since,
            newest=newest,
            ended=at > stretch.until,
            model_calls=round(per_minute["models"] * minutes),
            tool_calls=round(per_minute["tools"] * minutes),
            tokens_lately=round(per_minute["tokens"] * lately),
            usd_lately=cost * lately,
            usd=cost * minutes,
            repeated="search" if per_minute["same"] else "",
            repeats=round(per_minute["same"] * minutes),
        )
        return {GROUP.named(run_subject(name)): run}

    return told


def _habit(stretch: Stretch, said: Said) -> Teller:
    """Tell how runs usually go, while the stretch lasts."""
    habit = RunHabit(
        runs=int(_number(said, "runs")),
        rootless=int(_number(said, "rootless")),
        took_p99=settings.duration(said.get("took", "10s")),
        steps_p99=int(_number(said, "steps")),
        tokens_p99=int(_number(said, "tokens")),
        usd_median=_usd(said, "cost"),
    )

    def told(ask: Ask, at: datetime) -> Mapping[Group, object]:
        return {GROUP: habit} if isinstance(ask, RunHabits) and stretch.since <= at < stretch.until else {}

    return told


def _scores(stretch: Stretch, said: Said) -> Teller:
    """Tell of an evaluator's scores: so many passed and failed in each step, `every` so long."""
    every = settings.duration(said.get("every", "1h"))
    if every < MINUTE:
        raise ValueError(f"every must be a minute or more; got {every}")
    passed, failed = int(_number(said, "pass")), int(_number(said, "fail"))
    name = said.get("name", "faithfulness")
    steps = tuple(
        ScoreStep(stretch.since + n * every, (0.0, 1.0), (failed, passed))
        for n in range((stretch.until - stretch.since) // every)
    )

    def told(ask: Ask, at: datetime) -> Mapping[Group, object]:
        if not isinstance(ask, AskScores):
            return {}
        seen = tuple(step for step in steps if at - ask.back <= step.at and step.at + every <= at)
        return {GROUP.named(f"evaluator {name}"): Scored(name, seen)} if seen else {}

    return told


def _judging(stretch: Stretch, said: Said) -> Teller:
    """Tell how an evaluator does its work while the stretch lasts; counts are those of the window."""
    attempts, failed = int(_number(said, "attempts")), int(_number(said, "failed"))
    if failed > attempts:
        raise ValueError("more evaluations failed than there were")
    calls, usual_attempts = int(_number(said, "calls")), int(_number(said, "usual"))
    usual_calls = int(_number(said, "of", usual_attempts))
    gap = settings.duration(said.get("gap", "1m"))
    name = said.get("name", "faithfulness")

    def told(ask: Ask, at: datetime) -> Mapping[Group, object]:
        if not isinstance(ask, AskJudging) or not stretch.since <= at < stretch.until:
            return {}
        newest = at if attempts > failed else stretch.since
        judging = Judging(attempts, failed, said.get("reason", ""), calls, usual_attempts, usual_calls, newest, gap)
        return {GROUP.named(f"scores {name}"): judging}

    return told


def _pipeline(stretch: Stretch, said: Said) -> Teller:
    """Tell how the server does while the stretch lasts: channels and judges fail from its start on."""
    counts = {key: int(_number(said, key)) for key in ("waiting", "requests", "refused", "spans", "late", "skewed")}
    for part, of in (("refused", "requests"), ("late", "spans"), ("skewed", "spans")):
        if counts[part] > counts[of]:
            raise ValueError(f"{part} is more than {of}")
    since, words = stretch.since, said.get("words", "")
    channel = FailingChannel(
        said.get("channel", ""),
        since,
        1,
        words,
        counts["waiting"],
        refused=said.get("then", "") == "gave_up",
        paged=said.get("of", "") == "page",
    )
    pipeline = Pipeline(
        channels=(channel,) if channel.name else (),
        judges=(FailingJudge(said["judge"], since, "ValueError"),) if "judge" in said else (),
        overdue=settings.duration(said.get("overdue", "0s")),
        lag=settings.duration(said.get("lag", "0s")),
        requests=counts["requests"],
        refused=counts["refused"],
    )
    arrivals = Arrivals(counts["spans"], counts["late"], counts["skewed"])

    def told(ask: Ask, at: datetime) -> Mapping[Group, object]:
        if not stretch.since <= at < stretch.until:
            return {}
        match ask:
            case AskPipeline():
                return {whole(GROUP.project): pipeline}
            case AskArrivals():
                return {whole(GROUP.project): arrivals}
            case _:
                return {}

    return told


LINES: Mapping[str, Line] = {
    "run": Line(
        ("name", "agent", "tenant", "tools", "models", "same", "tokens", "cost"),
        _run,
        "run 00:10 9m name 7f3a tools 16 same 7 cost 1.4 USD",
    ),
    "habit": Line(
        ("runs", "rootless", "took", "steps", "tokens", "cost"),
        _habit,
        "habit 00:00 2d runs 500 took 30s steps 8 tokens 4000 cost 0.02 USD",
    ),
    "scores": Line(
        ("name", "pass", "fail", "every"),
        _scores,
        "scores 00:00 3d pass 45 fail 5 every 1h",
    ),
    "judging": Line(
        ("name", "attempts", "failed", "reason", "calls", "usual", "of", "gap"),
        _judging,
        "judging 00:00 2h attempts 40 failed 18 reason rate_limit calls 400 usual 9000 of 90000",
    ),
    "pipeline": Line(
        (
            *("channel", "words", "waiting", "then", "of", "judge", "overdue", "lag"),
            *("requests", "refused", "spans", "late", "skewed"),
        ),
        _pipeline,
        "pipeline 00:00 9m channel oncall words invalid_auth waiting 3 of page",
    ),
}
