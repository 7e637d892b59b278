"""What the alarms of one project know, as pages read it: where each instance stands, incidents, messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tocsin.model.alarm import Group, Phase, Standing, Transition
from tocsin.model.incident import Incident
from tocsin.model.measure import Measure
from tocsin.store.control import InboxRow, Instance, Judged


@dataclass(frozen=True, slots=True)
class Seat:
    """One alarm instance: where it stands and what was last judged. None: it never moved, or was not judged yet."""

    alarm: str
    group: Group
    standing: Standing | None
    judged: Judged | None

    @property
    def phase(self) -> Phase:
        """Where it stands; an instance that never moved is quiet."""
        return self.standing.phase if self.standing else Phase.QUIET


def seats(
    standings: Mapping[Instance, tuple[Standing, Transition]], judgements: Mapping[Instance, Judged], project: str
) -> tuple[Seat, ...]:
    """Bring together what is known of each alarm instance of a project."""
    keys = sorted({key for key in (*standings, *judgements) if key[1].project == project})
    return tuple(
        Seat(
            alarm,
            group,
            standings[alarm, group][0] if (alarm, group) in standings else None,
            judgements.get((alarm, group)),
        )
        for alarm, group in keys
    )


@dataclass(frozen=True, slots=True)
class Watch:
    """What the alarms of one project know, read once for a page."""

    project: str
    # Newest first.
    incidents: Sequence[Incident]
    letters: Sequence[InboxRow]
    seats: Sequence[Seat]
    measures: Mapping[str, Measure]
