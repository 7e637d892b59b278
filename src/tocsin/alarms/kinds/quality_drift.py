"""Alarm kind `quality_drift`: an evaluator passes fewer answers than it used to.

One instance for each service, evaluator, version and judge: a judge that changes is another instrument, and starts a
reference of its own. Breach when the running sum of log-likelihood ratios says that the share of passes is five points
under its reference, and not by chance (alarms/cusum.py): about one false alarm in two years of one evaluator. A fall of
20 points or more on 50 scores within two hours is a page, everything else a ticket. An improvement is no alarm: it is
said, and becomes the new reference.

Without new scores the alarm holds still; that is `judge_health`'s to tell.

Source: the default pack's rule 12.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.alarms.cusum import DECISION, Side
from tocsin.alarms.evidence import End, Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, positive
from tocsin.alarms.quality import Change, Course, follow_scores
from tocsin.model.alarm import Judgement, Patience, Phase, Severity, Standing, Verdict
from tocsin.model.scored import AskScores, Scored

# A fall this deep, on so many scores, within so long, wakes somebody.
PAGE_FALL = 0.2
PAGE_SCORES_MIN = 50
PAGE_WITHIN = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Settings:
    """Which way is good, and when silence holds the alarm."""

    # Evaluators, by name, of which a low value is a good one.
    lower_is_better: tuple[str, ...] = ("toxicity", "hallucination", "bias", "pii", "jailbreak")
    # Without a score for so long nothing is judged.
    hold_after: timedelta = timedelta(hours=2)

    def __post_init__(self) -> None:
        positive("hold_after", self.hold_after)


ASK = AskScores()


def needs(_: Settings) -> Needs:
    """Ask for no window: scores are no calls."""
    return Needs(end=End.SLOW, ask=ASK)


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge one evaluator; NO_DATA when no score came lately."""
    told = evidence.fact(ASK, Scored)
    nothing = Judgement(Verdict.NO_DATA, "", severity=Severity.TICKET)
    if told is None or not told.steps or evidence.at - told.steps[-1].at > settings.hold_after + ASK.every:
        return nothing
    since = start_of(evidence.at if standing.phase is Phase.QUIET else standing.since)
    course = follow_scores(told, since, lower_is_better=told.evaluator.lower() in settings.lower_is_better)
    return _said(course, told, evidence.at, nothing)


def start_of(at: datetime) -> datetime:
    """Return the month before the one that holds `at`: what lies before is too old to be a reference."""
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first - timedelta(days=1)).replace(day=1)


def _said(course: Course, told: Scored, at: datetime, nothing: Judgement) -> Judgement:
    if course.cusum is None:
        return Judgement(
            Verdict.OK,
            "",
            samples=course.learned,
            learning=True,
            note=_risen(course),
            severity=Severity.TICKET,
        )
    fall = course.fall
    cusum = course.cusum
    if fall is None:
        usual = cusum.reference.share
        share = cusum.fall.share
        return Judgement(
            Verdict.OK,
            "",
            value=share,
            usual=usual,
            samples=cusum.scores,
            note=_risen(course),
            severity=Severity.TICKET,
        )
    quick = fall.was - fall.now >= PAGE_FALL and fall.scores >= PAGE_SCORES_MIN and at - fall.since <= PAGE_WITHIN
    word = "passes" if cusum.reference.cut is None else f"reaches {cusum.reference.cut:g} in"
    return Judgement(
        Verdict.BREACH,
        "",
        value=fall.now,
        usual=fall.was,
        samples=fall.scores,
        bad=fall.scores - round(fall.now * fall.scores),
        window=at - fall.since,
        note=f"running sum {cusum.side(Side.FALL).statistic:.1f}, told at {DECISION:g}",
        severity=Severity.PAGE if quick else nothing.severity,
        finding=f"{told.evaluator} {word} {_on(fall)}, reference {fall.was:.0%}",
    )


def _on(change: Change) -> str:
    return f"{change.now:.0%} (n = {change.scores:,} since {change.since:%d %b %H:%M} UTC)"


def _risen(course: Course) -> str:
    rise = course.rise
    return "" if rise is None else f"better since {rise.since:%d %b %H:%M} UTC: {rise.was:.0%} → {rise.now:.0%}"


KIND = Kind(
    title="Quality drift",
    scope=Scope.SUBJECT,
    subject="evaluator",
    cause=Cause.QUALITY,
    settings=Settings,
    patience=Patience(hold=timedelta(0), keep=timedelta(minutes=10)),
    needs=needs,
    judge=judge,
    steady=True,
)
