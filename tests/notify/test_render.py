import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin import measures, registry
from tocsin.model.alarm import Group, Judgement, Verdict
from tocsin.model.incident import Incident, Member
from tocsin.model.measure import Measure
from tocsin.model.notice import Notice, NoticeState
from tocsin.model.whole import whole
from tocsin.notify.render import MESSAGE_CHARACTERS_MAX, notice_for, plain_text
from tocsin.testing.examples import a_judgement, an_incident
from tocsin.testing.manual_clock import START

MEASURES: Mapping[str, Measure] = MappingProxyType(registry.load(measures, "MEASURE", Measure))
MINUTE = timedelta(minutes=1)
MESSAGE_LINES_MAX = 5

LATENCY = a_judgement(
    measure="latency_p95", value=18.4, usual=7.9, threshold=9.9, samples=612, bad=190, window=15 * MINUTE
)
COST = a_judgement(
    measure="cost_per_hour", value=48.2, usual=11.0, threshold=22.0, samples=340, bad=0, window=60 * MINUTE
)
SILENCE = a_judgement(
    measure="calls_per_minute",
    value=0.0,
    usual=12.0,
    threshold=None,
    samples=0,
    bad=0,
    window=14 * MINUTE,
    note="last span at 2026-03-02 11:46:00 UTC; other services report",
)


def told(
    incident: Incident, state: NoticeState = NoticeState.FIRING, known: Mapping[str, Measure] = MEASURES
) -> Notice:
    at = incident.closed or START
    return notice_for(incident, at=at, base_url="http://localhost:4319/", state=state, measures=known)


def of(*judgements: Judgement, **changes: object) -> Incident:
    members = tuple(Member(f"alarm-{n}", START, None, judgement) for n, judgement in enumerate(judgements))
    return dataclasses.replace(an_incident(headline="alarm-0", members=members, why="", changed=""), **changes)


def query(notice: Notice) -> dict[str, list[str]]:
    return parse_qs(urlsplit(notice.link).query)


@pytest.mark.parametrize(
    ("judgement", "headline", "compared"),
    [
        (
            a_judgement(),
            "checkout-bot (production): 23% of calls fail since 11:58 UTC",
            "Usually 0.4%, limit 5%. 41 of 178 calls in 5 min.",
        ),
        (
            LATENCY,
            "checkout-bot (production): Latency p95 is 18.4 s since 11:58 UTC",
            "Usually 7.9 s, limit 9.9 s. 190 of 612 calls in 15 min were slower than usual.",
        ),
        (
            COST,
            "checkout-bot (production): spending $48.20/h since 11:58 UTC",
            "Usually $11/h, limit $22/h. On 340 calls in 1 h. At this rate $1,157 a day.",
        ),
        (
            SILENCE,
            "checkout-bot (production): no data for 14 min since 11:58 UTC",
            "Usually 12 calls/min. Last span at 2026-03-02 11:46:00 UTC; other services report.",
        ),
        (
            a_judgement(usual=None, learning=True),
            "checkout-bot (production): 23% of calls fail since 11:58 UTC",
            "No usual level yet (learning), limit 5%. 41 of 178 calls in 5 min.",
        ),
        (
            a_judgement(
                measure="rate_limit_share",
                value=0.11,
                usual=0.002,
                threshold=0.02,
                samples=600,
                bad=66,
                window=10 * MINUTE,
            ),
            "checkout-bot (production): 11% of calls rate limited (429) since 11:58 UTC",
            "Usually 0.2%, limit 2%. 66 of 600 calls in 10 min.",
        ),
        (
            a_judgement(
                measure="empty_share", value=0.061, usual=0.001, threshold=0.02, samples=508, bad=31, window=30 * MINUTE
            ),
            "checkout-bot (production): 6.1% of answers empty since 11:58 UTC",
            "Usually 0.1%, limit 2%. 31 of 508 calls in 30 min.",
        ),
        (
            a_judgement(
                measure="swapped_share", value=0.34, usual=0.0, threshold=0.05, samples=300, bad=102, window=15 * MINUTE
            ),
            "checkout-bot (production): 34% of answers from another model than asked for since 11:58 UTC",
            "Usually 0%, limit 5%. 102 of 300 calls in 15 min.",
        ),
        (
            a_judgement(
                measure="refused_share",
                value=0.0,
                usual=0.024,
                threshold=None,
                samples=57_600,
                bad=0,
                window=timedelta(days=1),
                finding="no answer refused or filtered for 24 h",
            ),
            "checkout-bot (production): no answer refused or filtered for 24 h since 11:58 UTC",
            "Usually 2.4%. On 57,600 calls in 1 d.",
        ),
    ],
)
def test_a_message_says_how_bad_compared_with_what_on_how_many(
    judgement: Judgement, headline: str, compared: str
) -> None:
    notice = told(of(judgement))
    assert (notice.headline, notice.compared) == (headline, compared)


def test_the_end_says_how_long_it_lasted() -> None:
    notice = told(an_incident(closed=START + 27 * MINUTE, notices=3), NoticeState.RESOLVED)
    assert notice.headline == "Over after 29 min: checkout-bot (production): 23% of calls failed, 11:58 to 12:27 UTC"
    assert notice.changed == "Version 2.3.1 came 4 min before."
    assert (notice.ended, notice.key, notice.sequence) == (START + 27 * MINUTE, "inc-1:3", 3)


