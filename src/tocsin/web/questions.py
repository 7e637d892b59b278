"""What the pages ask: the one door between the web and the stores. `serve.py` hands in the real ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tocsin.model.act import Act
from tocsin.model.alarm import Group, Standing, Transition
from tocsin.model.asking import AddsUp, Filters
from tocsin.model.call import Call
from tocsin.model.deploy import Deploy
from tocsin.model.dimension import Dimension
from tocsin.model.drill import Drilled
from tocsin.model.hush import Silence
from tocsin.model.incident import Incident
from tocsin.model.listing import Order, ValueCount
from tocsin.model.span import Span
from tocsin.model.window import Window
from tocsin.store.control import BrokenChannel, Delivery, InboxRow, Instance, Judged, Waiting


class Telemetry(AddsUp, Protocol):
    """Questions to the telemetry store. All windows are half-open; all answers are bounded."""

    def values_of(self, project: str, dimension: Dimension, window: Window) -> Sequence[ValueCount]:
        """List a dimension's values in the window, most calls first."""
        ...

    def example_calls(self, project: str, window: Window, filters: Filters, order: Order, limit: int) -> Sequence[Call]:
        """List single calls."""
        ...

    def spans_of_trace(self, project: str, trace_id: str) -> Sequence[Span]:
        """List the stored spans of a trace; empty when there is none."""
        ...

    def last_span_at(self, project: str) -> datetime | None:
        """Return when the newest span ended; None when none was ever stored."""
        ...


class Control(Protocol):
    """Questions to the control state; `tocsin.store.control.Control` answers them."""

    @property
    def ticked(self) -> datetime | None:
        """The last tick that was committed; None before the first."""
        ...

    def standings(self) -> Mapping[Instance, tuple[Standing, Transition]]:
        """Return where each alarm instance stands; one that never moved is not in it."""
        ...

    def last_judgements(self) -> Mapping[Instance, Judged]:
        """Return the newest judgement of each alarm instance."""
        ...

    def incidents(self, window: Window | None = None, limit: int = 100) -> Sequence[Incident]:
        """Return incidents, newest first; with a window, those that were going on at any moment of it."""
        ...

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident; None when there is none of that id."""
        ...

    def transitions(
        self, *, group: Group | None = None, window: Window | None = None, limit: int = 200
    ) -> Sequence[Transition]:
        """Return the log, newest first; each argument that is given narrows it."""
        ...

    def deliveries(self, incident_id: str) -> Sequence[Delivery]:
        """Return everything that was tried for one incident, oldest first."""
        ...

    def waiting(self) -> Sequence[Waiting]:
        """Return, for each channel that has any, the notices it was not given yet."""
        ...

    def delivery_counts(self) -> Mapping[tuple[str, str], int]:
        """Count the tries on record, by channel and outcome."""
        ...

    def last_drilled(self) -> Drilled | None:
        """Return how the last drill went; None when there was none."""
        ...

    def broken_channels(self) -> Sequence[BrokenChannel]:
        """Return the channels whose last try failed."""
        ...

    def acts(self, incident_id: str) -> Sequence[Act]:
        """Return what people did about one incident, oldest first."""
        ...

    def silences(self) -> Sequence[Silence]:
        """Return the silences that are kept, newest first, also those that are over."""
        ...

    def deploys(self, project: str, window: Window) -> Sequence[Deploy]:
        """Return the deploys of a project in a half-open window, oldest first; of very many, the newest."""
        ...

    def inbox(self, limit: int = 50) -> Sequence[InboxRow]:
        """Return the built-in inbox, newest first."""
        ...
