"""What is measured, in which order, and what is said of a figure that misses."""

from pathlib import Path

import pytest

from tocsin.bench.part import Figures, Ground, Part
from tocsin.bench.run import PARTS, chosen, run
from tocsin.bench.targets import TARGETS, missed
from tocsin.model.problem import BadSetting, Foreign


def part(name: str, figures: Figures) -> Part:
    def measure(ground: Ground) -> Figures:
        assert list(ground.scratch.iterdir()) == [], "each works in an empty folder of its own"
        ground.scratch.joinpath("used").touch()
        return figures

    return Part(name, "", measure)


def broken(name: str) -> Part:
    def measure(ground: Ground) -> Figures:
        raise Foreign("tocsin up", f"did not start in {ground.scratch.name}")

    return Part(name, "", measure)


def quietly(parts: list[Part], kept: Path | None = None) -> dict[str, float | int | str | list[str] | None]:
    return run(parts, kept, quick=True, say=lambda _: None, hear=lambda _, __: None)


def test_without_names_everything_is_measured() -> None:
    assert chosen([]) == list(PARTS)


def test_names_choose_and_keep_the_order() -> None:
    assert [one.name for one in chosen(["killed", "ingest"])] == ["ingest", "killed"]


def test_a_name_that_is_none_is_told_with_the_nearest_one() -> None:
    with pytest.raises(BadSetting, match="ingest"):
        chosen(["ingets"])


def test_a_measurement_that_fails_is_told_and_the_others_go_on() -> None:
    figures = quietly([part("one", {"a": 1}), broken("two"), part("three", {"b": 2})])
    assert (figures["a"], figures["b"]) == (1, 2)
    assert figures["failed"] == ["two: tocsin up: did not start in two"]


def test_figures_come_with_the_machine_they_belong_to() -> None:
    figures = quietly([part("one", {})])
    assert figures["quick"] == 1
    assert isinstance(figures["cores"], int)
    assert figures["cores"] >= 1


def test_a_figure_at_its_bound_is_met_and_one_beyond_is_missed() -> None:
    assert missed({"ingest_spans_per_s": 30_000, "graphs_24h_ms": 150.0, "killed_lost_spans": 0}) == []
    assert missed({"ingest_spans_per_s": 29_999, "killed_lost_spans": 1}) == [
        "ingest_spans_per_s is 29,999; the target is ≥ 30,000 spans/s",
        "killed_lost_spans is 1; the target is ≤ 0 spans",
    ]


def test_what_was_not_measured_is_not_missed() -> None:
    assert missed({"ingest_spans_per_s": None}) == []


def test_every_target_has_one_bound() -> None:
    keys = [target.key for target in TARGETS]
    assert len(keys) == len(set(keys))
