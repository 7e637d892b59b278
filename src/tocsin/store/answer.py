"""How a kind of ask is answered: one file each in `facts/`; the folder is the list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import tocsin.store.facts
from tocsin import registry
from tocsin.model.alarm import Group
from tocsin.model.fact import Ask
from tocsin.store.read import Reader


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers one class of asks, as of a moment of its grid; `Any` stands for that class."""

    asked: type[Ask]
    answer: Callable[[Reader, Any, datetime], Mapping[Group, object]]


def answers() -> Mapping[type[Ask], Answer]:
    """Return every answer by the class it answers. Raises AssertionError where two answer one."""
    found = list(registry.load(tocsin.store.facts, "ANSWER", Answer).values())
    by_class = {one.asked: one for one in found}
    assert len(by_class) == len(found), "each kind of ask has one answer"
    return by_class
