"""A new version of a service: seen in its spans, or told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tocsin.model.alarm import Group


class DeploySource(StrEnum):
    """How a deploy is known."""

    SEEN = "seen"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Deploy:
    """From `at` on the group runs `version`; `text` is what whoever told it wants to add."""

    group: Group
    version: str
    at: datetime
    text: str
    source: DeploySource
