"""The alarm about Tocsin itself: what it names, how loud it is, and that its incidents stand apart."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.alarms.test_incidents import START as NOON
from tests.alarms.test_incidents import fires, minutes
from tests.alarms.test_kinds import NOW, evidence
from tests.alarms.world import HOUR, MINUTE

from tocsin.alarms.incidents import follow, unusual
from tocsin.alarms.kind import Cause
from tocsin.alarms.kinds.pipeline import ARRIVALS, ASK, KIND, Settings, judge
from tocsin.alarms.pack import pack
from tocsin.model.alarm import Judgement, Phase, Severity, Standing, Verdict
from tocsin.model.parts import Parts
from tocsin.model.pipeline import Arrivals, FailingChannel, FailingJudge, Pipeline
from tocsin.model.problem import BadSetting
from tocsin.model.whole import whole

if TYPE_CHECKING:
    from tocsin.model.fact import Ask
    from tocsin.model.incident import Incident

QUIET = Standing(Phase.QUIET, NOW)
FIRING = Standing(Phase.FIRING, NOW)
SECOND = timedelta(seconds=1)
REVOKED = FailingChannel("oncall", NOW - 5 * MINUTE, 4, "answered 400 invalid_auth", 3, refused=False, paged=True)
CAUSES = {"errors": Cause.ERRORS, "silence": Cause.NO_DATA, "pipeline": Cause.PIPELINE}


def said(
    told: Pipeline | None = None,
    arrived: Arrivals | None = None,
    calls: Parts | None = None,
    standing: Standing = QUIET,
) -> Judgement:
    facts = {ASK: told, ARRIVALS: arrived}
    known = {ask: fact for ask, fact in facts.items() if fact is not None}
    about = replace(evidence({HOUR: calls} if calls else {}), group=whole("default"), facts=known)
    return judge(Settings(), about, standing)


def hold_of(told: Pipeline, arrived: Arrivals | None = None) -> timedelta:
    facts: dict[Ask, object] = {ASK: told, ARRIVALS: arrived or Arrivals(0, 0, 0)}
    about = replace(evidence({}), facts=facts)
    return KIND.patience_with(Settings(), about, judge(Settings(), about, QUIET), KIND.patience).hold


def test_a_server_that_does_its_work_is_ok() -> None:
    assert said(Pipeline(requests=600), Arrivals(5000, 10, 0), Parts(calls=90, priced=90)).verdict is Verdict.OK


def test_the_worst_is_named_with_its_last_words_and_what_waits() -> None:
    found = said(Pipeline(channels=(REVOKED,)))
    since = f"{REVOKED.since:%H:%M}"
    assert found.finding == f"channel oncall fails since {since}: answered 400 invalid_auth; 3 messages wait"
    assert (found.verdict, found.severity) == (Verdict.BREACH, Severity.PAGE)


def test_a_channel_that_is_being_tried_again_has_two_minutes() -> None:
    young = replace(REVOKED, since=NOW - 2 * MINUTE + SECOND)
    assert said(Pipeline(channels=(young,))).verdict is Verdict.OK
    assert said(Pipeline(channels=(replace(young, since=NOW - 2 * MINUTE),))).verdict is Verdict.BREACH


def test_a_page_that_was_refused_for_good_is_a_page_at_once_and_a_ticket_a_ticket() -> None:
    refused = replace(REVOKED, since=NOW, waiting=0, refused=True)
    assert said(Pipeline(channels=(refused,))).severity is Severity.PAGE
    ticket = said(Pipeline(channels=(replace(refused, paged=False),)))
    assert (ticket.verdict, ticket.severity) == (Verdict.BREACH, Severity.TICKET)
    assert "wait" not in ticket.finding


def test_what_was_said_of_channels_of_an_earlier_day_says_which() -> None:
    assert "fails since 2026-" in said(Pipeline(channels=(replace(REVOKED, since=NOW - 30 * HOUR),))).finding


def test_alarms_that_fail_are_named_and_their_faults_are_not_quoted() -> None:
    judges = tuple(FailingJudge(name, NOW - 3 * MINUTE, "KeyError") for name in ("a", "b", "c", "d"))
    found = said(Pipeline(judges=judges))
    assert found.finding.startswith("4 alarms can't be judged since ")
    assert found.finding.endswith("a (KeyError), b (KeyError), c (KeyError) and 1 more")
    assert found.severity is Severity.TICKET


def test_messages_or_alarms_that_are_late_are_a_page() -> None:
    late = 120 * SECOND
    assert said(Pipeline(overdue=late - SECOND, lag=late - SECOND)).verdict is Verdict.OK
    for told in (Pipeline(overdue=late), Pipeline(lag=late)):
        found = said(told)
        assert (found.verdict, found.severity) == (Verdict.BREACH, Severity.PAGE)
        assert "2 min" in found.finding


def test_a_page_is_named_before_a_ticket_and_the_ticket_is_not_lost() -> None:
    found = said(Pipeline(drill_missed=NOW, lag=3 * MINUTE), Arrivals(1000, 900, 0))
    assert found.finding == "alarms are judged 3 min late"
    assert "the drill of" in found.note
    assert "90% of spans arrive late" in found.note


@pytest.mark.parametrize(
    ("spans", "late", "skewed", "finding"),
    [
        (1000, 300, 0, "30% of spans arrive late"),
        (1000, 0, 300, "30% of spans have a clock that is wrong"),
        (1000, 400, 300, "40% of spans arrive late, 30% of spans have a clock that is wrong"),
        (1000, 205, 0, ""),
        (40, 40, 0, ""),
    ],
)
def test_spans_are_late_or_skewed_where_that_is_sure(spans: int, late: int, skewed: int, finding: str) -> None:
    assert said(Pipeline(), Arrivals(spans, late, skewed)).finding == finding


def test_requests_are_refused_where_there_are_enough_of_them() -> None:
    assert said(Pipeline(requests=4, refused=4)).verdict is Verdict.OK
    assert said(Pipeline(requests=600, refused=20)).verdict is Verdict.OK
    assert said(Pipeline(requests=60, refused=20)).finding == "33% of export requests are refused"


def test_calls_without_a_price_are_told_of_fifty_and_ended_well_below_the_limit() -> None:
    assert said(calls=Parts(calls=49, unpriced=49)).verdict is Verdict.OK
    assert said(calls=Parts(calls=100, priced=80, unpriced=20)).verdict is Verdict.OK
    found = said(calls=Parts(calls=100, priced=79, unpriced=21))
    assert (found.measure, found.samples, found.bad) == ("unpriced_share", 100, 21)
    assert said(calls=Parts(calls=100, priced=85, unpriced=15), standing=FIRING).verdict is Verdict.BREACH
    assert said(calls=Parts(calls=100, priced=87, unpriced=13), standing=FIRING).verdict is Verdict.OK


def test_only_what_may_be_the_past_that_is_loaded_is_waited_for() -> None:
    assert hold_of(Pipeline(channels=(REVOKED,))) == timedelta(0)
    assert hold_of(Pipeline(), Arrivals(1000, 900, 0)) == KIND.patience.hold
    assert hold_of(Pipeline(lag=3 * MINUTE), Arrivals(1000, 900, 0)) == timedelta(0)


def test_a_share_of_all_or_nothing_is_refused() -> None:
    for share in ("unpriced_share_max", "late_share_max", "refused_share_max"):
        for value in (0.0, 1.0):
            with pytest.raises(BadSetting, match=share):
                pack({"pipeline": {share: value}})


def test_it_opens_an_incident_apart_from_one_of_the_same_project_and_moment() -> None:
    silence, own = fires("silence", group=whole("default")), fires("pipeline", group=whole("default"))
    opened = follow([silence, own], [], CAUSES, NOON).changed
    assert sorted([member.alarm for member in one.members] for one in opened) == [["pipeline"], ["silence"]]
    assert len({one.id for one in opened}) == 2


def test_it_is_told_though_another_incident_of_the_project_was_told_already() -> None:
    silence, own = fires("silence", group=whole("default")), fires("pipeline", 3, group=whole("default"))
    known: dict[str, Incident] = {}
    for n, firing in ((0, [silence]), (3, [silence, own]), (4, [silence, own])):
        followed = follow(firing, list(known.values()), CAUSES, minutes(n))
        known |= {one.id: one for one in followed.changed}
        if n == 3:
            assert [told.incident.headline for told in followed.due] == ["pipeline"]
        if n == 4:
            assert followed.due == ()
    reverse = follow(
        [own, replace(silence, since=minutes(5))],
        [one for one in known.values() if one.headline == "pipeline"],
        CAUSES,
        minutes(5),
    )
    assert [told.incident.headline for told in reverse.due] == ["silence"]


def test_its_time_is_no_unusual_time() -> None:
    (own,) = follow([fires("pipeline", group=whole("default"))], [], CAUSES, NOON).changed
    (silence,) = follow([fires("silence", group=whole("default"))], [], CAUSES, NOON).changed
    assert not unusual(own, CAUSES)
    assert unusual(silence, CAUSES)
