from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.price import DAY_S, PriceRow
from tocsin.price.layers import Layer, Rates, rows_from

START = datetime(2026, 1, 1, tzinfo=UTC)
DATES = st.none() | st.integers(0, 6).map(lambda days: START + timedelta(days=days))
SECONDS = st.sampled_from([0, 3600, 7200, 43_200, 86_399])


def flat(price: int) -> Rates:
    return Rates(price, price, price, price, price, price, 0)


@st.composite
def piles(draw: st.DrawFn) -> list[Layer]:
    layers: list[Layer] = []
    for i in range(draw(st.integers(1, 5))):
        start, end = draw(SECONDS), draw(SECONDS.filter(bool) | st.just(DAY_S))
        tiers = ((0, flat(i)), (draw(st.integers(1, 9)), flat(i + 100))) if draw(st.booleans()) else ((0, flat(i)),)
        layers.append(Layer(f"{i}", tiers, draw(DATES), draw(DATES), 0 if start == end else start, end))
    return layers


def held(layer: Layer, at: datetime) -> bool:
    """Say it a second time and more simply than the code does."""
    second = at.hour * 3600 + at.minute * 60 + at.second
    after_midnight = layer.day_until_s < layer.day_from_s
    in_day = (
        second >= layer.day_from_s or second < layer.day_until_s
        if after_midnight
        else layer.day_from_s <= second < layer.day_until_s
    )
    return in_day and (layer.since is None or at >= layer.since) and (layer.until is None or at < layer.until)


@given(piles(), st.integers(-86_400, 8 * 86_400), st.integers(0, 20))
def test_exactly_the_last_layer_in_force_gives_the_row(layers: list[Layer], second: int, tokens: int) -> None:
    at = START + timedelta(seconds=second)
    want = next((layer for layer in reversed(layers) if held(layer, at)), None)
    found = [row for row in rows_from("p", "m", layers) if row.covers(at) and row.in_tier(tokens)]
    if want is None:
        assert found == []
        return
    rates = [rates for start, rates in want.tiers if tokens >= start][-1]
    assert [(row.source, row.input_nano) for row in found] == [(want.source, rates.input_nano)]


def test_a_newer_price_leaves_the_row_and_the_id_of_the_older_one() -> None:
    """A stored cost names its row: a price that is added today must not make last month's costs unknown."""
    old = [Layer("a", ((0, flat(1)),)), Layer("b", ((0, flat(2)),), since=START)]
    new = [*old, Layer("c", ((0, flat(3)),), since=START + timedelta(days=30))]

    def shown(row: PriceRow) -> tuple[str, datetime | None, int]:
        return row.id, row.valid_from, row.input_nano

    before, after = rows_from("p", "m", old), rows_from("p", "m", new)
    assert [shown(row) for row in before] == [shown(row) for row in after][:2]
    assert len({row.id for row in after}) == 3


def test_an_instant_is_judged_in_utc_wherever_it_was_written() -> None:
    (row,) = rows_from("p", "m", [Layer("a", ((0, flat(1)),), day_from_s=0, day_until_s=3600)])
    assert row.covers(datetime.fromisoformat("2026-01-01T02:30:00+02:00"))
    assert not row.covers(datetime.fromisoformat("2026-01-01T00:30:00+02:00"))
