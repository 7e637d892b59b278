"""What people do about an incident, kept as it was done."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Deed(StrEnum):
    """What was done. The last three judge the message: worth it, not worth it, or known already."""

    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    USEFUL = "useful"
    NOISE = "noise"
    KNOWN = "known"


VOTES = (Deed.USEFUL, Deed.NOISE, Deed.KNOWN)


class Via(StrEnum):
    """Through which door it was done."""

    PAGE = "page"
    API = "api"
    SLACK = "slack"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody did about an incident."""

    incident: str
    at: datetime
    # As people know them.
    by: str
    via: Via
    deed: Deed
    # The alarm that was judged, or the silence that was asked for, in words; empty otherwise.
    detail: str = ""
