"""Alarm kind `pipeline`: Tocsin itself does not do its work, or is told things it can't work with.

One instance for each project; what concerns the whole server is told to all of them. Told at once: a channel that
refused a message for good, or took none for 2 minutes; alarms that can't be judged for 2 minutes; messages that nobody
tried to send, or judging that is behind, for 2 minutes; a drill of the schedule that did not arrive. A page where a
message was lost or waits, or where no alarm is in time, else a ticket. Told as a ticket when it lasts 20 minutes, so
that loading the past is not: more than 20 % of spans late or by a clock that is wrong, more than 5 % of export requests
refused, more than 20 % of calls without a price.

Source: the default pack's rule 14, second half; docs/decisions/0173.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from tocsin.alarms.evidence import Evidence, Needs
from tocsin.alarms.kind import Cause, Kind, Scope, at_least, positive, share
from tocsin.alarms.wilson import Z99, lower
from tocsin.alarms.wording import cut, long, times
from tocsin.model.alarm import Judgement, Patience, Phase, Severity, Standing, Verdict
from tocsin.model.pipeline import Arrivals, AskArrivals, AskPipeline, FailingChannel, Pipeline

HOUR = timedelta(hours=1)
AT_ONCE = timedelta(0)
# Alarms that are named; the rest are counted.
NAMED_MAX = 3
WORDS_LETTERS_MAX = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is too much. Shares lie between 0 and 1."""

    # How long a channel may take nothing, an alarm fail, a message or judging be late.
    failing_max: timedelta = timedelta(minutes=2)
    # Of the calls of an hour with usage, and so many of them at least.
    unpriced_share_max: float = 0.20
    calls_min: int = 50
    # Of the spans of 15 minutes.
    late_share_max: float = 0.20
    spans_min: int = 50
    # Of the export requests of 10 minutes.
    refused_share_max: float = 0.05
    refused_min: int = 5
    # Once firing, health is below this part of a limit.
    recover_factor: float = 0.7

    def __post_init__(self) -> None:
        positive("failing_max", self.failing_max)
        for name in ("unpriced_share_max", "late_share_max", "refused_share_max"):
            share(name, getattr(self, name))
        for name in ("calls_min", "spans_min", "refused_min"):
            at_least(name, getattr(self, name), 1)
        if not 0 < self.recover_factor <= 1:
            raise ValueError(f"recover_factor must be over 0 and at most 1; got {self.recover_factor:g}")


@dataclass(frozen=True, slots=True)
class _Trouble:
    """One thing that is wrong, as a clause; `judgement` has what a message needs of numbers."""

    text: str
    severity: Severity
    measure: str = ""
    samples: int = 0
    bad: int = 0
    limit: float | None = None
    window: timedelta = timedelta(minutes=15)


ASK = AskPipeline()
ARRIVALS = AskArrivals()


def needs(_: Settings) -> Needs:
    """Ask for the hour's calls, and for what the server knows of itself."""
    return Needs(windows=(HOUR,), ask=ASK, also=(ARRIVALS,))


def judge(settings: Settings, evidence: Evidence, standing: Standing) -> Judgement:
    """Judge the whole; the worst thing is the finding, others stand in the note. NO_DATA when nothing is known."""
    told, arrived = evidence.fact(ASK, Pipeline), evidence.fact(ARRIVALS, Arrivals)
    calls = evidence.parts(HOUR)
    if told is None and arrived is None and not calls.priced + calls.unpriced:
        return Judgement(Verdict.NO_DATA, "", severity=Severity.TICKET)
    easier = 1.0 if standing.phase in {Phase.QUIET, Phase.PENDING} else settings.recover_factor
    found = [*_sudden(settings, evidence), *_slow(settings, evidence, easier)]
    if not found:
        return Judgement(Verdict.OK, "", severity=Severity.TICKET)
    worst, *others = sorted(found, key=lambda one: one.severity is not Severity.PAGE)
    return Judgement(
        Verdict.BREACH,
        worst.measure,
        threshold=worst.limit,
        samples=worst.samples,
        bad=worst.bad,
        window=worst.window,
        severity=worst.severity,
        finding=worst.text,
        note=f"also: {'; '.join(one.text for one in others)}" if others else "",
    )


def patience_with(settings: Settings, evidence: Evidence, _: Judgement, patience: Patience) -> Patience:
    """Wait only for what may be the past that is being loaded: the rest has waited in its own way already."""
    return replace(patience, hold=AT_ONCE) if any(True for _ in _sudden(settings, evidence)) else patience


