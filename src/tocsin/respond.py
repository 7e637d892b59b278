"""How people respond: they take an incident on, hold its messages back, and say whether it was worth telling.

Each is one transaction beside the ticks, which read at their next beginning what was done. What somebody did is told
where the incident was told, as a line of its story, and is kept.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from tocsin.alarms import telling
from tocsin.model.act import VOTES, Act, Deed, Via
from tocsin.model.incident import Incident
from tocsin.model.notice import Notice, NoticeState
from tocsin.model.problem import BadInput

# What a vote says, for people.
IN_WORDS = {Deed.USEFUL: "worth telling", Deed.NOISE: "noise", Deed.KNOWN: "known already"}
# Letters of a name, and of what people write.
NAME_LETTERS_MAX = 60


class Transacting(Protocol):
    """What is read and written of the control state, inside one transaction."""

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident; None when there is none of that id."""
        ...

    def save_incident(self, incident: Incident) -> None:
        """Write an incident whole."""
        ...

    def put_in_outbox(self, notices: Sequence[Notice], channels: Sequence[str]) -> None:
        """Queue each notice for each channel."""
        ...

    def add_act(self, act: Act) -> None:
        """Write down what somebody did."""
        ...


class ControlState(Protocol):
    """Where transactions come from."""

    def transaction(self) -> AbstractContextManager[Transacting]:
        """Hold the write lock for a block; committed at its end, or nothing when it raises."""
        ...


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, through which door, and when."""

    name: str
    via: Via
    at: datetime


def named(name: str, via: Via, at: datetime) -> By:
    """Return who does something. Raises BadInput when the name can't be shown to others."""
    clean = " ".join(name.split())
    if not clean:
        raise BadInput('who does this is missing; give a name, as in by = "ada"')
    if len(clean) > NAME_LETTERS_MAX or not clean.isprintable():
        raise BadInput(f"the name is longer than {NAME_LETTERS_MAX} letters, or has signs that can't be shown")
    return By(clean, via, at)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where people's answers come in."""

    control: ControlState
    tell: Callable[[Incident, NoticeState, datetime], Notice]
    # Everybody who may have been told.
    channels: Sequence[str]

    def acknowledge(self, incident_id: str, by: By) -> Incident | None:
        """Take an open incident on: it is not told again until it gets worse. The first who did keeps it.

        None when there is no such incident. Raises BadInput when it is over.
        """
        with self.control.transaction() as tx:
            found = tx.incident(incident_id)
            if found is None:
                return None
            if found.closed is not None:
                raise BadInput(
                    f"incident {incident_id} is over since {found.closed:%Y-%m-%d %H:%M} UTC; nothing to take on"
                )
            taken = telling.acknowledged(found, by.name, by.at)
            if taken == found:
                return found
            tx.add_act(Act(incident_id, by.at, by.name, by.via, Deed.ACKNOWLEDGED))
            return self._add_line(tx, taken, f"Acknowledged by {by.name}.", by.at)

    def vote(self, incident_id: str, vote: Deed, by: By) -> Incident | None:
        """Say whether an incident was worth telling, also when it is over. None when there is no such incident."""
        assert vote in VOTES, "only these judge a message"
        with self.control.transaction() as tx:
            found = tx.incident(incident_id)
            if found is None:
                return None
            tx.add_act(Act(incident_id, by.at, by.name, by.via, vote, detail=found.headline))
            return self._add_line(tx, found, f"{by.name} says: {IN_WORDS[vote]}.", by.at)

    def _add_line(self, tx: Transacting, incident: Incident, line: str, at: datetime) -> Incident:
        """Add a line to the story of an incident where it was told, and keep the incident."""
        if incident.notices == 0:
            tx.save_incident(incident)
            return incident
        state = NoticeState.FIRING if incident.closed is None else NoticeState.RESOLVED
        tx.put_in_outbox([replace(self.tell(incident, state, at), aside=line)], self.channels)
        kept = replace(incident, notices=incident.notices + 1)
        tx.save_incident(kept)
        return kept
