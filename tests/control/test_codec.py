import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.alarm import Group, Judgement, Severity, Verdict
from tocsin.model.incident import Acknowledged, Incident, LastTold, Member
from tocsin.model.notice import Notice, NoticeState
from tocsin.model.problem import Foreign
from tocsin.store.control import codec
from tocsin.store.control.times import from_us, to_us
from tocsin.testing.examples import a_judgement, an_incident

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is added
NUMBERS = st.none() | st.floats(allow_nan=False)
GROUPS = st.builds(Group, st.text(), st.text(), st.text())
COUNTS = st.integers(0, 2**60)
JUDGEMENTS = st.builds(
    Judgement,
    verdict=st.sampled_from(Verdict),
    measure=st.text(),
    value=NUMBERS,
    threshold=NUMBERS,
    usual=NUMBERS,
    samples=COUNTS,
    bad=COUNTS,
    window=st.timedeltas(timedelta(0), timedelta(days=400)),
    learning=st.booleans(),
    note=st.text(),
    severity=st.sampled_from(Severity),
)
INCIDENTS = st.builds(
    Incident,
    id=st.text(),
    group=GROUPS,
    severity=st.sampled_from(Severity),
    started=MOMENTS,
    opened=MOMENTS,
    closed=st.none() | MOMENTS,
    headline=st.text(),
    members=st.lists(st.builds(Member, st.text(), MOMENTS, st.none() | MOMENTS, JUDGEMENTS), max_size=3).map(tuple),
    why=st.text(),
    changed=st.text(),
    examples=st.lists(st.text(), max_size=3).map(tuple),
    notices=COUNTS,
    drill=st.booleans(),
    acknowledged=st.none() | st.builds(Acknowledged, st.text(), MOMENTS),
    told=st.none() | st.builds(LastTold, st.sampled_from(Severity), MOMENTS),
    held=st.text(),
    loud=st.booleans(),
    channels=st.lists(st.text(), max_size=3).map(tuple),
)
NOTICES = st.builds(
    Notice,
    key=st.text(),
    incident=st.text(),
    sequence=COUNTS,
    state=st.sampled_from(NoticeState),
    severity=st.sampled_from(Severity),
    alarm=st.text(),
    group=GROUPS,
    started=MOMENTS,
    at=MOMENTS,
    ended=st.none() | MOMENTS,
    headline=st.text(),
    compared=st.text(),
    why=st.text(),
    changed=st.text(),
    link=st.text(),
    drill=st.booleans(),
    loud=st.booleans(),
    channels=st.lists(st.text(), max_size=3).map(tuple),
    acknowledged_by=st.text(),
    handled=st.text(),
    aside=st.text(),
    reached=st.lists(st.text(), max_size=3).map(tuple),
    quiet=st.booleans(),
)


@given(JUDGEMENTS)
def test_a_judgement_comes_back_as_it_was(judgement: Judgement) -> None:
    assert codec.judgement_from(codec.judgement_text(judgement)) == judgement


@given(INCIDENTS)
def test_an_incident_comes_back_as_it_was(incident: Incident) -> None:
    assert codec.incident_from(codec.incident_text(incident)) == incident


@given(NOTICES)
def test_a_notice_comes_back_as_it_was(notice: Notice) -> None:
    assert codec.notice_from(codec.notice_text(notice)) == notice


@given(MOMENTS)
def test_a_moment_comes_back_to_the_microsecond(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment


def test_a_value_that_is_no_number_does_not_stop_the_tick() -> None:
    text = codec.judgement_text(a_judgement(value=float("nan"), usual=float("inf")))
    read = codec.judgement_from(text)
    assert read.value is not None
    assert isnan(read.value)
    assert read.usual == float("inf")


def test_a_row_of_a_newer_program_is_refused() -> None:
    newer = codec.judgement_text(a_judgement()).replace('"v":1', '"v":2')
    with pytest.raises(Foreign, match="has format 2, this program knows 1"):
        codec.judgement_from(newer)


def test_a_row_written_by_the_first_version_can_still_be_read() -> None:
    """Recorded, not made by the writer of today: what is on a disk out there must stay readable."""
    recorded = (
        '{"v":1,"verdict":"breach","measure":"error_share","value":0.23,"threshold":0.05,"usual":null,"samples":178,'
        '"bad":41,"window_us":300000000,"learning":true,"note":"","severity":"page"}'
    )
    assert codec.judgement_from(recorded) == a_judgement(value=0.23, usual=None, learning=True)


def test_a_notice_from_before_there_were_acknowledgements_can_still_be_read() -> None:
    recorded = (
        '{"v":1,"key":"inc-1:0","incident":"inc-1","sequence":0,"state":"firing","severity":"page","alarm":"errors-fast",'
        '"group":{"project":"default","environment":"production","service":"checkout-bot"},"started_us":0,"at_us":0,'
        '"ended_us":null,"headline":"h","compared":"c","why":"w","changed":"","link":"http://localhost","drill":false}'
    )
    read = codec.notice_from(recorded)
    assert (read.key, read.acknowledged_by, read.reached, read.quiet) == ("inc-1:0", "", (), False)


def test_an_incident_from_before_it_was_kept_what_was_told_counts_as_told_when_it_was_opened() -> None:
    """Else an upgrade in the middle of a fire would tell it again, and never its end."""
    open_one = an_incident(notices=1)
    old = json.loads(codec.incident_text(open_one))
    for key in ("acknowledged", "told", "held"):
        del old[key]
    read = codec.incident_from(json.dumps(old))
    assert read == replace(open_one, told=LastTold(open_one.severity, open_one.opened))
    over = codec.incident_from(json.dumps(old | {"closed_us": old["opened_us"]}))
    assert over.told is None
