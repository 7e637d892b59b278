"""Which alarms belong together, and which messages are due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tocsin.alarms.incidents import Firing, Followed, follow, incident_id, unusual
from tocsin.alarms.kind import Cause
from tocsin.alarms.telling import Reason
from tocsin.model.alarm import Group, Judgement, Severity, Verdict
from tocsin.model.incident import Incident
from tocsin.model.notice import NoticeState

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
APP = Group("default", "production", "app")
OTHER = Group("default", "production", "other")
CAUSES = {
    "errors": Cause.ERRORS,
    "budget": Cause.ERROR_BUDGET,
    "latency": Cause.LATENCY,
    "cost": Cause.COST,
    "silence": Cause.NO_DATA,
}


def minutes(n: float) -> datetime:
    return START + timedelta(minutes=n)


def breach(severity: Severity = Severity.PAGE, value: float = 0.5) -> Judgement:
    return Judgement(Verdict.BREACH, "error_share", value=value, severity=severity)


class World:
    """Follows incidents over time, as the tick does."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}

    def at(self, n: float, *firing: Firing) -> Followed:
        followed = follow(firing, list(self.incidents.values()), CAUSES, minutes(n))
        self.incidents |= {one.id: one for one in followed.changed}
        return followed

    @property
    def only(self) -> Incident:
        (one,) = self.incidents.values()
        return one


def fires(
    alarm: str, since: float = 0, *, group: Group = APP, severity: Severity = Severity.PAGE, clearing: bool = False
) -> Firing:
    return Firing(alarm, group, minutes(since), breach(severity), clearing=clearing)


def test_one_alarm_that_fires_and_ends_is_two_messages() -> None:
    world = World()
    assert [told.reason for told in world.at(0, fires("errors")).due] == [Reason.OPENED]
    assert world.at(1, fires("errors")).due == ()
    ended = world.at(2)
    assert [(told.reason, told.state) for told in ended.due] == [(Reason.ENDED, NoticeState.RESOLVED)]
    assert world.only.closed == minutes(2)
    assert world.only.notices == 2
    assert world.at(3).due == ()


def test_alarms_of_one_service_within_ten_minutes_join_and_send_nothing_more() -> None:
    world = World()
    world.at(0, fires("latency", severity=Severity.PAGE))
    joined = world.at(9, fires("latency"), fires("cost", 9))
    assert joined.due == ()
    assert [member.alarm for member in world.only.members] == ["latency", "cost"]
    assert world.only.headline == "cost"


def test_an_alarm_that_comes_later_is_an_incident_of_its_own() -> None:
    world = World()
    world.at(0, fires("errors"))
    later = world.at(11, fires("errors"), fires("cost", 11))
    assert [told.reason for told in later.due] == [Reason.OPENED]
    assert len(world.incidents) == 2


def test_services_never_share_an_incident() -> None:
    world = World()
    assert len(world.at(0, fires("errors"), fires("errors", group=OTHER)).due) == 2


def test_a_rise_of_severity_is_told_once() -> None:
    world = World()
    world.at(0, fires("latency", severity=Severity.TICKET))
    worse = world.at(2, fires("latency", severity=Severity.TICKET), fires("cost", 2))
    assert [told.reason for told in worse.due] == [Reason.WORSE]
    assert worse.due[0].state is NoticeState.FIRING
    assert world.at(3, fires("latency", severity=Severity.TICKET), fires("cost", 2)).due == ()
    world.at(4, fires("latency", severity=Severity.TICKET))
    assert world.only.severity is Severity.PAGE, "severity never falls while it lasts"


def test_errors_mute_latency_of_the_same_service_only() -> None:
    world = World()
    world.at(0, fires("errors"))
    assert world.at(20, fires("errors"), fires("latency", 20)).due == ()
    assert len(world.only.members) == 1
    elsewhere = world.at(21, fires("errors"), fires("latency", 20), fires("latency", 21, group=OTHER))
    assert [told.incident.group for told in elsewhere.due] == [OTHER]


def test_latency_that_outlasts_the_errors_is_told_then() -> None:
    """A mute must not swallow what goes on after it."""
    world = World()
    world.at(0, fires("errors"))
    world.at(20, fires("errors"), fires("latency", 20))
    told = world.at(30, fires("latency", 20)).due
    assert {one.reason for one in told} == {Reason.ENDED, Reason.OPENED}


def test_an_incident_is_open_while_any_member_fires() -> None:
    """A group's state is the worst of its members (apache/hertzbeat#4160)."""
    world = World()
    world.at(0, fires("errors"), fires("cost"))
    assert world.at(5, fires("cost")).due == ()
    assert world.only.headline == "cost"
    assert world.only.closed is None
    assert [told.reason for told in world.at(6).due] == [Reason.ENDED]


