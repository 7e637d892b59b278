"""How calls are asked for: the one question behind every graph, every alarm's inquiry and every replay."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from tocsin.model.dimension import Dimension
from tocsin.model.parts import PartsRow
from tocsin.model.window import Window

# For each dimension the values of which a call must have one; a dimension that isn't there asks for nothing.
Filters = Mapping[Dimension, Sequence[str]]


class AddsUp(Protocol):
    """Whatever can add calls up: the store, or a series in memory."""

    def parts(
        self,
        project: str,
        window: Window,
        step: timedelta | None,
        group_by: Sequence[Dimension],
        filters: Filters,
    ) -> Sequence[PartsRow]:
        """Add calls up by step and group; absent rows mean no calls. `step` None: the whole window at once."""
        ...
