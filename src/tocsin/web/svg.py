"""Graphs as server-drawn SVG, for browsers without JavaScript: the same series, plainly.

Only presentation attributes and classes, because the content policy refuses inline styles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.web import numbers
from tocsin.web.graphs import Graph, Role

WIDTH = 600
HEIGHT = 120


@dataclass(frozen=True, slots=True)
class Shape:
    """One drawn thing: a class for its colour, and a path in the coordinates of the picture."""

    colour: str
    path: str
    filled: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A graph as shapes, painted in order, with the value at the upper edge in words."""

    shapes: tuple[Shape, ...]
    top: str
    width: int = WIDTH
    height: int = HEIGHT


def picture(graph: Graph) -> Picture:
    """Draw a graph. Gaps stay gaps; a lone point between gaps is a short dash."""
    layers = _layers(graph)
    highest = max((value for _, _, layer in layers for value in layer if value is not None), default=0.0)
    near = [level for level in graph.levels if level.value <= 3 * highest]
    top = max([highest, *(level.value for level in near)]) * 1.05 or 1.0
    shapes = [
        Shape(colour, _area(layer, top) if filled else _line(layer, top), filled) for colour, filled, layer in layers
    ]
    flat = max(2, len(graph.at))
    shapes += [Shape(level.kind, _line([level.value] * flat, top), filled=False) for level in near]
    return Picture(tuple(shapes), numbers.measured(top, graph.unit))


def _layers(graph: Graph) -> list[tuple[str, bool, Sequence[float | None]]]:
    """Return what is painted, back to front: stacks as running sums, the highest first."""
    stacked: list[tuple[str, bool, Sequence[float | None]]] = []
    below: list[float | None] = [None] * len(graph.at)
    for series in graph.series:
        if series.role is Role.STACK:
            below = [_sum(a, b) for a, b in zip(below, series.values, strict=True)]
            stacked.append((series.colour, True, below))
    lines = [
        (series.colour, False, series.values) for series in graph.series if series.role in {Role.LINE, Role.JUDGED}
    ]
    return [*reversed(stacked), *lines]


def _sum(a: float | None, b: float | None) -> float | None:
    return None if a is None and b is None else (a or 0.0) + (b or 0.0)


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Cut values at the gaps."""
    runs: list[list[tuple[int, float]]] = [[]]
    for i, value in enumerate(values):
        if value is not None:
            runs[-1].append((i, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _y(value: float, top: float) -> str:
    return f"{HEIGHT - min(value / top, 1) * HEIGHT:.0f}"


def _line(values: Sequence[float | None], top: float) -> str:
    width = WIDTH / len(values)
    parts: list[str] = []
    for run in _runs(values):
        points = [f"{(i + 0.5) * width:.0f} {_y(value, top)}" for i, value in run]
        parts.append(f"M{'L'.join(points)}" + (f"h{width:.0f}" if len(run) == 1 else ""))
    return "".join(parts)


def _area(values: Sequence[float | None], top: float) -> str:
    width = WIDTH / len(values)
    parts: list[str] = []
    for run in _runs(values):
        steps = "".join(f"V{_y(value, top)}H{(i + 1) * width:.0f}" for i, value in run)
        parts.append(f"M{run[0][0] * width:.0f} {HEIGHT}{steps}V{HEIGHT}Z")
    return "".join(parts)
