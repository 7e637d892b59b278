"""A drill: made-up calls that fail, sent the whole way from the door to the channels, to see that the way is open."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tocsin.model.alarm import Group

# All calls of drills lie in a project of their own, so that no graph, budget, usual level or other alarm sees them.
PROJECT = "tocsin-drill"
SERVICE = "tocsin-drill"
# What marks each of their spans, and its resource.
MARK = "tocsin.drill"


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill that is under way."""

    group: Group
    began: datetime
    # Mentions people and wakes the pager, as the real thing would.
    loud: bool = False
    # The channels that are told; empty: all.
    channels: tuple[str, ...] = ()


def group_of(name: str) -> Group:
    """Return the group of one drill; its own, so that no drill is judged by the calls of another."""
    return Group(PROJECT, name, SERVICE)


def is_drill(group: Group) -> bool:
    """Whether a group is a drill's."""
    return group.project == PROJECT


class Stage(StrEnum):
    """The way of a message, in order."""

    SENT = "sent"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    JUDGED = "judged"
    OPENED = "opened"
    DELIVERED = "delivered"
    RESOLVED = "resolved"
    END_DELIVERED = "end delivered"


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a drill: reached, or missed and why."""

    stage: Stage
    # Only of stages that each channel has; empty otherwise.
    channel: str
    # Since the calls were sent. None: it was missed.
    took: timedelta | None
    # Of a stage that was reached: what is worth knowing. Of one that was missed: what was seen, and what to do.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Drilled:
    """How a drill went."""

    name: str
    began: datetime
    ended: datetime
    # Who asked for it: "command", "page" or "schedule".
    by: str
    loud: bool
    # Named ones; empty: all.
    channels: tuple[str, ...]
    steps: tuple[Step, ...]
    # Empty where none was opened.
    incident: str = ""

    @property
    def missed(self) -> tuple[Step, ...]:
        """What did not arrive."""
        return tuple(step for step in self.steps if step.took is None)

    @property
    def ok(self) -> bool:
        """Whether everything arrived."""
        return not self.missed
