"""REGIONS: labelled shapes on an image, in percent of its width and height.

* a box: `{"label": "Car", "box": [x, y, width, height]}`, x and y of its upper left corner; one
  that is turned also has `"rotation"`, in degrees;
* a polygon: `{"label": "Car", "polygon": [[x, y], ...]}`;
* an ellipse: `{"label": "Car", "shape": "ellipse", "x", "y", "radiusX", "radiusY"}`, x and y of its
  centre, and `"rotation"` where it is turned;
* a point: `{"label": "Car", "shape": "keypoint", "x", "y"}`, and `"width"` where it has one.

`"label"` is empty where a shape has none. `"attributes"` has what else was asked of a shape, by the
name of what asked it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.broker.domain.answer_forms.canonical_json import in_order
from services.broker.domain.answer_forms.marks import (
    each_mark,
    read_label,
    read_place,
    refuse_others,
)
from services.broker.domain.answer_forms.wrong import FormWrong

POINTS_MAX = 5_000
# The editor reckons from pixels: a shape along the edge ends a hair beyond it.
_SLACK = 0.01
_LEAST, _MOST = -_SLACK, 100 + _SLACK
# A turned box may have its corner beyond the edge.
_TURNED_LEAST, _TURNED_MOST = -100, 200


def read_shapes(value: Any, *, path: str = "") -> list[dict[str, Any]]:
    """The shapes in their order. Errors: FormWrong."""
    return in_order([_shape(mark, here) for mark, here in each_mark(value, path=path)])


def _shape(mark: Mapping[str, Any], path: str) -> dict[str, Any]:
    label = read_label(mark, path=path)
    kinds = [name for name in ("box", "polygon", "shape") if name in mark]
    if len(kinds) != 1:
        raise FormWrong(path, "shape", "a shape has one of box, polygon and shape")
    if kinds == ["box"]:
        return label | _box(mark, path)
    if kinds == ["polygon"]:
        return label | _polygon(mark, path)
    if mark["shape"] == "ellipse":
        return label | _ellipse(mark, path)
    if mark["shape"] == "keypoint":
        return label | _keypoint(mark, path)
    raise FormWrong(f"{path}.shape", "shape", "must be ellipse or keypoint")


def _box(mark: Mapping[str, Any], path: str) -> dict[str, Any]:
    refuse_others(mark, ("box", "rotation"), path=path)
    box = mark["box"]
    if not isinstance(box, list) or len(box) != 4:
        raise FormWrong(f"{path}.box", "type", "four numbers: x, y, width, height")
    rotation = _rotation(mark, path)
    least, most = (_TURNED_LEAST, _TURNED_MOST) if rotation else (_LEAST, _MOST)
    places = [
        read_place(place, path=f"{path}.box[{position}]", least=least, most=most)
        for position, place in enumerate(box)
    ]
    for axis, size in ((0, 2), (1, 3)):
        if places[size] <= 0:
            raise FormWrong(f"{path}.box[{size}]", "range", "a box has a width and a height")
        if places[axis] + places[size] > most + _SLACK:
            raise FormWrong(f"{path}.box[{size}]", "range", "the box ends beyond the image")
    return {"box": places, **rotation}


def _polygon(mark: Mapping[str, Any], path: str) -> dict[str, Any]:
    refuse_others(mark, ("polygon",), path=path)
    points = mark["polygon"]
    if not isinstance(points, list) or not 3 <= len(points) <= POINTS_MAX:
        raise FormWrong(f"{path}.polygon", "count", f"a list of 3 to {POINTS_MAX:,} points")
    read = []
    for position, point in enumerate(points):
        here = f"{path}.polygon[{position}]"
        if not isinstance(point, list) or len(point) != 2:
            raise FormWrong(here, "type", "a point is two numbers")
        read.append(
            [
                read_place(place, path=f"{here}[{axis}]", least=_LEAST, most=_MOST)
                for axis, place in enumerate(point)
            ]
        )
    return {"polygon": read}


def _ellipse(mark: Mapping[str, Any], path: str) -> dict[str, Any]:
    refuse_others(mark, ("shape", "x", "y", "radiusX", "radiusY", "rotation"), path=path)
    places = _places(mark, ("x", "y", "radiusX", "radiusY"), path)
    for name in ("radiusX", "radiusY"):
        if places[name] <= 0:
            raise FormWrong(f"{path}.{name}", "range", "an ellipse has two radii")
    return {"shape": "ellipse", **places, **_rotation(mark, path)}


def _keypoint(mark: Mapping[str, Any], path: str) -> dict[str, Any]:
    refuse_others(mark, ("shape", "x", "y", "width"), path=path)
    places = _places(mark, ("x", "y"), path)
    width = _places(mark, ("width",), path) if mark.get("width", 0) != 0 else {}
    return {"shape": "keypoint", **places, **width}


def _places(mark: Mapping[str, Any], names: tuple[str, ...], path: str) -> dict[str, int | float]:
    return {
        name: read_place(mark.get(name), path=f"{path}.{name}", least=_LEAST, most=_MOST)
        for name in names
    }


def _rotation(mark: Mapping[str, Any], path: str) -> dict[str, int | float]:
    """Left out where it is none."""
    degrees = read_place(mark.get("rotation", 0), path=f"{path}.rotation", least=-360, most=360)
    return {"rotation": degrees} if degrees else {}