def test_every_alarm_that_fires_is_named_and_none_that_is_over() -> None:
    """A message after a restart of another server listed a fraction of what was firing."""
    incident = of(a_judgement(), LATENCY, COST)
    over = dataclasses.replace(incident.members[1], cleared=START)
    incident = dataclasses.replace(incident, members=(incident.members[0], over, incident.members[2]))
    assert told(incident).compared.endswith("Also Cost $48.20/h.")
    assert told(incident, NoticeState.RESOLVED).compared.endswith("Also Latency p95 18.4 s; Cost $48.20/h.")
    many = told(of(*[COST] * 6)).compared
    assert many.endswith("and 2 more.")


def test_a_drill_says_so_first() -> None:
    notice = told(an_incident(drill=True))
    assert notice.drill
    assert notice.headline.startswith("DRILL: ")
    assert "nothing is broken" in notice.why


def test_a_drill_that_is_not_asked_to_be_loud_is_hushed() -> None:
    assert told(an_incident(drill=True)).hushed
    assert not told(an_incident(drill=True, loud=True)).hushed
    assert not told(an_incident()).hushed


def test_a_message_can_lose_a_line_but_never_itself() -> None:
    """A template with a wrong name was the end of a page in more than one alarm server."""
    broken = a_judgement(value="a lot", threshold=object())
    notice = told(of(broken))
    assert notice.headline == "checkout-bot: alarm alarm-0 firing"
    assert notice.compared == "(this line of alarm-0 could not be written: TypeError)"
    assert notice.link.startswith("http://localhost:4319/?from=")


def test_an_unknown_measure_costs_words_only() -> None:
    notice = told(an_incident(), known={})
    assert notice.headline == "checkout-bot (production): alarm errors-fast since 11:58 UTC"
    assert notice.compared == "41 of 178 calls in 5 min."


def test_the_link_shows_the_breach_at_any_later_time() -> None:
    """Other servers' links open the default range, or a range so wide or narrow that the breach can't be seen."""
    notice = told(an_incident())
    start_ms = int(notice.started.timestamp() * 1000)
    assert query(notice) == {
        "from": [str(start_ms - 3_600_000)],
        "to": [str(start_ms + 17 * 60_000)],
        "service": ["checkout-bot"],
        "environment": ["production"],
        "incident": ["inc-1"],
    }
    assert urlsplit(notice.link).fragment == "errors"


@pytest.mark.parametrize(
    ("judgement", "lead"),
    [
        (a_judgement(), timedelta(hours=1)),
        (COST, timedelta(hours=3)),
        (a_judgement(samples=20, bad=20, window=timedelta(hours=6)), timedelta(hours=18)),
        (a_judgement(samples=2, bad=2, window=timedelta(hours=1)), timedelta(hours=10)),
        (a_judgement(samples=0, window=timedelta(days=6)), timedelta(days=7)),
    ],
)
def test_the_link_goes_back_far_enough_to_see_the_change(judgement: Judgement, lead: timedelta) -> None:
    notice = told(of(judgement))
    assert int(query(notice)["from"][0]) == int((notice.started - lead).timestamp() * 1000)


def test_the_link_of_the_end_shows_a_quarter_of_an_hour_more() -> None:
    notice = told(an_incident(closed=START + 27 * MINUTE), NoticeState.RESOLVED)
    assert int(query(notice)["to"][0]) == int((START + 42 * MINUTE).timestamp() * 1000)


def test_the_link_of_a_whole_project_filters_nothing() -> None:
    silent = told(of(SILENCE, group=whole("eu & us")))
    assert query(silent).keys() == {"from", "to", "project", "incident"}
    assert query(silent)["project"] == ["eu & us"]
    assert silent.headline.startswith("all services: no data for 14 min")


TEXTS = st.text(max_size=600)


def incidents(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Incident]:
    judgements = st.builds(
        a_judgement,
        verdict=st.sampled_from(Verdict),
        measure=st.sampled_from([*MEASURES, "gone"]),
        value=st.none() | numbers,
        threshold=st.none() | numbers,
        usual=st.none() | numbers,
        samples=st.integers(0, 2**60),
        bad=st.integers(0, 2**60),
        window=st.timedeltas(timedelta(0), timedelta(days=90)),
        learning=st.booleans(),
        note=TEXTS,
    )
    members = st.builds(Member, st.sampled_from("abc"), st.just(START), st.none(), judgements)
    return st.builds(
        an_incident,
        group=st.builds(Group, TEXTS, TEXTS, TEXTS),
        closed=st.none() | st.just(START),
        headline=st.sampled_from(["a", "b"]),
        members=st.lists(members, min_size=1, max_size=6).map(tuple),
        why=TEXTS,
        changed=TEXTS,
        drill=st.booleans(),
    )


@given(incidents(st.floats()), st.sampled_from(NoticeState))
def test_any_incident_makes_a_message_of_bounded_length(incident: Incident, state: NoticeState) -> None:
    notice = told(incident, state)
    text = plain_text(notice)
    assert len(text) <= MESSAGE_CHARACTERS_MAX
    assert text.endswith(notice.link)
    assert len(text.splitlines()) <= MESSAGE_LINES_MAX


@given(incidents(st.floats(0, 1e9)), st.sampled_from(NoticeState))
def test_no_line_is_lost_for_any_value_a_measure_can_take(incident: Incident, state: NoticeState) -> None:
    assert "could not be written" not in plain_text(told(incident, state))
