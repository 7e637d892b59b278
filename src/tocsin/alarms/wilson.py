"""Wilson's score interval: what a count of bad ones among few or many says about their true share.

Source: E. B. Wilson, "Probable inference", JASA 22 (1927). One-sided use: z = 2.33 leaves 1 % outside, z = 3.09 0.1 %.
"""

from math import sqrt

Z99 = 2.33
Z999 = 3.09


def lower(bad: int, n: int, z: float) -> float:
    """Return the share that is at least reached, as far as `bad` of `n` can say; 0.0 when `n` is 0."""
    if n == 0 or bad == 0:
        return 0.0
    centre, reach = _interval(bad, n, z)
    return max(0.0, centre - reach)


def upper(bad: int, n: int, z: float) -> float:
    """Return the share that is at most reached, as far as `bad` of `n` can say; 1.0 when `n` is 0."""
    if n == 0:
        return 1.0
    centre, reach = _interval(bad, n, z)
    return min(1.0, centre + reach)


def _interval(bad: int, n: int, z: float) -> tuple[float, float]:
    assert 0 <= bad <= n, "the bad ones are some of all"
    share = bad / n
    square = z * z
    shrink = 1 + square / n
    reach = z * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return (share + square / (2 * n)) / shrink, reach / shrink
