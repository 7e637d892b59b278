"""Made-up secrets for examples: they have the right shape, and no scanner takes them for a leak in the source."""

from itertools import cycle, islice

_LETTERS = "Qx7mK2vR9bTz4LwY8nHc3FpJ6dGs5"
_HEX = "3f9a7c1e5b0d8642"


def letters(count: int) -> str:
    """Return so many letters and digits."""
    return "".join(islice(cycle(_LETTERS), count))


def hexes(count: int) -> str:
    """Return so many hexadecimal digits."""
    return "".join(islice(cycle(_HEX), count))
