"""How far long work has come."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """So many steps are done, of so many; the steps of one piece of work are about alike."""

    done: int
    of: int

    def __post_init__(self) -> None:
        assert 0 <= self.done <= self.of, "nothing is done more than once"
