"""What a minute, an hour or a window of calls adds up to: the mergeable parts from which every measure is taken.

A graph's point and an alarm's value are both `measure.value(parts)`, on parts of the same rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from tocsin.model.dimension import ErrorType
from tocsin.model.signs import NO_SIGNS, Sign, Signs, of_error
from tocsin.model.sketch import Sketch

ZERO_USD = Decimal(0)
NOTHING_TIMED = Sketch()
_FILTERED = of_error(ErrorType.CONTENT_FILTER)


@dataclass(frozen=True, slots=True)
class Parts:
    """Sums and sketches over some calls; adding two of them is exact."""

    calls: int = 0
    # Calls that failed, cancelled ones and content-filter blocks left out.
    failed: int = 0
    # Calls that ended with any error, the two kinds above included.
    errors: int = 0
    # Whole prompts, cached parts included.
    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    # Whole answers, reasoning included.
    output_tokens: int = 0
    reasoning_tokens: int = 0
    # Calls for which some usage was reported.
    calls_with_usage: int = 0
    # Calls with an amount; and calls with usage that no price was found for.
    priced: int = 0
    unpriced: int = 0
    # Exact; nothing is rounded before display.
    cost_usd: Decimal = ZERO_USD
    # Durations of calls that did not fail.
    duration: Sketch = NOTHING_TIMED
    # Time to the first token, of streamed calls that report it.
    ttft: Sketch = NOTHING_TIMED
    # Calls by class of error, swapped models, empty answers and the like.
    signs: Signs = NO_SIGNS

    def shown(self, sign: str) -> int:
        """Count the calls that show a sign."""
        return self.signs.count(sign)

    def telling(self, untold: Sign) -> int:
        """Count the calls without an error that do tell what the sign says is untold."""
        return self.calls - self.errors - self.signs.count(untold)

    @property
    def refused(self) -> int:
        """Calls that a refusal or a filter ended, whether it came as an answer or as an error."""
        return self.signs.count(Sign.REFUSED) + self.signs.count(_FILTERED)

    @property
    def endings(self) -> int:
        """Calls that say why they ended."""
        return self.telling(Sign.ENDING_UNTOLD) + self.signs.count(_FILTERED)

    @classmethod
    def merged(cls, many: Iterable["Parts"]) -> "Parts":
        """Add parts up."""
        items = tuple(many)
        if len(items) == 1:
            return items[0]
        return cls(
            **{name: sum(getattr(item, name) for item in items) for name in COUNTS},
            cost_usd=sum((item.cost_usd for item in items), ZERO_USD),
            duration=Sketch.together(item.duration for item in items),
            ttft=Sketch.together(item.ttft for item in items),
            signs=Signs.merged(item.signs for item in items),
        )


# The whole numbers among the parts.
COUNTS = tuple(f.name for f in fields(Parts) if f.type == "int" or f.type is int)


@dataclass(frozen=True, slots=True)
class PartsRow:
    """Parts of one group in one step of time.

    `at` is the start of the step (aware UTC); `group` has one value for each dimension asked for, in that order.
    """

    at: datetime
    group: tuple[str, ...]
    parts: Parts