def calm(settings: Settings, evidence: Evidence) -> bool:
    """Whether nothing is wrong, by all limits."""
    return not [*_sudden(settings, evidence), *_slow(settings, evidence, settings.recover_factor)]


def _sudden(settings: Settings, evidence: Evidence) -> Iterator[_Trouble]:
    """Say what is wrong with the server itself, the most pressing first."""
    told = evidence.fact(ASK, Pipeline)
    if told is None:
        return
    for channel in told.channels:
        if channel.refused or (channel.waiting and evidence.at - channel.since >= settings.failing_max):
            yield _of_channel(channel, evidence)
    if told.overdue >= settings.failing_max:
        yield _Trouble(f"a message is due for {long(told.overdue)} and was not tried", Severity.PAGE)
    if told.lag >= settings.failing_max:
        yield _Trouble(f"alarms are judged {long(told.lag)} late", Severity.PAGE)
    failing = [one for one in told.judges if evidence.at - one.since >= settings.failing_max]
    if failing:
        named = ", ".join(f"{cut(one.alarm)} ({one.fault})" for one in failing[:NAMED_MAX])
        more = f" and {len(failing) - NAMED_MAX} more" if len(failing) > NAMED_MAX else ""
        since = min(one.since for one in failing)
        what = times(len(failing), "alarm")
        yield _Trouble(f"{what} can't be judged since {since:%H:%M}: {named}{more}", Severity.TICKET)
    if told.drill_missed is not None:
        yield _Trouble(f"the drill of {told.drill_missed:%Y-%m-%d %H:%M} did not arrive everywhere", Severity.TICKET)


def _of_channel(channel: FailingChannel, evidence: Evidence) -> _Trouble:
    same_day = channel.since.date() == evidence.at.date()
    since = f"{channel.since:%H:%M}" if same_day else f"{channel.since:%Y-%m-%d %H:%M}"
    said = f": {cut(channel.words, WORDS_LETTERS_MAX)}" if channel.words else ""
    wait = f"; {times(channel.waiting, 'message')} {'waits' if channel.waiting == 1 else 'wait'}"
    loud = channel.paged or channel.waiting > 0
    return _Trouble(
        f"channel {cut(channel.name)} fails since {since}{said}{wait if channel.waiting else ''}",
        Severity.PAGE if loud else Severity.TICKET,
    )


def _slow(settings: Settings, evidence: Evidence, easier: float) -> Iterator[_Trouble]:
    """Say what is wrong with what is sent; a share counts when it is surely over its limit."""
    told, arrived, calls = evidence.fact(ASK, Pipeline), evidence.fact(ARRIVALS, Arrivals), evidence.parts(HOUR)
    if told is not None and told.refused >= settings.refused_min:
        limit = settings.refused_share_max
        if lower(told.refused, told.requests, Z99) > limit * easier:
            text = f"{told.refused / told.requests:.0%} of export requests are refused"
            yield _Trouble(text, Severity.TICKET)
    if arrived is not None and arrived.spans >= settings.spans_min:
        limit = settings.late_share_max
        if lower(arrived.late + arrived.skewed, arrived.spans, Z99) > limit * easier:
            late, skewed = arrived.late / arrived.spans, arrived.skewed / arrived.spans
            said = [f"{late:.0%} of spans arrive late"] if late >= skewed or late > limit else []
            said += [f"{skewed:.0%} of spans have a clock that is wrong"] if skewed > late or skewed > limit else []
            yield _Trouble(", ".join(said), Severity.TICKET)
    known = calls.priced + calls.unpriced
    if known >= settings.calls_min and calls.unpriced > settings.unpriced_share_max * easier * known:
        yield _Trouble(
            f"{calls.unpriced / known:.0%} of calls have no price, and no cost",
            Severity.TICKET,
            measure="unpriced_share",
            samples=known,
            bad=calls.unpriced,
            limit=settings.unpriced_share_max,
            window=HOUR,
        )


KIND = Kind(
    title="Pipeline",
    scope=Scope.PROJECT,
    cause=Cause.PIPELINE,
    settings=Settings,
    patience=Patience(hold=timedelta(minutes=20), keep=timedelta(minutes=2)),
    needs=needs,
    judge=judge,
    patience_with=patience_with,
    calm=calm,
)
