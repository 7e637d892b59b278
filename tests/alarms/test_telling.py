"""Which messages are due, over hours: what is told again, what is held back, and what is told when that is over.

Report numbers are those of the collection behind the pack.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.alarms.telling import Reason, Told, acknowledged, due
from tocsin.model.alarm import Group, Judgement, Severity, Verdict
from tocsin.model.hush import Hush, Matchers, Silence
from tocsin.model.incident import Incident, Member
from tocsin.model.notice import NoticeState

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
APP = Group("default", "production", "app")


def member(alarm: str, severity: Severity = Severity.PAGE, subject: str = "") -> Member:
    judgement = Judgement(Verdict.BREACH, "error_share", value=0.5, severity=severity)
    return Member(alarm, START, None, judgement, subject)


def incident(*members: Member, severity: Severity = Severity.PAGE) -> Incident:
    return Incident("inc-1", APP, severity, START, START, None, "errors", members or (member("errors", severity),))


class Story:
    """One incident over time, as the ticks see it: `go` says what was told."""

    def __init__(self, one: Incident) -> None:
        self.one = one
        self.told: list[Told] = []

    def at(self, hours: float, hushes: Sequence[Hush] = ()) -> list[Reason]:
        """Return what a tick tells."""
        news = due(self.one, hushes, START + hours * HOUR)
        self.one = replace(news.incident, notices=self.one.notices + (news.told is not None))
        self.told += [news.told] if news.told else []
        return [news.told.reason] if news.told else []

    def each_minute(self, until_hours: float) -> list[tuple[float, Reason]]:
        return [
            (round(minute / 60, 2), reason)
            for minute in range(int(until_hours * 60) + 1)
            for reason in self.at(minute / 60)
        ]


def silence(**changes: str) -> Hush:
    return Hush("silenced by Ada (deploy)", START + 2 * HOUR, Matchers(**changes))


def test_a_page_is_told_again_every_four_hours_while_nobody_takes_it_on() -> None:
    assert Story(incident()).each_minute(9) == [(0, Reason.OPENED), (4, Reason.REPEATED), (8, Reason.REPEATED)]


def test_a_ticket_is_told_again_once_a_day() -> None:
    story = Story(incident(severity=Severity.TICKET))
    assert story.each_minute(49) == [(0, Reason.OPENED), (24, Reason.REPEATED), (48, Reason.REPEATED)]


def test_a_reminder_is_a_line_and_never_a_message() -> None:
    story = Story(incident())
    story.each_minute(4)
    assert [told.is_aside for told in story.told] == [False, True]
    assert story.told[1].line


def test_what_somebody_has_taken_on_is_not_told_again() -> None:
    story = Story(incident())
    story.at(0)
    story.one = acknowledged(story.one, "Ada", START + HOUR)
    assert story.at(30) == []


def test_the_first_who_takes_it_on_keeps_it() -> None:
    one = acknowledged(incident(), "Ada", START)
    assert acknowledged(one, "Ben", START + HOUR) is one


def test_what_gets_worse_is_nobodys_again() -> None:
    story = Story(incident(severity=Severity.TICKET))
    story.at(0)
    story.one = replace(acknowledged(story.one, "Ada", START), severity=Severity.PAGE)
    assert story.at(1) == [Reason.WORSE]
    assert story.one.acknowledged is None


def test_what_came_back_is_nobodys_again() -> None:
    story = Story(incident())
    story.at(0)
    story.one = replace(acknowledged(story.one, "Ada", START), closed=START + HOUR)
    assert story.at(1) == [Reason.ENDED]
    story.one = replace(story.one, closed=None)
    assert story.at(1.2) == [Reason.REOPENED]
    assert story.one.acknowledged is None


def test_a_silence_that_is_over_tells_at_the_next_tick_what_still_goes_on() -> None:
    """Report 23."""
    story = Story(incident())
    assert story.at(0, [silence()]) == []
    assert story.at(1, [silence()]) == []
    assert story.at(2) == [Reason.OPENED]
    assert story.told[0].line == "No longer silenced by Ada (deploy) until 14:00 UTC."
    assert story.at(2.1) == []


def test_what_was_told_before_a_silence_gets_a_line_at_its_start_and_at_its_end() -> None:
    story = Story(incident())
    story.at(0)
    assert story.at(1, [silence()]) == [Reason.SILENCED]
    assert story.at(1.5, [silence()]) == []
    assert story.at(2) == [Reason.SILENCE_ENDED]
    assert [told.is_aside for told in story.told] == [False, True, True]
    assert story.told[2].line.endswith("It still goes on.")


def test_nothing_is_told_again_under_a_silence() -> None:
    story = Story(incident())
    story.at(0)
    story.at(0.1, [silence()])
    assert story.at(9, [silence()]) == []


def test_an_end_is_told_under_a_silence_where_the_beginning_was() -> None:
    """Report 24: what is open elsewhere is closed when the truth is."""
    story = Story(incident())
    story.at(0)
    story.at(1, [silence()])
    story.one = replace(story.one, closed=START + 1.5 * HOUR)
    assert story.at(1.5, [silence()]) == [Reason.ENDED]
    assert story.told[-1].state is NoticeState.RESOLVED
    assert "silenced by Ada" in story.told[-1].incident.held


def test_what_began_and_ended_under_a_silence_is_told_to_nobody() -> None:
    """Report 10."""
    story = Story(incident())
    story.at(0, [silence()])
    story.one = replace(story.one, closed=START + HOUR)
    assert story.at(1, [silence()]) == []
    assert story.at(3) == []


def test_what_got_worse_under_a_silence_is_told_when_that_is_over() -> None:
    story = Story(incident(severity=Severity.TICKET))
    story.at(0)
    story.at(1, [silence()])
    story.one = replace(story.one, severity=Severity.PAGE)
    assert story.at(1.5, [silence()]) == []
    assert story.at(2) == [Reason.WORSE]


def test_a_silence_of_one_alarm_holds_back_nothing_that_another_found() -> None:
    story = Story(incident(member("errors"), member("latency", Severity.TICKET)))
    assert story.at(0, [silence(alarm="latency")]) == [Reason.OPENED]


def test_two_silences_may_cover_an_incident_together() -> None:
    story = Story(incident(member("errors"), member("latency", Severity.TICKET)))
    assert story.at(0, [silence(alarm="latency"), silence(alarm="err*")]) == []


def test_one_more_alarm_that_no_silence_means_tells_the_incident() -> None:
    story = Story(incident())
    assert story.at(0, [silence(alarm="errors")]) == []
    story.one = replace(story.one, members=(*story.one.members, member("cost")))
    assert story.at(0.1, [silence(alarm="errors")]) == [Reason.OPENED]


@pytest.mark.parametrize(
    ("matchers", "meant"),
    [
        (Matchers(), True),
        (Matchers(service="app"), True),
        (Matchers(service="ap"), False),
        (Matchers(service="a*"), True),
        (Matchers(environment="prod*", severity="page"), True),
        (Matchers(severity="ticket"), False),
        (Matchers(project="other"), False),
        (Matchers(subject="tenant acme"), True),
        (Matchers(subject="tenant *"), True),
        (Matchers(subject="tenant globex"), False),
        (Matchers(alarm="errors", service="app", environment="production"), True),
    ],
)
def test_every_matcher_must_fit_and_a_star_stands_for_any_letters(matchers: Matchers, *, meant: bool) -> None:
    assert matchers.mean("errors", APP.named("tenant acme"), Severity.PAGE) is meant


def test_a_silence_holds_from_its_start_to_just_before_its_end() -> None:
    one = Silence(1, Matchers(), START, START + HOUR, "Ada", "")
    moments = [START - timedelta(seconds=1), START, START + HOUR - timedelta(seconds=1), START + HOUR]
    assert [one.active(at) for at in moments] == [False, True, True, False]
    ended = replace(one, ended=START + timedelta(minutes=10))
    assert [ended.active(at) for at in moments] == [False, True, False, False]
