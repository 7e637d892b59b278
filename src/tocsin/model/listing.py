"""How single calls are listed, and how values are counted."""

from dataclasses import dataclass
from enum import StrEnum


class Order(StrEnum):
    """Which calls come first."""

    RECENT = "recent"
    # Failed ones only, newest first.
    FAILED = "failed"
    SLOW = "slow"
    COSTLY = "costly"
    # Only those that show it, newest first; see model/signs.py.
    EMPTY = "empty"
    CUT_SHORT = "cut_short"
    REFUSED = "refused"
    SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class ValueCount:
    """One value of a dimension, and the calls that have it."""

    value: str
    calls: int
