"""Which message of an incident is due. Level-triggered and pure: what it is, against what was last told of it.

- A beginning, a return, and a rise of severity are told; then it is nobody's, whoever had taken it on before.
- A page is told again every four hours while nobody has taken it on, a ticket daily: as a line, never as a message.
- While a silence or a maintenance window matches all that fires in it, nothing is told. What was told before gets a
  line that says so. When that is over and it still goes on, the next tick tells it.
- An end is told where a beginning was told, even under a silence, and nowhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.model.alarm import Severity
from tocsin.model.hush import Hush, holding
from tocsin.model.incident import Acknowledged, Incident, LastTold
from tocsin.model.notice import NoticeState

# How long after the last message an incident that goes on is told again, while nobody has taken it on.
REPEAT_AFTER: Mapping[Severity, timedelta] = {Severity.PAGE: timedelta(hours=4), Severity.TICKET: timedelta(hours=24)}


class Reason(StrEnum):
    """Why a message is due."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSE = "worse"
    ENDED = "ended"
    REPEATED = "repeated"
    SILENCED = "silenced"
    SILENCE_ENDED = "silence ended"


# These add a line to the story, and are news to nobody who was not told before.
ASIDES = frozenset({Reason.REPEATED, Reason.SILENCED, Reason.SILENCE_ENDED})


@dataclass(frozen=True, slots=True)
class Told:
    """A message that is due about an incident; `incident.notices` is its sequence, and is raised afterwards."""

    incident: Incident
    reason: Reason
    # The line that is added to the story; empty where the incident's own news say it.
    line: str = ""

    @property
    def state(self) -> NoticeState:
        """What the message says."""
        return NoticeState.RESOLVED if self.reason is Reason.ENDED else NoticeState.FIRING

    @property
    def is_aside(self) -> bool:
        """Whether only a line is due, for those who were told before."""
        return self.reason in ASIDES


@dataclass(frozen=True, slots=True)
class News:
    """An incident as it is to be kept, but for its number of notices, and the message that is due, if one is."""

    incident: Incident
    told: Told | None = None


def due(incident: Incident, hushes: Sequence[Hush], at: datetime) -> News:
    """Say what is to be told of an incident as it is after a tick; `hushes` are those in force."""
    if incident.closed is not None:
        if incident.told is None:
            return News(incident)
        over = replace(incident, told=None)
        return News(over, Told(over, Reason.ENDED))
    hush = holding(incident, hushes)
    if hush is not None:
        held = replace(incident, held=in_words(hush, at))
        if incident.told is None or incident.held:
            return News(held)
        return News(held, Told(held, Reason.SILENCED, f"From now on {held.held}."))
    reason = _reason(incident, at)
    if reason is None:
        return News(incident)
    line = f"No longer {incident.held}." if incident.held else ""
    told = replace(incident, held="", told=LastTold(incident.severity, at))
    if reason in {Reason.REOPENED, Reason.WORSE}:
        told = replace(told, acknowledged=None)
    if reason is Reason.REPEATED:
        line = "It still goes on, and nobody has taken it on."
    if reason is Reason.SILENCE_ENDED:
        line += " It still goes on."
    return News(told, Told(told, reason, line))


def _reason(incident: Incident, at: datetime) -> Reason | None:
    """Return why something is to be told of an open incident that nothing holds back."""
    last = incident.told
    if last is None:
        return Reason.REOPENED if incident.notices else Reason.OPENED
    if last.severity is Severity.TICKET and incident.severity is Severity.PAGE:
        return Reason.WORSE
    if incident.held:
        return Reason.SILENCE_ENDED
    if incident.acknowledged is None and at - last.at >= REPEAT_AFTER[incident.severity]:
        return Reason.REPEATED
    return None


def in_words(hush: Hush, at: datetime) -> str:
    """Say what holds messages back, and until when."""
    form = "%H:%M UTC" if hush.until.date() == at.date() else "%Y-%m-%d %H:%M UTC"
    return f"{hush.what} until {hush.until:{form}}"


def acknowledged(incident: Incident, by: str, at: datetime) -> Incident:
    """Return an open incident as one that somebody has taken on; the first who did keeps it."""
    if incident.acknowledged is not None:
        return incident
    return replace(incident, acknowledged=Acknowledged(by, at))
