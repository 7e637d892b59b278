"""What the demonstration's apps told about their calls: counts, and when the first one failed."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any


@dataclass(slots=True)
class Ledger:
    """Written by the threads that hear the apps, read by the one that runs the demonstration."""

    started: set[str] = field(default_factory=set[str])
    calls: dict[str, int] = field(default_factory=dict[str, int])
    failures: list[tuple[datetime, str, str]] = field(default_factory=list[tuple[datetime, str, str]])
    # What an app said about a fault of its own; empty when there was none.
    broken: str = ""
    _lock: Lock = field(default_factory=Lock)

    def hear(self, line: str) -> None:
        """Take in one line of an app; a line that is not JSON is not from us and is left out."""
        try:
            told: dict[str, Any] = json.loads(line)
        except ValueError:
            return
        with self._lock:
            match told.get("what"):
                case "started":
                    self.started.add(told["service"])
                case "tally":
                    self.calls[told["service"]] = told["calls"]
                case "failed":
                    at = datetime.fromisoformat(told["at"])
                    self.failures.append((at, told["service"], f"{told['model']}: {told['error']}"))
                case "broken":
                    self.broken = told["error"]
                case _:
                    pass

    def failed_since(self, at: datetime) -> list[datetime]:
        """Return when calls failed at or after a time, oldest first."""
        with self._lock:
            return sorted(when for when, _, _ in self.failures if when >= at)

    @property
    def calls_all(self) -> int:
        """Calls so far, of all apps."""
        return sum(self.calls.values())
