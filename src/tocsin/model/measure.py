"""What can be watched and drawn: a unit, a better direction, and a pure function from parts to a value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from tocsin.model.parts import Parts


class Better(StrEnum):
    """Which direction is good."""

    LOWER = "lower"
    HIGHER = "higher"


class Unit(StrEnum):
    """The unit of a measure's value."""

    SECONDS = "s"
    SHARE = "share"
    USD_PER_HOUR = "USD/h"
    TOKENS_PER_HOUR = "tokens/h"
    TOKENS_PER_CALL = "tokens/call"
    USD_PER_CALL = "USD/call"
    CALLS_PER_MINUTE = "calls/min"


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to watch. Each lives in a file of its name in `measures/`."""

    name: str
    title: str
    unit: Unit
    better: Better
    # Which graph shows it: latency, errors, cost, tokens, calls or ttft.
    graph: str
    # One sentence for the docs and the page.
    explanation: str
    # Takes the parts and the length of the window they cover; None means no data, which is not zero.
    value: Callable[[Parts, timedelta], float | None]
    # How many observations the value rests on.
    samples: Callable[[Parts], int]
    # What follows a share in a message, in any tense: "12% `of calls rate limited`". Empty: the title says it.
    saying: str = ""


def share_of(  # noqa: PLR0913, PLR0917 - a measure's fields, less those that all shares have in common
    name: str,
    title: str,
    graph: str,
    saying: str,
    explanation: str,
    bad: Callable[[Parts], int],
    of: Callable[[Parts], int],
) -> Measure:
    """Return the measure of a share of calls, where lower is better; None where there is no call to take a share of."""

    def value(parts: Parts, _: timedelta) -> float | None:
        whole = of(parts)
        return bad(parts) / whole if whole else None

    return Measure(name, title, Unit.SHARE, Better.LOWER, graph, explanation, value, of, saying)
