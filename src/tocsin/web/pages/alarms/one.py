"""One alarm: where it stands, how it is set, and what it would have told of the stored past, as it is or otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.alarms.edited import PATIENCE
from tocsin.alarms.kind import Alarm, Scope
from tocsin.alarms.replay import Firings, Replayed
from tocsin.model.measure import Measure
from tocsin.model.whole import is_whole
from tocsin.notify import words
from tocsin.web import numbers
from tocsin.web.actions import RATED_MIN
from tocsin.web.pages.alarms.view import AlarmRow
from tocsin.web.tryout import Tried

# Stretches of the past that can be asked for.
DAYS = (14, 30)
# Firings that are written out; all are drawn.
FIRINGS_MAX = 50
# The picture's width, in its own coordinates, and the narrowest bar that can be seen.
WIDTH = 1000.0
BAR_MIN = 3.0


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of the form."""

    name: str
    label: str
    # As the configuration has it, and as it is tried.
    as_set: str
    tried: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One firing in the picture."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class FiringRow:
    """One firing in words."""

    fired: datetime
    ended: datetime | None
    about: str
    lasted: str
    value: str
    threshold: str


@dataclass(frozen=True, slots=True)
class ReplayView:
    """What `alarms/replay.html` may use; `trouble` says why there is no replay, else it is empty."""

    title: str
    back: str
    trouble: str
    # What is wrong with what was written.
    faults: tuple[str, ...]
    sentence: str
    # The same of the alarm as it is set, where it is tried otherwise and that is known.
    as_set: str
    since: datetime | None
    until: datetime | None
    bars: tuple[Bar, ...]
    rows: tuple[FiringRow, ...]
    left_out: int
    toml: tuple[str, ...]

    @property
    def part(self) -> str:
        """The template's name."""
        return "alarms/replay.html"


@dataclass(frozen=True, slots=True)
class OneView:
    """What `alarms/one.html` may use."""

    name: str
    title: str
    watches: str
    rows: tuple[AlarmRow, ...]
    # What is wrong with how it is set up, and why it can't fire for want of data.
    findings: tuple[str, ...]
    inert: str
    patience: tuple[Setting, ...]
    settings: tuple[Setting, ...]
    days: int
    services: tuple[str, ...]
    service: str
    project: str
    # Where the replay is loaded from; empty: it is not offered here.
    load: str
    # Given where the page was asked for with it.
    replay: ReplayView | None


def watches(alarm: Alarm) -> str:
    """Say what it has instances for."""
    return {
        Scope.SERVICE: "each service",
        Scope.PROJECT: "the whole project",
        Scope.SUBJECT: f"each {alarm.kind.subject or 'subject'}",
    }[alarm.kind.scope]


def fields(as_set: Mapping[str, str], given: Mapping[str, str]) -> tuple[tuple[Setting, ...], tuple[Setting, ...]]:
    """Return the form's fields: patience, and the others."""
    made = [Setting(name, name.replace("_", " "), text, given.get(name, text)) for name, text in as_set.items()]
    return tuple(one for one in made if one.name in PATIENCE), tuple(one for one in made if one.name not in PATIENCE)


def failed(title: str, back: str, *, trouble: str = "", faults: tuple[str, ...] = ()) -> ReplayView:
    """Build the view of a replay that there is not."""
    return ReplayView(title, back, trouble, faults, "", "", None, None, (), (), 0, ())


def replayed(  # noqa: PLR0913 - what is shown beside each other
    title: str,
    back: str,
    tried: Tried,
    *,
    as_set: Tried | None,
    toml: Sequence[str],
    measures: Mapping[str, Measure],
) -> ReplayView:
    """Build the view of a replay."""
    one = tried.replayed
    if one is None:
        return failed(title, back, trouble=tried.trouble)
    if not one.window.length:
        return failed(title, back, trouble="No call is stored in this time, so there is nothing to judge.")
    newest = sorted(one.firings, key=lambda firing: firing.fired, reverse=True)
    before = as_set.replayed if as_set is not None else None
    return ReplayView(
        title,
        back,
        "",
        (),
        sentence(one),
        sentence(before) if before is not None and toml else "",
        one.window.since,
        one.window.until,
        tuple(_bar(firing, one) for firing in one.firings),
        tuple(_row(firing, one, measures) for firing in newest[:FIRINGS_MAX]),
        max(0, len(newest) - FIRINGS_MAX),
        tuple(toml),
    )


def sentence(one: Replayed) -> str:
    """Say what a replay came to: "fired 3 times in the last 14 days, for 42 min in all; 1.5 pages a week"."""
    times = len(one.firings)
    lasted = sum((_lasted(firing, one) for firing in one.firings), timedelta(0))
    days = words.length(one.window.length)
    told = f"{one.pages} page{'' if one.pages == 1 else 's'}"
    if one.window.length >= RATED_MIN:
        told = f"{one.pages_per_week:.1f} pages a week"
    if not times:
        return f"would not have fired in the last {days}"
    return (
        f"would have fired {'once' if times == 1 else f'{times:,} times'} in the last {days}, "
        f"for {words.length(lasted)} in all; {told}"
    )


def _lasted(firing: Firings, one: Replayed) -> timedelta:
    return (firing.ended or one.window.until) - firing.fired


def _bar(firing: Firings, one: Replayed) -> Bar:
    width = max(BAR_MIN, _lasted(firing, one) / one.window.length * WIDTH)
    x = (firing.fired - one.window.since) / one.window.length * WIDTH
    return Bar(round(min(x, WIDTH - width), 1), round(width, 1))


def _row(firing: Firings, one: Replayed, measures: Mapping[str, Measure]) -> FiringRow:
    measure, group = measures.get(firing.judgement.measure), firing.group

    def told(value: float | None) -> str:
        return numbers.NONE_TEXT if measure is None else numbers.measured(value, measure.unit)

    name = "the whole project" if is_whole(group) else group.service or "no service name"
    return FiringRow(
        firing.fired,
        firing.ended,
        ", ".join(part for part in (name, group.environment, group.subject) if part),
        words.length(_lasted(firing, one)),
        told(firing.judgement.value),
        told(firing.judgement.threshold),
    )
