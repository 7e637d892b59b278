"""The page of one incident: its own story, to the second."""

from datetime import timedelta

from tests.web.rows import AT, MEASURES, MINUTE

from tocsin.model.alarm import Phase, Transition
from tocsin.model.incident import Member
from tocsin.testing.examples import a_judgement, a_transition, an_incident
from tocsin.web.cards import Burning, Link
from tocsin.web.pages.incidents.view import Log, Reader, story

SECOND = timedelta(seconds=1)
MEMBER = Member("errors_fast", AT, AT + 9 * MINUTE, a_judgement())
BURNING = Burning("", None, "", AT, AT, False, None, "", (), "", "", (), Link("", ""))


def moved(seconds: int, was: Phase, now: Phase, alarm: str = "errors_fast") -> Transition:
    return a_transition(alarm=alarm, was=was, now=now, at=AT + seconds * SECOND)


def test_an_incident_tells_only_what_its_own_alarms_did_because_of_it() -> None:
    """Alarms of the same service that came near and went again were in the story of one that fired."""
    log = [
        moved(-200, Phase.QUIET, Phase.PENDING),
        moved(-190, Phase.PENDING, Phase.QUIET),
        moved(-15, Phase.QUIET, Phase.PENDING),
        moved(-10, Phase.QUIET, Phase.PENDING, "latency_drift"),
        moved(0, Phase.PENDING, Phase.FIRING),
        moved(30, Phase.FIRING, Phase.CLEARING),
        moved(40, Phase.CLEARING, Phase.FIRING),
        moved(60, Phase.FIRING, Phase.CLEARING),
        moved(540, Phase.CLEARING, Phase.QUIET),
        moved(560, Phase.QUIET, Phase.PENDING),
    ]
    incident = an_incident(started=AT - MINUTE, opened=AT, closed=AT + 9 * MINUTE, members=(MEMBER,))
    told = story(BURNING, incident, Log(log[::-1]), MEASURES, Reader()).timeline
    assert [(one.at - AT) // SECOND for one in told] == [-60, -15, 0, 30, 40, 60, 540, 540]
