"""Ready-made nouns for tests: an incident and its notices, changed where a test cares."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tocsin.model.alarm import Group, Judgement, Phase, Severity, Transition, Verdict
from tocsin.model.incident import Incident, Member
from tocsin.model.notice import Notice, NoticeState
from tocsin.testing.manual_clock import START

GROUP = Group(project="default", environment="production", service="checkout-bot")


def a_judgement(**changes: Any) -> Judgement:  # noqa: ANN401 - any field
    """Return a breach of the error share, with fields changed."""
    judgement = Judgement(
        verdict=Verdict.BREACH,
        measure="error_share",
        value=41 / 178,
        threshold=0.05,
        usual=0.004,
        samples=178,
        bad=41,
        window=timedelta(minutes=5),
    )
    return replace(judgement, **changes)


def a_transition(**changes: Any) -> Transition:  # noqa: ANN401 - any field
    """Return an alarm's first step, from quiet to pending, with fields changed."""
    transition = Transition(
        alarm="errors-fast", group=GROUP, was=Phase.QUIET, now=Phase.PENDING, at=START, judgement=a_judgement()
    )
    return replace(transition, **changes)


def an_incident(**changes: Any) -> Incident:  # noqa: ANN401 - any field
    """Return an open incident of one alarm, with fields changed."""
    incident = Incident(
        id="inc-1",
        group=GROUP,
        severity=Severity.PAGE,
        started=START - timedelta(minutes=2),
        opened=START,
        closed=None,
        headline="errors-fast",
        members=(Member("errors-fast", START, None, a_judgement()),),
        why="92% of the failures are overloaded (529) on claude-x, all tenants.",
        changed="Version 2.3.1 came 4 min before.",
        examples=("0af7651916cd43dd8448eb211c80319c",),
    )
    return replace(incident, **changes)


def a_notice(incident: str = "inc-1", sequence: int = 0, **changes: Any) -> Notice:  # noqa: ANN401 - any field
    """Return a firing notice of an incident, with fields changed; its key follows from the two arguments."""
    notice = Notice(
        key=f"{incident}:{sequence}",
        incident=incident,
        sequence=sequence,
        state=NoticeState.FIRING,
        severity=Severity.PAGE,
        alarm="errors-fast",
        group=GROUP,
        started=START - timedelta(minutes=2),
        at=START,
        ended=None,
        headline="checkout-bot (production): 23% of calls fail since 11:58 UTC",
        compared="Usually 0.4%, limit 5%. 41 of 178 calls in 5 min.",
        why="92% of the failures are overloaded (529) on claude-x, all tenants.",
        changed="Version 2.3.1 came 4 min before. First: open an example call and read its error.",
        link="http://localhost:4319/?from=1772449080000&to=1772453700000&service=checkout-bot&incident=inc-1#errors",
    )
    return replace(notice, **changes)
