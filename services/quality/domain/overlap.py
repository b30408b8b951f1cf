"""How much two stretches or two areas have in common: intersection over union, from 0 to 1.

Upright boxes are exact. Any other two areas are cut by `_LINES` level lines through what their
bounds share; between crossings a line is inside or outside by the even-odd rule, exactly, so only
the spacing of the lines is an approximation: the area that the two share is off by less than one
line's spacing times the width of what their bounds share, for each edge that is nearly level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.quality.domain.values.shapes import Points, Shape
from services.quality.domain.values.spans import Span

_LINES = 96
MAX_POINTS = 200
"""A polygon of more is compared by as many of its points, evenly chosen."""

Bounds = tuple[float, float, float, float]


def iou_of_spans(one: Span, other: Span) -> float:
    """Of two that are points, whether they are the same."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    union = max(one.end, other.end) - min(one.start, other.start)
    if union <= 0.0:
        return 1.0
    if shared <= 0.0:
        return 0.0
    return shared / ((one.end - one.start) + (other.end - other.start) - shared)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A shape with what every comparison of it needs."""

    shape: Shape
    bounds: Bounds
    corners: Points
    area: float
    """In square percent."""


def outline(shape: Shape) -> Outline:
    left, top, right, bottom = bounds = shape.bounds
    if shape.box is None:
        corners = _thinned(shape.polygon)
        return Outline(shape, bounds, corners, _inside(corners, top, bottom) if corners else 0.0)
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Outline(shape, bounds, corners, (right - left) * (bottom - top))


def most_in_common(one: Outline, other: Outline) -> float:
    """What `iou_of_outlines` is at most, by bounds and areas: of two upright boxes what it is."""
    ours, theirs = one.bounds, other.bounds
    if one.shape.other != other.shape.other:
        return 0.0
    if ours == theirs:
        return 1.0
    width = min(ours[2], theirs[2]) - max(ours[0], theirs[0])
    height = min(ours[3], theirs[3]) - max(ours[1], theirs[1])
    if width <= 0.0 or height <= 0.0:
        return 0.0
    shared = min(width * height, one.area, other.area)
    return shared / (one.area + other.area - shared) if shared > 0.0 else 0.0


def iou_of_outlines(one: Outline, other: Outline) -> float:
    """0 where the shapes are of different forms."""
    most = most_in_common(one, other)
    if most <= 0.0 or one.shape.polygon == other.shape.polygon:
        return most
    shared = min(_shared(one, other), one.area, other.area)
    return shared / (one.area + other.area - shared) if shared > 0.0 else 0.0


def _thinned(points: Points) -> Points:
    if len(points) <= MAX_POINTS:
        return points
    return tuple(points[i * len(points) // MAX_POINTS] for i in range(MAX_POINTS))


def _inside(points: Points, top: float, bottom: float) -> float:
    """Area of one, by the same lines, so that the even-odd rule is the same throughout."""
    step = (bottom - top) / _LINES
    return sum(_length(line) for line in _crossings(points, top, step)) * step


def _shared(one: Outline, other: Outline) -> float:
    top, bottom = max(one.bounds[1], other.bounds[1]), min(one.bounds[3], other.bounds[3])
    step = (bottom - top) / _LINES
    pairs = zip(
        _crossings(one.corners, top, step), _crossings(other.corners, top, step), strict=True
    )
    return sum(_common(line, other_line) for line, other_line in pairs) * step


def _crossings(points: Points, top: float, step: float) -> list[list[float]]:
    """Where each line enters and leaves, in pairs."""
    lines: list[list[float]] = [[] for _ in range(_LINES)]
    if step <= 0.0:
        return lines
    x0, y0 = points[-1]
    for x1, y1 in points:
        (low_x, low), (high_x, high) = ((x0, y0), (x1, y1)) if y0 < y1 else ((x1, y1), (x0, y0))
        if high > low:
            # Line i lies at top + (i + ½) step; an edge has its lower end and not its upper one.
            first = max(0, _ceil((low - top) / step - 0.5))
            last = min(_LINES, _ceil((high - top) / step - 0.5))
            slope = (high_x - low_x) / (high - low)
            for i in range(first, last):
                lines[i].append(low_x + slope * (top + (i + 0.5) * step - low))
        x0, y0 = x1, y1
    for line in lines:
        line.sort()
    return lines


def _ceil(number: float) -> int:
    whole = int(number)
    return whole + (number > whole)


def _length(line: Sequence[float]) -> float:
    return sum(line[i + 1] - line[i] for i in range(0, len(line) - 1, 2))


def _common(one: Sequence[float], other: Sequence[float]) -> float:
    found, i, j = 0.0, 0, 0
    while i < len(one) - 1 and j < len(other) - 1:
        found += max(0.0, min(one[i + 1], other[j + 1]) - max(one[i], other[j]))
        if one[i + 1] < other[j + 1]:
            i += 2
        else:
            j += 2
    return found
