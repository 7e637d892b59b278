"""How people respond: they take an incident on, hold its messages back, and say whether it was worth telling.

Each is one transaction beside the ticks, which read at their next beginning what was done. What somebody did is told
where the incident was told, as a line of its story, and is kept.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.alarms import telling
from tocsin.model.act import VOTES, Act, Deed, Via
from tocsin.model.alarm import Group, Severity
from tocsin.model.deploy import Deploy, DeploySource
from tocsin.model.hush import Matchers, Silence
from tocsin.model.incident import Incident
from tocsin.model.notice import Notice, NoticeState
from tocsin.model.problem import BadInput
from tocsin.model.window import Window
from tocsin.settings import shown

# What a vote says, for people.
IN_WORDS = {Deed.USEFUL: "worth telling", Deed.NOISE: "noise", Deed.KNOWN: "known already"}
# Letters of a name, and of what people write.
NAME_LETTERS_MAX = 60
TEXT_LETTERS_MAX = 200
# Who wants longer than this wants no alarm.
SILENCE_MAX = timedelta(days=90)
# How far a deploy may lie ahead: clocks differ, and what is only planned has changed nothing yet.
AHEAD_MAX = timedelta(minutes=5)


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

    def add_silence(self, silence: Silence) -> Silence:
        """Keep a silence; returns it with the id it was given."""
        ...

    def end_silence(self, silence_id: int, by: str, at: datetime) -> Silence | None:
        """End a silence; one that is over is left as it is. None when there is none of that id."""
        ...

    def add_deploys(self, deploys: Sequence[Deploy]) -> None:
        """Keep deploys; one that is known already is left as it is."""
        ...

    def deploys(self, window: Window) -> list[Deploy]:
        """Return the deploys of a half-open window, oldest first."""
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

    def silence(self, asked: Silence, by: By) -> Silence:
        """Hold messages back; the next tick heeds it. Raises BadInput for one that can't be meant."""
        silence = _sensible(replace(asked, by=by.name), by.at)
        with self.control.transaction() as tx:
            return tx.add_silence(silence)

    def silence_incident(self, incident_id: str, length: timedelta, why: str, by: By) -> Incident | None:
        """Hold back, from now on for so long, what the alarms of an open incident say of its group.

        Other alarms of the group are told all the same. None when there is no such incident.
        """
        with self.control.transaction() as tx:
            found = tx.incident(incident_id)
            if found is None:
                return None
            if found.closed is not None:
                raise BadInput(f"incident {incident_id} is over; ask for a silence of its alarm instead")
            until = by.at + length
            for matchers in _of_members(found):
                tx.add_silence(_sensible(Silence(0, matchers, by.at, until, by.name, why), by.at))
            said = f"until {until:%Y-%m-%d %H:%M} UTC"
            tx.add_act(Act(incident_id, by.at, by.name, by.via, Deed.SILENCED, said))
            return found

    def end_silence(self, silence_id: int, by: By) -> Silence | None:
        """End a silence now; what it held back and still goes on is told at the next tick. None: there is none."""
        with self.control.transaction() as tx:
            return tx.end_silence(silence_id, by.name, by.at)

    def deploy(self, told: Deploy, at: datetime) -> Deploy:
        """Keep a deploy and return it as it is kept: what was told or seen first wins. Raises BadInput."""
        _assert_deployed(told, at)
        with self.control.transaction() as tx:
            tx.add_deploys([told])
            same = (told.group, told.version)
            kept = tx.deploys(Window(told.at, told.at + timedelta(microseconds=1)))
            return next(one for one in kept if (one.group, one.version) == same)

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


def _of_members(incident: Incident) -> list[Matchers]:
    """Return what means the alarms of an incident that fire, and nothing else."""
    group = incident.group
    live = [member for member in incident.members if member.cleared is None] or list(incident.members)
    pairs = dict.fromkeys((member.alarm, member.subject) for member in live)
    return [
        Matchers(
            alarm=alarm,
            service=group.service,
            environment=group.environment,
            subject=subject,
            project=group.project,
        )
        for alarm, subject in pairs
    ]


def _sensible(silence: Silence, at: datetime) -> Silence:
    """Return a silence that can be meant. Raises BadInput for any other."""
    if not silence.matchers.named:
        raise BadInput(
            "this silence would hold everything back; name an alarm, a service, an environment or a severity"
        )
    if silence.matchers.severity not in {"*", *Severity}:
        raise BadInput(f"severity = {shown(silence.matchers.severity)} is not known; write page or ticket")
    if silence.until <= at:
        raise BadInput(f"the silence is over before it begins: until {silence.until:%Y-%m-%d %H:%M} UTC has passed")
    if silence.until <= silence.since:
        raise BadInput("the silence ends before it begins; write an until that lies after since")
    if silence.until - max(silence.since, at) > SILENCE_MAX:
        days = SILENCE_MAX.days
        raise BadInput(
            f"a silence is at most {days} days long; to be rid of an alarm, set enabled = false in its section"
        )
    for text in (silence.why, *(value for _, value in silence.matchers.named)):
        if len(text) > TEXT_LETTERS_MAX or (text and not text.isprintable()):
            raise BadInput(f"{shown(text)} is longer than {TEXT_LETTERS_MAX} letters, or has signs that can't be shown")
    return silence


def _assert_deployed(told: Deploy, at: datetime) -> None:
    """Raise BadInput for a deploy that can't be meant."""
    assert told.source is DeploySource.TOLD, "what is seen in spans does not come in here"
    for key, text in (("service", told.group.service), ("version", told.version)):
        if not text:
            raise BadInput(f'{key} is missing; give it as in {{"service": "search", "version": "v42"}}')
    texts = {**_named(told.group), "version": told.version, "text": told.text}
    for key, text in texts.items():
        if len(text) > TEXT_LETTERS_MAX or (text and not text.isprintable()):
            raise BadInput(
                f"{key} = {shown(text)} is longer than {TEXT_LETTERS_MAX} letters, or has signs that can't be shown"
            )
    if told.at > at + AHEAD_MAX:
        raise BadInput(f"at = {told.at:%Y-%m-%d %H:%M} UTC lies ahead; tell of a deploy when it is done")


def _named(group: Group) -> dict[str, str]:
    return {"project": group.project, "environment": group.environment, "service": group.service}
