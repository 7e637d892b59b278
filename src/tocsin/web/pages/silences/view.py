"""Silences: those that hold something back, those to come, those that are over; and maintenance windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.alarms.maintenance import LAST_DAY, Maintenance, Settings, active, coming
from tocsin.model.hush import Silence
from tocsin.model.window import Window
from tocsin.notify import words


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: the name they gave before, or none, and whether they may answer."""

    name: str = ""
    may_answer: bool = False


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One silence in words."""

    id: int
    what: str
    # Active, to come or over; when it ended by hand, by whom.
    state: str
    since: datetime
    until: datetime
    by: str
    why: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One maintenance window in words."""

    name: str
    when: str
    what: str
    why: str
    now: Window | None
    next: Window | None


@dataclass(frozen=True, slots=True)
class SilencesView:
    """What `silences/page.html` may use."""

    current: tuple[SilenceRow, ...]
    over: tuple[SilenceRow, ...]
    windows: tuple[WindowRow, ...]
    active: int
    # What the form begins with, by field.
    given: Mapping[str, str]
    name: str
    open: bool


def build(
    silences: Sequence[Silence],
    windows: Sequence[Maintenance],
    given: Mapping[str, str],
    reader: Reader,
    at: datetime,
) -> SilencesView:
    """Build the page."""
    rows = [_row(one, at) for one in silences]
    return SilencesView(
        current=tuple(row for row in rows if row.state != "over"),
        over=tuple(row for row in rows if row.state == "over"),
        windows=tuple(_window(one, at) for one in windows),
        active=sum(one.active(at) for one in silences) + sum(active(one.settings, at) is not None for one in windows),
        given={name: given.get(name, "") for name in ("alarm", "service", "environment", "severity", "subject")},
        name=reader.name,
        open=reader.may_answer,
    )


def _row(one: Silence, at: datetime) -> SilenceRow:
    return SilenceRow(
        id=one.id,
        what=words.name(str(one.matchers), characters_max=400),
        state="active" if one.active(at) else "over" if one.over <= at else "to come",
        since=one.since,
        until=one.over,
        by=words.name(one.by),
        why=words.name(one.why, characters_max=200),
        ended_by=words.name(one.ended_by),
    )


def _window(one: Maintenance, at: datetime) -> WindowRow:
    return WindowRow(
        name=one.name,
        when=in_words(one.settings),
        what=words.name(str(one.settings.matchers), characters_max=400),
        why=one.settings.why,
        now=active(one.settings, at),
        next=coming(one.settings, at),
    )


def in_words(window: Settings) -> str:
    """Say when a window comes: "Sat, Sun at 02:00 (Europe/Berlin), for 2 h"."""
    days = ", ".join(window.weekdays) or "every day"
    if window.month_day is not None:
        days = "the last day of the month" if window.month_day == LAST_DAY else f"day {window.month_day} of the month"
    return f"{days} at {window.start} ({window.zone}), for {words.length(window.length)}"
