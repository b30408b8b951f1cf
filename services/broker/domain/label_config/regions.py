"""The `value` of one item of a result: its place, and the answer that it carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.broker.domain.label_config.model import Control
from services.broker.domain.label_config.numbers import is_number, is_whole
from services.broker.domain.label_config.problems import Problems, shown
from services.broker.domain.label_config.tags import Shape

TEXT_LENGTH_MAX = 65_536
_POINTS_MAX = 5_000
_XPATH_LENGTH_MAX = 2_000
# The editor reckons from pixels: a box along the edge ends a hair beyond it.
_SLACK = 0.01

_Value = Mapping[str, Any]
_Check = Callable[[Control, Any, str, Problems], None]


def check_value(
    control: Control, value: _Value, path: str, problems: Problems, *, object_tag: str
) -> None:
    """Adds what is wrong with it."""
    key = control.spec.value_key
    if control.shape is Shape.REGION:
        _check_place(control, value, path, problems, object_tag)
        if key:
            _check_labels(control, value, f"{path}.{key}", problems)
        return
    if key not in value:
        problems.add(f"{path}.{key}", "missing", f"{control.tag} answers with {key}")
        return
    _CHECKS[control.shape](control, value[key], f"{path}.{key}", problems)


def _check_choices(control: Control, chosen: Any, path: str, problems: Problems) -> None:
    if not isinstance(chosen, list):
        problems.add(path, "type", "choices are a list")
        return
    if len(chosen) > 1 and not control.multiple:
        problems.add(path, "count", f"one choice only, not {len(chosen)}")
        return
    _check_each_label(control, chosen, path, problems)


def _check_labels(control: Control, value: _Value, path: str, problems: Problems) -> None:
    labels = value.get(control.spec.value_key, [])
    if not isinstance(labels, list):
        problems.add(path, "type", "labels are a list")
    elif not labels and not control.empty_allowed:
        problems.add(path, "missing", "the region has no label")
    elif len(labels) > 1 and not control.multiple:
        problems.add(path, "count", f"one label only, not {len(labels)}")
    else:
        _check_each_label(control, labels, path, problems)


def _check_each_label(control: Control, labels: list[Any], path: str, problems: Problems) -> None:
    met: set[str] = set()
    for position, label in enumerate(labels):
        here = f"{path}[{position}]"
        if not isinstance(label, str) or label not in control.labels:
            problems.add(here, "label", f"{shown(label)} is none of the labels")
        elif label in met:
            problems.add(here, "twice", f"{shown(label)} is there twice")
        else:
            met.add(label)


def _check_preferred(control: Control, selected: Any, path: str, problems: Problems) -> None:
    if not isinstance(selected, str) or selected not in control.labels:
        problems.add(path, "label", f"{shown(selected)} is neither left nor right")


def _check_texts(control: Control, texts: Any, path: str, problems: Problems) -> None:
    if isinstance(texts, str):
        texts = [texts]
    if not isinstance(texts, list):
        problems.add(path, "type", "a text, or a list of texts")
        return
    if control.count_max is not None and len(texts) > control.count_max:
        problems.add(path, "count", f"at most {control.count_max}, not {len(texts)}")
        return
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            problems.add(f"{path}[{position}]", "type", "not a text")
        elif len(text) > TEXT_LENGTH_MAX:
            problems.add(f"{path}[{position}]", "size", f"more than {TEXT_LENGTH_MAX} characters")


def _check_number(control: Control, number: Any, path: str, problems: Problems) -> None:
    if not is_number(number):
        problems.add(path, "type", f"{shown(number)} is no number")
        return
    if control.shape is Shape.RATING and number != int(number):
        problems.add(path, "type", "a rating is a whole number")
    if control.minimum is not None and number < control.minimum:
        problems.add(path, "range", f"{shown(number)} is less than {control.minimum:g}")
    if control.maximum is not None and number > control.maximum:
        problems.add(path, "range", f"{shown(number)} is more than {control.maximum:g}")


def _check_taxonomy(control: Control, chosen: Any, path: str, problems: Problems) -> None:
    if not isinstance(chosen, list):
        problems.add(path, "type", "a taxonomy is a list of paths")
        return
    if control.count_max is not None and len(chosen) > control.count_max:
        problems.add(path, "count", f"at most {control.count_max}, not {len(chosen)}")
        return
    met: set[tuple[str, ...]] = set()
    for position, steps in enumerate(chosen):
        here = f"{path}[{position}]"
        if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
            problems.add(here, "type", "a path is a list of labels")
            continue
        branch = tuple(steps)
        if branch not in control.branches:
            problems.add(
                here, "label", f"{shown(' / '.join(branch))} is no path that may be chosen"
            )
        elif branch in met:
            problems.add(here, "twice", f"{shown(' / '.join(branch))} is there twice")
        met.add(branch)


def _check_ranking(control: Control, ranker: Any, path: str, problems: Problems) -> None:
    ranked = ranker.get(control.name) if isinstance(ranker, dict) else None
    here = f"{path}.{control.name}"
    if not isinstance(ranked, list) or not all(isinstance(one, str) for one in ranked):
        problems.add(here, "type", "a list of ids, the best first")
    elif len(set(ranked)) != len(ranked):
        problems.add(here, "twice", "an id is there twice")


_CHECKS: dict[Shape, _Check] = {
    Shape.CHOICES: _check_choices,
    Shape.PAIRWISE: _check_preferred,
    Shape.TEXTS: _check_texts,
    Shape.NUMBER: _check_number,
    Shape.RATING: _check_number,
    Shape.TAXONOMY: _check_taxonomy,
    Shape.RANKING: _check_ranking,
}


def drawing_of(control: Control, value: _Value) -> str:
    """What was drawn on an image: by the control, or, where it only names, by what is there."""
    for drawing in ("rectangle", "polygon", "ellipse", "keypoint"):
        if control.spec.result_type.startswith(drawing):
            return drawing
    if "points" in value:
        return "polygon"
    if "radiusX" in value:
        return "ellipse"
    return "rectangle" if "height" in value else "keypoint"


def _check_place(
    control: Control, value: _Value, path: str, problems: Problems, object_tag: str
) -> None:
    if object_tag == "Image":
        drawing = drawing_of(control, value)
        if drawing == "polygon":
            _check_polygon(value, path, problems)
        elif drawing == "rectangle":
            _check_rectangle(value, path, problems)
        else:
            _check_round(value, path, problems, ellipse=drawing == "ellipse")
    elif object_tag == "AudioPlus":
        _check_span(value, path, problems, "start", "end", whole=False)
    elif object_tag == "Text":
        _check_span(value, path, problems, "start", "end", whole=True)
    elif object_tag == "HyperText":
        _check_xpaths(value, path, problems)
    else:
        _check_paragraphs(value, path, problems)


def _check_rectangle(value: _Value, path: str, problems: Problems) -> None:
    # A turned box may have its corner beyond the edge.
    turned = _checked(value, "rotation", path, problems, least=-360, most=360, default=0) != 0
    least, most = (-100, 200) if turned else (0, 100)
    for start, size in (("x", "width"), ("y", "height")):
        begin = _checked(value, start, path, problems, least=least, most=most)
        length = _checked(value, size, path, problems, least=0, most=200 if turned else 100)
        if length == 0:
            problems.add(f"{path}.{size}", "range", "a box has a width and a height")
        elif begin is not None and length is not None and begin + length > most + _SLACK:
            problems.add(f"{path}.{size}", "range", "the box ends beyond the image")


def _check_round(value: _Value, path: str, problems: Problems, *, ellipse: bool) -> None:
    for name in ("x", "y"):
        _checked(value, name, path, problems, least=0, most=100)
    if not ellipse:
        _checked(value, "width", path, problems, least=0, most=100, default=0)
        return
    _checked(value, "rotation", path, problems, least=-360, most=360, default=0)
    for name in ("radiusX", "radiusY"):
        if _checked(value, name, path, problems, least=0, most=100) == 0:
            problems.add(f"{path}.{name}", "range", "an ellipse has two radii")


def _check_polygon(value: _Value, path: str, problems: Problems) -> None:
    points = value.get("points")
    if not isinstance(points, list) or not 3 <= len(points) <= _POINTS_MAX:
        problems.add(f"{path}.points", "count", f"a list of 3 to {_POINTS_MAX} points")
        return
    for position, point in enumerate(points):
        here = f"{path}.points[{position}]"
        if not isinstance(point, list) or len(point) != 2:
            problems.add(here, "type", "a point is two numbers")
            continue
        for axis, place in enumerate(point):
            _check_within(place, f"{here}[{axis}]", problems, least=0, most=100)


def _check_span(
    value: _Value, path: str, problems: Problems, start: str, end: str, *, whole: bool
) -> None:
    places = []
    for name in (start, end):
        place = value.get(name)
        if whole and not is_whole(place):
            problems.add(f"{path}.{name}", "type", "a whole number from 0 on")
        elif not is_number(place) or place < 0:
            problems.add(f"{path}.{name}", "type", "a number from 0 on")
        else:
            places.append(place)
    if len(places) == 2 and places[0] > places[1]:
        problems.add(f"{path}.{end}", "range", f"{end} lies before {start}")


def _check_xpaths(value: _Value, path: str, problems: Problems) -> None:
    for name in ("start", "end"):
        place = value.get(name)
        if not isinstance(place, str) or len(place) > _XPATH_LENGTH_MAX:
            problems.add(
                f"{path}.{name}", "type", f"a text of at most {_XPATH_LENGTH_MAX} characters"
            )
    for name in ("startOffset", "endOffset"):
        if not is_whole(value.get(name)):
            problems.add(f"{path}.{name}", "type", "a whole number from 0 on")
    offsets = value.get("globalOffsets")
    if isinstance(offsets, dict):
        _check_span(offsets, f"{path}.globalOffsets", problems, "start", "end", whole=True)
    elif offsets is not None:
        problems.add(f"{path}.globalOffsets", "type", "an object")


def _check_paragraphs(value: _Value, path: str, problems: Problems) -> None:
    numbers = []
    for name in ("start", "end"):
        place = value.get(name)
        if isinstance(place, str) and place.isascii() and place.isdecimal() and len(place) <= 6:
            numbers.append(int(place))
        elif is_whole(place):
            numbers.append(place)
        else:
            problems.add(f"{path}.{name}", "type", "the number of a paragraph")
    if len(numbers) == 2 and numbers[0] > numbers[1]:
        problems.add(f"{path}.end", "range", "end lies before start")
    for name in ("startOffset", "endOffset"):
        if not is_whole(value.get(name)):
            problems.add(f"{path}.{name}", "type", "a whole number from 0 on")


def _checked(
    value: _Value,
    name: str,
    path: str,
    problems: Problems,
    *,
    least: float,
    most: float,
    default: float | None = None,
) -> float | None:
    """The number, or None where it is none that may stand there."""
    if name not in value and default is not None:
        return default
    return _check_within(value.get(name), f"{path}.{name}", problems, least=least, most=most)


def _check_within(
    number: Any, path: str, problems: Problems, *, least: float, most: float
) -> float | None:
    if not is_number(number):
        problems.add(path, "type", f"{shown(number)} is no number")
        return None
    if not least - _SLACK <= number <= most + _SLACK:
        problems.add(path, "range", f"{shown(number)} is not from {least:g} to {most:g}")
        return None
    return number
