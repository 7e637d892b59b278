"""Every measure: read from parts, exact under merging, and honest about having nothing to read."""

import dataclasses
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin.measures
from tocsin import registry
from tocsin.model.measure import Measure, Unit
from tocsin.model.parts import Parts
from tocsin.model.sketch import Sketch

MEASURES = registry.load(tocsin.measures, "MEASURE", Measure)
HOUR = timedelta(hours=1)
GRAPHS = {"latency", "errors", "cost", "tokens", "calls", "ttft", "answers"}
# What a service that is alive and idle truly has none of.
ZERO_WHEN_IDLE = {"cost_per_hour", "calls_per_minute", "input_tokens_per_hour", "output_tokens_per_hour"}


@dataclasses.dataclass(frozen=True)
class Shape:
    """One call, as far as parts keep it."""

    ms: float
    failed: bool
    tokens: int
    usd: Decimal | None


SHAPES = st.builds(
    Shape,
    ms=st.floats(1, 100_000),
    failed=st.booleans(),
    tokens=st.integers(0, 10_000),
    usd=st.none() | st.decimals(0, 5, places=6),
)


def parts_of(shapes: list[Shape]) -> Parts:
    fine = [shape.ms for shape in shapes if not shape.failed]
    return Parts(
        calls=len(shapes),
        failed=len(shapes) - len(fine),
        errors=len(shapes) - len(fine),
        input_tokens=sum(shape.tokens for shape in shapes),
        output_tokens=sum(shape.tokens for shape in shapes),
        calls_with_usage=len(shapes),
        priced=sum(shape.usd is not None for shape in shapes),
        unpriced=sum(shape.usd is None for shape in shapes),
        cost_usd=sum((shape.usd for shape in shapes if shape.usd is not None), Decimal(0)),
        duration=Sketch.of(fine),
        ttft=Sketch.of(fine),
    )


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_is_found_under_its_own_name_and_says_what_it_is(name: str) -> None:
    measure = MEASURES[name]
    assert measure.name == name
    assert isinstance(measure.unit, Unit)
    assert measure.graph in GRAPHS
    assert measure.title
    assert measure.explanation.endswith(".")


@pytest.mark.parametrize("name", MEASURES)
@given(first=st.lists(SHAPES), second=st.lists(SHAPES))
@settings(max_examples=40, deadline=None)
def test_measuring_merged_parts_equals_measuring_all_the_calls(
    name: str, first: list[Shape], second: list[Shape]
) -> None:
    """Nothing is ever an average of averages."""
    measure = MEASURES[name]
    merged = Parts.merged([parts_of(first), parts_of(second)])
    together = parts_of(first + second)
    assert measure.value(merged, HOUR) == measure.value(together, HOUR)
    assert measure.samples(merged) == measure.samples(together)


@pytest.mark.parametrize("name", MEASURES)
def test_without_calls_a_measure_is_none_or_a_true_zero(name: str) -> None:
    assert MEASURES[name].value(Parts(), HOUR) == (0.0 if name in ZERO_WHEN_IDLE else None)
    assert MEASURES[name].samples(Parts()) == 0


def test_latency_is_in_seconds_and_leaves_failed_calls_out() -> None:
    parts = parts_of([Shape(2000, False, 1, None)] * 9 + [Shape(60_000, True, 1, None)])
    value = MEASURES["latency_p99"].value(parts, HOUR)
    assert value == pytest.approx(2.0, rel=0.02)


def test_rates_are_scaled_to_their_unit_from_any_window() -> None:
    parts = parts_of([Shape(10, False, 100, Decimal("0.25"))] * 4)
    quarter = timedelta(minutes=15)
    assert MEASURES["cost_per_hour"].value(parts, quarter) == pytest.approx(4.0)
    assert MEASURES["calls_per_minute"].value(parts, quarter) == pytest.approx(4 / 15)
    assert MEASURES["input_tokens_per_hour"].value(parts, quarter) == pytest.approx(1600)


def test_calls_without_any_price_do_not_cost_nothing() -> None:
    """A missing price read as zero hides money."""
    parts = parts_of([Shape(10, False, 100, None)])
    assert MEASURES["cost_per_hour"].value(parts, HOUR) is None
    assert MEASURES["unpriced_share"].value(parts, HOUR) == 1.0


@pytest.mark.parametrize("name", ["input_tokens_per_hour", "output_tokens_per_hour"])
def test_usage_that_was_not_reported_is_not_zero_tokens(name: str) -> None:
    assert MEASURES[name].value(Parts(calls=3), HOUR) is None
