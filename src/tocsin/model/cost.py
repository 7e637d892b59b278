"""What a call cost, part by part."""

from dataclasses import dataclass
from decimal import Decimal

# One USD in femto-USD, the integer unit that every amount is a whole number of.
FEMTO = 10**15


def usd(femto: int) -> Decimal:
    """Return an amount in femto-USD as USD; exact for any size."""
    return Decimal((int(femto < 0), tuple(int(digit) for digit in str(abs(femto))), -15))


@dataclass(frozen=True, slots=True)
class Cost:
    """The parts of one call's cost in femto-USD (1e-15 USD, whole numbers), and the price row they rest on.

    The parts are disjoint: `input_femto` is for the input that was neither read from nor written to the cache,
    `output_femto` for the output without reasoning.
    """

    # The row's id.
    price: str
    input_femto: int
    cached_femto: int
    cache_write_femto: int
    output_femto: int
    reasoning_femto: int
    request_femto: int

    @property
    def femto(self) -> int:
        """The whole cost in femto-USD."""
        return (
            self.input_femto
            + self.cached_femto
            + self.cache_write_femto
            + self.output_femto
            + self.reasoning_femto
            + self.request_femto
        )

    @property
    def usd(self) -> Decimal:
        """The whole cost in USD; nothing is rounded."""
        return usd(self.femto)