def test_a_member_that_fires_again_within_half_an_hour_reopens_the_incident() -> None:
    world = World()
    world.at(0, fires("errors"))
    world.at(5)
    again = world.at(30, fires("errors", 30))
    assert [told.reason for told in again.due] == [Reason.REOPENED]
    assert world.only.closed is None
    assert world.only.notices == 3


def test_after_half_an_hour_it_is_a_new_incident() -> None:
    world = World()
    world.at(0, fires("errors"))
    world.at(5)
    assert [told.reason for told in world.at(36, fires("errors", 36)).due] == [Reason.OPENED]
    assert len(world.incidents) == 2


def test_the_end_is_not_told_where_the_beginning_was_not() -> None:
    """prometheus/alertmanager#878."""
    world = World()
    world.at(0, fires("errors"))
    (one,) = world.incidents.values()
    silent = replace(one, notices=0, told=None)
    world.incidents[one.id] = silent
    assert world.at(5).due == ()
    assert world.only.closed == minutes(5)


def test_an_alarm_that_is_clearing_stays_in_its_incident_and_opens_none() -> None:
    world = World()
    assert world.at(0, fires("errors", clearing=True)).due == ()
    world.at(1, fires("errors"))
    assert world.at(2, fires("errors", clearing=True)).due == ()
    assert world.only.closed is None


def test_what_is_held_keeps_the_last_breach_for_the_message() -> None:
    world = World()
    world.at(0, Firing("errors", APP, START, breach(value=0.9)))
    world.at(1, Firing("errors", APP, START, Judgement(Verdict.NO_DATA, "error_share")))
    assert world.only.members[0].judgement.value == 0.9


def test_the_same_tick_done_twice_opens_the_same_incident() -> None:
    first, second = World(), World()
    first.at(0, fires("errors"))
    second.at(0, fires("errors"))
    assert first.only.id == second.only.id == incident_id(APP, START)
    assert incident_id(OTHER, START) != incident_id(APP, START)


def test_an_incident_remembers_how_bad_it_got_and_not_how_it_ended() -> None:
    """The closing message said 6.6 % of an outage that had failed four calls of five."""
    world = World()
    for minute, share in enumerate((0.2, 0.8, 0.066)):
        world.at(minute, Firing("errors", APP, minutes(0), breach(value=share), clearing=False))
    assert world.only.members[0].judgement.value == 0.8


def test_subjects_of_one_service_are_members_of_one_incident_each_with_its_own_end() -> None:
    world = World()
    one, two = (replace(fires("latency"), group=APP.named(f"run {name}")) for name in ("a", "b"))
    opened = world.at(0, one)
    assert [told.reason for told in opened.due] == [Reason.OPENED]
    assert world.only.group == APP
    assert world.only.headline_subject == "run a"
    assert world.at(2, one, two).due == ()
    world.at(3, two)
    assert world.only.headline_subject == "run b"
    assert [member.cleared is None for member in world.only.members] == [False, True]
    assert [told.reason for told in world.at(4).due] == [Reason.ENDED]


def test_a_budget_that_an_outage_eats_is_told_after_it_and_does_not_keep_it_open() -> None:
    world = World()
    world.at(0, fires("errors"))
    world.at(5, fires("errors"), fires("budget", severity=Severity.TICKET))
    ended = world.at(10, fires("budget", severity=Severity.TICKET))
    assert [told.reason for told in ended.due] == [Reason.ENDED]
    assert [member.alarm for member in world.only.members] == ["errors"]
    assert world.at(300, fires("budget", 5)).due == (), "it still looks back at what was told"
    later = world.at(301, fires("budget", 300, severity=Severity.TICKET))
    assert [(told.reason, told.incident.severity) for told in later.due] == [(Reason.OPENED, Severity.TICKET)]


def test_errors_that_join_their_budget_end_the_incident() -> None:
    world = World()
    world.at(0, fires("budget"))
    world.at(5, fires("budget"), fires("errors"))
    ended = world.at(10, fires("budget"))
    assert [told.reason for told in ended.due] == [Reason.ENDED]
    assert {member.cleared for member in world.only.members} == {minutes(10)}
    alone = World()
    alone.at(0, fires("budget"))
    assert alone.at(60, fires("budget")).due == (), "one that no errors joined goes on"


def test_what_only_a_guessed_limit_told_of_is_part_of_what_is_usual() -> None:
    world = World()
    learning = replace(fires("cost"), judgement=replace(breach(), learning=True))
    world.at(0, learning)
    assert not unusual(world.only, CAUSES)
    world.at(2, learning, fires("errors"))
    assert unusual(world.only, CAUSES), "failed calls are never usual, learning or not"


def test_a_budget_and_scores_say_nothing_of_what_calls_are_usually_like() -> None:
    world = World()
    world.at(0, fires("budget"))
    assert not unusual(world.only, CAUSES)
