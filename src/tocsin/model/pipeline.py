"""What Tocsin knows of its own way from the door to the channels, as alarms ask for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.model.fact import Ask


@dataclass(frozen=True, slots=True)
class AskPipeline(Ask):
    """Asks how the running server does its work; answered with `Pipeline`, the same for each whole project."""

    every: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class FailingChannel:
    """A channel whose last try failed."""

    name: str
    # The first try that failed since it last took something.
    since: datetime
    tries: int
    # Its last words, without any secret; may be empty.
    words: str
    # Notices that wait for it.
    waiting: int
    # Whether the last try was a refusal for good, and whether what was tried was a page.
    refused: bool
    paged: bool


@dataclass(frozen=True, slots=True)
class FailingJudge:
    """An alarm that can't be judged; what it stumbled over may quote anything, and stays on the pages."""

    alarm: str
    # The first tick of those in a row in which it failed.
    since: datetime
    # The class of the fault alone.
    fault: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How the running server does its work."""

    channels: tuple[FailingChannel, ...] = ()
    judges: tuple[FailingJudge, ...] = ()
    # How long a message has been due that nobody tried to send.
    overdue: timedelta = timedelta(0)
    # How far judging is behind the time, or settling behind what was stored; the longer of both.
    lag: timedelta = timedelta(0)
    # Export requests of the last ten minutes, and those of them that were refused for good.
    requests: int = 0
    refused: int = 0
    # When the last drill of the schedule began, if it did not arrive everywhere.
    drill_missed: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskArrivals(Ask):
    """Asks how punctual spans arrive; answered with `Arrivals` for each whole project."""

    window: timedelta = timedelta(minutes=15)
    # A span is late when it arrives so long after its end; one that is older than history is loaded, and not counted.
    late_after: timedelta = timedelta(minutes=2)
    history_after: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How punctual the spans were that arrived in the window; what was sent twice may count twice."""

    spans: int
    late: int
    # Those with an end that no clock which goes right can tell: ahead of their arrival, or absurdly long before it.
    skewed: int
