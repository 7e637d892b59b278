"""What people answer is told where the incident was told, and kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tocsin.model.act import Deed, Via
from tocsin.model.alarm import Severity
from tocsin.model.hush import Matchers, Silence
from tocsin.model.incident import Incident
from tocsin.model.notice import Delivered, Notice, NoticeState
from tocsin.model.problem import BadInput
from tocsin.notify.render import notice_for
from tocsin.respond import By, Desk, named
from tocsin.store.control import Control
from tocsin.testing.examples import an_incident
from tocsin.testing.manual_clock import START

MINUTE = timedelta(minutes=1)
CHANNELS = ("chat", "mail")


def tell(incident: Incident, state: NoticeState, at: datetime) -> Notice:
    return notice_for(incident, at=at, base_url="http://127.0.0.1:4319", state=state, measures={})


def ada(minutes: int = 1) -> By:
    return By("Ada", Via.PAGE, START + minutes * MINUTE)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    """A control state with an incident that was told to a channel with threads and to one without."""
    opened = Control(tmp_path, asides=["chat"])
    with opened.transaction() as tx:
        tx.save_incident(an_incident(notices=1))
        tx.put_in_outbox([tell(an_incident(), NoticeState.FIRING, START)], CHANNELS)
    drain(opened, START)
    yield opened
    opened.close()


def drain(control: Control, at: datetime) -> list[tuple[str, Notice]]:
    taken: list[tuple[str, Notice]] = []
    for channel in CHANNELS:
        while (due := control.take(channel, at)) is not None:
            taken.append((channel, due.notice))
            control.record(due, Delivered("ref"), at)
    return taken


def desk(control: Control) -> Desk:
    return Desk(control, tell, CHANNELS)


def test_whoever_takes_an_incident_on_is_told_in_its_thread_and_to_nobody_else(control: Control) -> None:
    done = desk(control).acknowledge("inc-1", ada())
    assert done is not None
    assert done.acknowledged is not None
    assert (done.acknowledged.by, done.acknowledged.at) == ("Ada", START + MINUTE)
    ((channel, notice),) = drain(control, START + MINUTE)
    assert channel == "chat"
    assert (notice.aside, notice.acknowledged_by) == ("Acknowledged by Ada.", "Ada")
    assert notice.handled.startswith("Acknowledged by Ada at ")
    assert [(act.by, act.via, act.deed) for act in control.acts("inc-1")] == [("Ada", Via.PAGE, Deed.ACKNOWLEDGED)]


def test_a_second_acknowledgement_changes_nothing_and_is_told_to_nobody(control: Control) -> None:
    desk(control).acknowledge("inc-1", ada())
    drain(control, START + MINUTE)
    done = desk(control).acknowledge("inc-1", By("Ben", Via.API, START + 2 * MINUTE))
    assert done is not None
    assert done.acknowledged is not None
    assert done.acknowledged.by == "Ada"
    assert drain(control, START + 2 * MINUTE) == []


def test_what_is_over_can_not_be_taken_on(control: Control) -> None:
    with control.transaction() as tx:
        tx.save_incident(an_incident(notices=2, closed=START + MINUTE))
    with pytest.raises(BadInput, match="is over since"):
        desk(control).acknowledge("inc-1", ada(2))


def test_an_incident_that_is_not_there_is_said_to_be_missing(control: Control) -> None:
    assert desk(control).acknowledge("inc-9", ada()) is None
    assert desk(control).vote("inc-9", Deed.NOISE, ada()) is None


def test_a_vote_is_told_in_the_thread_also_after_the_end(control: Control) -> None:
    over = an_incident(notices=1, closed=START + MINUTE)
    with control.transaction() as tx:
        tx.put_in_outbox([tell(over, NoticeState.RESOLVED, START + MINUTE)], CHANNELS)
        tx.save_incident(an_incident(notices=2, closed=START + MINUTE))
    drain(control, START + MINUTE)
    desk(control).vote("inc-1", Deed.NOISE, ada(2))
    ((channel, notice),) = drain(control, START + 2 * MINUTE)
    assert (channel, notice.state, notice.aside) == ("chat", NoticeState.RESOLVED, "Ada says: noise.")
    assert [(act.deed, act.detail) for act in control.votes(START)] == [(Deed.NOISE, "errors-fast")]


def test_answers_that_come_in_quick_succession_are_all_told(control: Control) -> None:
    """The newest notice takes the place of the others; their lines go with it."""
    desk(control).acknowledge("inc-1", ada())
    desk(control).vote("inc-1", Deed.USEFUL, By("Ben", Via.API, START + MINUTE))
    ((_, notice),) = drain(control, START + MINUTE)
    assert notice.aside == "Acknowledged by Ada.\nBen says: worth telling."
    desk(control).vote("inc-1", Deed.KNOWN, ada(2))
    ((_, notice),) = drain(control, START + 2 * MINUTE)
    assert notice.aside == "Ada says: known already."


def test_who_was_never_told_of_an_incident_is_told_no_lines_of_it(control: Control) -> None:
    with control.transaction() as tx:
        tx.save_incident(an_incident(id="held"))
    desk(control).acknowledge("held", ada())
    assert drain(control, START + MINUTE) == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "Ada\u202e"])
def test_a_name_that_can_not_be_shown_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match=r"name|who"):
        named(name, Via.PAGE, START)


def test_a_name_is_kept_as_people_write_it_with_single_spaces() -> None:
    assert named("  Ada \n Lovelace ", Via.API, START).name == "Ada Lovelace"


def asked(**changes: Any) -> Silence:  # noqa: ANN401 - any field
    silence = Silence(0, Matchers(service="checkout-bot"), START, START + timedelta(hours=2), "", "a deploy")
    return replace(silence, **changes)


def test_a_silence_is_kept_with_who_asked_for_it_and_can_be_ended(control: Control) -> None:
    kept = desk(control).silence(asked(), ada())
    assert control.silences() == [replace(asked(), id=kept.id, by="Ada")]
    ended = desk(control).end_silence(kept.id, ada(5))
    assert ended is not None
    assert (ended.ended, ended.ended_by) == (START + 5 * MINUTE, "Ada")
    assert desk(control).end_silence(kept.id, By("Ben", Via.API, START + 6 * MINUTE)) == ended, "it is over already"
    assert control.silences() == [ended], "what is over stays listed"
    assert desk(control).end_silence(99, ada()) is None


def test_a_silence_of_an_incident_means_its_alarms_and_no_others(control: Control) -> None:
    desk(control).silence_incident("inc-1", timedelta(hours=1), "known", ada())
    (kept,) = control.silences()
    group = an_incident().group
    assert kept.matchers.mean("errors-fast", group, Severity.PAGE)
    assert not kept.matchers.mean("latency", group, Severity.PAGE)
    assert not kept.matchers.mean("errors-fast", replace(group, service="other"), Severity.PAGE)
    assert kept.until == START + MINUTE + timedelta(hours=1)
    assert [(act.deed, act.by) for act in control.acts("inc-1")] == [(Deed.SILENCED, "Ada")]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"matchers": Matchers()}, "would hold everything back"),
        ({"until": START}, "over before it begins"),
        ({"since": START + timedelta(hours=3)}, "ends before it begins"),
        ({"until": START + timedelta(days=91)}, "at most 90 days"),
        ({"matchers": Matchers(severity="pager")}, 'severity = "pager" is not known'),
        ({"why": "x" * 201}, "longer than 200 letters"),
        ({"matchers": Matchers(service="a\x00b")}, "signs that can't be shown"),
    ],
)
def test_a_silence_that_can_not_be_meant_is_refused(control: Control, changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadInput) as told:
        desk(control).silence(asked(**changes), ada())
    assert fault in told.value.reason
    assert control.silences() == []
