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


@dataclass(frozen=True, slots=True)
class ValueCount:
    """One value of a dimension, and the calls that have it."""

    value: str
    calls: int
