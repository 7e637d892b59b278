"""Wilson's interval against its textbook values, and at its edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alarms.wilson import Z99, Z999, lower, upper


@pytest.mark.parametrize(
    ("bad", "n", "z", "low", "high"),
    [
        # Newcombe (1998), table I, 95 %: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        (81, 263, 1.96, 0.2553, 0.3662),
        (15, 148, 1.96, 0.0624, 0.1605),
        (0, 20, 1.96, 0.0, 0.1611),
        (1, 29, 1.96, 0.0061, 0.1718),
    ],
)
def test_the_bounds_are_those_of_the_literature(bad: int, n: int, z: float, low: float, high: float) -> None:
    assert lower(bad, n, z) == pytest.approx(low, abs=5e-5)
    assert upper(bad, n, z) == pytest.approx(high, abs=5e-5)


def test_nothing_counted_bounds_nothing() -> None:
    assert lower(0, 0, Z99) == 0.0
    assert upper(0, 0, Z99) == 1.0


@given(n=st.integers(1, 10_000), data=st.data())
def test_the_bounds_enclose_the_share_and_surer_ones_are_wider(n: int, data: st.DataObject) -> None:
    bad = data.draw(st.integers(0, n))
    assert 0 <= lower(bad, n, Z999) <= lower(bad, n, Z99) <= bad / n + 1e-12
    assert bad / n - 1e-12 <= upper(bad, n, Z99) <= upper(bad, n, Z999) + 1e-12
    assert upper(bad, n, Z999) <= 1


@given(bad=st.integers(1, 50), good=st.integers(0, 50))
def test_more_of_the_same_makes_surer(bad: int, good: int) -> None:
    assert lower(10 * bad, 10 * (bad + good), Z99) >= lower(bad, bad + good, Z99)
