"""Labelled shapes on an image, in percent of its sides.

`[{"label": ..., "box": [x, y, width, height], "rotation": degrees}, {"label": ..., "polygon":
[[x, y], ...]}, {"label": ..., "shape": type, ...}]`; a rotation is clockwise around the box's
corner (x, y) and may be left out. A shape of another type has whatever is beside `label`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin
from typing import Any

from services.quality.domain.values.numbers import number_text
from services.quality.domain.values.reading import canonical, finite, malformed, read_list

MAX_SHAPES = 1_000
MAX_POINTS = 5_000
"""Of one polygon."""
MAX_EXTENT = 1e6
"""A shape may reach beyond its image, but not without bound."""

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Of `box`, `polygon` and `other`, the first is an upright box as (left, top, right, bottom).

    A rotated box is the polygon of its corners. `other` is compared for equality alone.
    """

    label: str
    box: tuple[float, float, float, float] | None = None
    polygon: Points = ()
    other: str = ""

    @property
    def form(self) -> str:
        """Shapes of different forms are never the same thing; a box is a polygon of four."""
        return self.other or "area"

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom); of another shape, nothing."""
        if self.box is not None:
            return self.box
        if not self.polygon:
            return 0.0, 0.0, 0.0, 0.0
        xs, ys = [x for x, _ in self.polygon], [y for _, y in self.polygon]
        return min(xs), min(ys), max(xs), max(ys)


@lru_cache(maxsize=512)
def read_shapes(text: str) -> tuple[Shape, ...]:
    """Errors: MalformedValue."""
    found = read_list(text)
    if len(found) > MAX_SHAPES:
        raise malformed(f"more than {MAX_SHAPES:,} shapes", rule="shapes")
    return tuple(_shape(one) for one in found)


def shapes_text(shapes: Iterable[Shape]) -> str:
    return canonical([_plain_shape(shape) for shape in shapes])


def _shape(found: Any) -> Shape:
    if not isinstance(found, dict) or not isinstance(found.get("label"), str):
        raise malformed("a shape has a label", rule="shape")
    label = found["label"]
    if "box" in found:
        return _box(label, found)
    if "polygon" in found:
        return Shape(label, polygon=_points(found["polygon"]))
    if not isinstance(found.get("shape"), str):
        raise malformed("a shape has a box, a polygon or the name of its shape", rule="shape")
    return Shape(label, other=canonical({k: v for k, v in found.items() if k != "label"}))


def _box(label: str, found: dict[str, Any]) -> Shape:
    sides = found["box"]
    if not isinstance(sides, list) or len(sides) != 4:
        raise malformed("a box is [x, y, width, height]", rule="box")
    x, y, width, height = (_coordinate(side) for side in sides)
    if width < 0 or height < 0:
        raise malformed("a box has no negative sides", rule="box")
    turn = finite(found.get("rotation", 0), what="a rotation") % 360
    if turn == 0:
        return Shape(label, box=(x, y, x + width, y + height))
    across, down = cos(radians(turn)), sin(radians(turn))
    corners = ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height))
    turned = ((x + dx * across - dy * down, y + dx * down + dy * across) for dx, dy in corners)
    return Shape(label, polygon=tuple(turned))


def _points(found: Any) -> Points:
    if not isinstance(found, list) or not 3 <= len(found) <= MAX_POINTS:
        raise malformed(f"a polygon has 3 to {MAX_POINTS:,} points", rule="polygon")
    if any(not isinstance(point, list) or len(point) != 2 for point in found):
        raise malformed("a point is [x, y]", rule="point")
    return tuple((_coordinate(x), _coordinate(y)) for x, y in found)


def _coordinate(found: Any) -> float:
    number = finite(found, what="a coordinate")
    if abs(number) > MAX_EXTENT:
        raise malformed(f"a coordinate lies within ±{MAX_EXTENT:g} percent", rule="magnitude")
    return number


def _plain_shape(shape: Shape) -> dict[str, Any]:
    if shape.box is not None:
        left, top, right, bottom = shape.box
        sides = (left, top, right - left, bottom - top)
        return {"label": shape.label, "box": [_plain(side) for side in sides]}
    if shape.polygon:
        points = [[_plain(x), _plain(y)] for x, y in shape.polygon]
        return {"label": shape.label, "polygon": points}
    return {"label": shape.label} | dict(read_other(shape.other))


def read_other(text: str) -> dict[str, Any]:
    """What a shape of another type has beside its label."""
    found: dict[str, Any] = read_list(f"[{text}]")[0]
    return found


def _plain(number: float) -> float | int:
    text = number_text(round(number, 4))
    return float(text) if "." in text else int(text)
