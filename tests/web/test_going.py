"""What is said of an incident while it goes on, and after."""

from datetime import timedelta
from typing import Any

from tests.web.rows import AT, MINUTE, watch

from tocsin.model.alarm import Judgement, Verdict
from tocsin.model.incident import Incident, Member
from tocsin.store.control import Judged
from tocsin.testing.examples import GROUP, a_judgement, an_incident
from tocsin.web.going import facts, sentence
from tocsin.web.watched import Seat, Watch

BEGAN = AT - 10 * MINUTE
WORST = a_judgement(value=0.6, samples=50, bad=30, window=MINUTE)


def burning(worst: Judgement = WORST, **changes: Any) -> Incident:  # noqa: ANN401 - any field
    member = Member("errors_fast", BEGAN + MINUTE, None, worst)
    fields: dict[str, Any] = {"started": BEGAN, "opened": AT, "headline": "errors_fast", "members": (member,)}
    return an_incident(**(fields | changes))


def found(judgement: Judgement, alarm: str = "errors_fast") -> Seat:
    return Seat(alarm, GROUP, None, Judged(AT, judgement))


def told(incident: Incident, about: Watch) -> dict[str, str]:
    fired = a_judgement(value=0.12, samples=163, bad=19)
    return {fact.label: f"{fact.text}, {fact.rests}" for fact in facts(incident, fired, about, AT)}


def silent(minutes: int, **changes: Any) -> Seat:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {"verdict": Verdict.OK, "measure": "calls_per_minute", "value": None, "threshold": None}
    return found(a_judgement(window=minutes * MINUTE, samples=0, bad=0, **(fields | changes)), "no_data")


def test_an_open_incident_tells_now_and_the_worst_and_when_it_fired() -> None:
    """The figure of the first message stood there for as long as the incident was open."""
    about = watch(found(a_judgement(value=0.18, samples=100, bad=18)))
    assert sentence(burning(), about, AT) == (
        "checkout-bot (production): 18% of calls fail, 60% at worst, since 03:50 UTC"
    )
    numbers = told(burning(), about)
    assert numbers["now"] == "18%, 18 of 100 calls in 5 min"
    assert numbers["worst"] == "60%, 30 of 50 calls in 1 min"
    assert numbers["when it fired"] == "12%, 19 of 163 calls in 5 min"
    assert numbers["alarm above"] == "5%, over 5 min"


def test_what_is_at_its_worst_now_is_said_once() -> None:
    about = watch(found(WORST))
    assert sentence(burning(), about, AT) == "checkout-bot (production): 60% of calls fail since 03:50 UTC"


def test_an_app_that_fell_silent_is_not_judged_and_its_incident_says_so() -> None:
    """It fails, then it sends nothing: the incident stayed open, and nothing said why."""
    nothing = a_judgement(verdict=Verdict.NO_DATA, value=None, samples=0, bad=0)
    about = watch(found(nothing), silent(6))
    assert sentence(burning(), about, AT) == (
        "checkout-bot (production): no calls since 03:54 UTC, so it can't be judged; "
        "still open, 60% of calls failed at worst, since 03:50 UTC"
    )
    assert told(burning(), about)["now"] == "not judged, no calls since 03:54 UTC, so it can't be judged; still open"


def test_spans_that_are_no_calls_do_not_tell_when_the_last_call_was() -> None:
    """An app may go on sending spans of its own while it calls no model."""
    nothing = found(a_judgement(verdict=Verdict.NO_DATA, value=None, samples=0, bad=0))
    for about in (watch(nothing), watch(nothing, silent(1))):
        assert "no calls for 5 min, so it can't be judged" in sentence(burning(), about, AT)


def test_a_broken_alarm_of_an_open_incident_is_not_taken_for_silence() -> None:
    broken = a_judgement(verdict=Verdict.FAILED, value=None, measure="", note="KeyError: x")
    assert "its alarm is broken and can't judge it; still open" in sentence(burning(), watch(found(broken)), AT)


def test_a_silence_tells_how_long_it_lasts_by_now() -> None:
    worst = a_judgement(measure="calls_per_minute", value=0.0, threshold=None, window=11 * MINUTE, samples=0, bad=0)
    incident = burning(worst, headline="no_data", members=(Member("no_data", AT, None, worst),))
    about = watch(silent(25, verdict=Verdict.BREACH, value=0.0))
    assert sentence(incident, about, AT) == "checkout-bot (production): no data for 25 min since 03:50 UTC"
    assert told(incident, about)["now"] == "none for 25 min, "
    again = sentence(incident, watch(silent(0)), AT)
    assert again == "checkout-bot (production): calls come again after no data for 11 min since 03:50 UTC"


def test_a_closed_incident_is_told_as_its_last_message_told_it() -> None:
    over = burning(closed=AT - MINUTE)
    about = watch(found(a_judgement(value=0.0)))
    assert sentence(over, about, AT + timedelta(days=3)) == (
        "Over after 9 min: checkout-bot (production): 60% of calls failed, 03:50 to 03:59 UTC"
    )
    assert "now" not in told(over, about)


def test_an_incident_of_an_alarm_that_is_gone_tells_what_it_was() -> None:
    assert sentence(burning(), watch(), AT) == "checkout-bot (production): 60% of calls fail since 03:50 UTC"
    gone = burning(a_judgement(measure="a_measure_of_old"))
    assert sentence(gone, watch(), AT) == "checkout-bot (production): alarm errors fast since 03:50 UTC"
    assert facts(gone, None, watch(), AT) == ()
