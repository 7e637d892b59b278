"""What an alarm can ask for beside windows of parts: runs, budgets, scores; whatever has a question of its own."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Ask:
    """A question for facts; each kind of fact is a subclass with its own parameters, and a type for its answers.

    Two asks that are equal are asked once. The answer is a mapping of group to fact; a group may name a subject
    (`Group.subject`), and has its alarm instance while the answer, or a standing that is not at rest, holds it.
    """

    # How often it is asked again: a step of a grid, so that a new process asks at the same moments.
    every: timedelta = timedelta(minutes=1)
