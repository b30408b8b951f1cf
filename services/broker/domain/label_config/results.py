"""Does an answer, as the editor makes it, fit its label config."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from services.broker.domain.label_config.model import ControlTag, LabelConfig, Problem

REGIONS_MAX: Final = 1_000
_POINTS_MAX: Final = 2_000
_TEXTS_MAX: Final = 100
_TEXT_CHARACTERS_MAX: Final = 65_536
_PROBLEMS_MAX: Final = 20
# Editors round: a box that reaches the border may end a hair beyond it.
_PERCENT_MAX: Final = 100.01

# (path below value, rule, message)
_Fault = tuple[str, str, str]


def check_result(
    config: LabelConfig, result: Any, *, data: Mapping[str, Any] | None = None
) -> list[Problem]:
    """What is wrong with one answer; `data` is what the task showed, where rankings need it."""
    if not isinstance(result, list) or len(result) > REGIONS_MAX:
        return [
            Problem(path="result", rule="type", message=f"a list of at most {REGIONS_MAX} regions")
        ]
    problems: list[Problem] = []
    given: Counter[str] = Counter()
    for position, region in enumerate(result):
        for problem in _check_region(config, region, f"result[{position}]", data):
            if len(problems) < _PROBLEMS_MAX:
                problems.append(problem)
        if isinstance(region, dict) and isinstance(region.get("from_name"), str):
            given[region["from_name"]] += 1
    for name, control in config.controls.items():
        if control.is_per_region:
            continue
        if control.is_required and not given[name]:
            problems.append(
                Problem(path="result", rule="required", message=f"{control.tag} {name} is missing")
            )
        if control.tag in _ONCE and given[name] > 1:
            problems.append(
                Problem(path="result", rule="once", message=f"{name} is answered more than once")
            )
    return problems


def _check_region(
    config: LabelConfig, region: Any, path: str, data: Mapping[str, Any] | None
) -> Iterator[Problem]:
    if not isinstance(region, dict):
        yield Problem(path=path, rule="type", message="a region is an object")
        return
    control = config.controls.get(str(region.get("from_name", "")))
    if control is None:
        yield Problem(path=f"{path}.from_name", rule="unknown", message="no control has this name")
        return
    # The editor gives a comparison its own name there.
    if region.get("to_name") not in (*control.to_names, control.name):
        yield Problem(
            path=f"{path}.to_name", rule="unknown", message="not what the control is about"
        )
    if region.get("type") != control.result_type:
        yield Problem(path=f"{path}.type", rule="type", message=f"{control.result_type} is meant")
        return
    value = region.get("value")
    if not isinstance(value, dict):
        yield Problem(path=f"{path}.value", rule="type", message="an object")
        return
    for below, rule, message in _CHECKS[control.tag](control, value):
        yield Problem(path=f"{path}.value.{below}", rule=rule, message=message)
    if control.tag == "Ranker" and data is not None:
        ids = _ids_of(config, control, data)
        if sorted(ranked_of(control, value)) != sorted(ids):
            yield Problem(
                path=f"{path}.value.ranker.{control.name}",
                rule="permutation",
                message="each of the task's items once",
            )


def ranked_of(control: ControlTag, value: Mapping[str, Any]) -> list[str]:
    """The ids in their order, best first; empty where it is no ranking."""
    ranker = value.get("ranker")
    ranked = ranker.get(control.name) if isinstance(ranker, dict) else None
    if not isinstance(ranked, list) or not all(isinstance(one, str) for one in ranked):
        return []
    return ranked


def _ids_of(config: LabelConfig, control: ControlTag, data: Mapping[str, Any]) -> list[str]:
    items = data.get(config.objects[control.to_names[0]].field)
    return [str(item.get("id")) for item in items or () if isinstance(item, dict)]


def _choices(control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    chosen = value.get("choices")
    if not isinstance(chosen, list) or not chosen:
        yield "choices", "type", "a list of at least one choice"
        return
    if control.is_single and len(chosen) > 1:
        yield "choices", "single", "only one may be chosen"
    for position, choice in enumerate(chosen):
        found = choice[-1] if isinstance(choice, list) and choice else choice
        if found not in control.labels:
            yield f"choices[{position}]", "unknown", "none of the choices"


def _taxonomy(control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    paths = value.get("taxonomy")
    if not isinstance(paths, list) or not paths:
        yield "taxonomy", "type", "a list of paths"
        return
    for position, path in enumerate(paths):
        text = "/".join(map(str, path)) if isinstance(path, list) else ""
        if text not in control.labels:
            yield f"taxonomy[{position}]", "unknown", "none of the taxonomy's paths"


def _textarea(control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    found = value.get("text")
    texts = [found] if isinstance(found, str) else found
    if not isinstance(texts, list) or not 1 <= len(texts) <= _TEXTS_MAX:
        yield "text", "type", f"a text, or a list of 1 to {_TEXTS_MAX}"
        return
    if control.is_single and len(texts) > 1:
        yield "text", "single", "only one text is asked for"
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            yield f"text[{position}]", "type", "a text"
        elif len(text) > _TEXT_CHARACTERS_MAX:
            yield f"text[{position}]", "too_long", f"at most {_TEXT_CHARACTERS_MAX:,} characters"
    if control.is_required and not any(isinstance(t, str) and t.strip() for t in texts):
        yield "text", "empty", "the text is empty"


def _rating(control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    rating = value.get("rating")
    if not isinstance(rating, int) or isinstance(rating, bool) or rating < 1:
        yield "rating", "type", "a whole number from 1 on"
    elif rating > control.maximum:
        yield "rating", "range", f"at most {control.maximum:g}"


def _number(control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    if not _is_number(value.get("number")):
        yield "number", "type", "a number"
    elif not control.minimum <= value["number"] <= control.maximum:
        yield "number", "range", f"from {control.minimum:g} to {control.maximum:g}"


def _pairwise(_control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    if value.get("selected") not in ("left", "right"):
        yield "selected", "unknown", "left or right"


def _ranker(control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    ranked = ranked_of(control, value)
    if not ranked or len(set(ranked)) != len(ranked):
        yield f"ranker.{control.name}", "type", "a list of distinct ids, best first"


def _percents(value: Mapping[str, Any], *names: str) -> Iterator[_Fault]:
    for name in names:
        if not _is_number(value.get(name)):
            yield name, "type", "a number"
        elif not -0.01 <= value[name] <= _PERCENT_MAX:
            yield name, "range", "a percentage of the picture, 0 to 100"


def _box(_control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    faults = list(_percents(value, "x", "y", "width", "height"))
    yield from faults
    if faults:
        return
    for start, length in (("x", "width"), ("y", "height")):
        turned = bool(value.get("rotation"))
        if not turned and value[start] + value[length] > _PERCENT_MAX:
            yield length, "range", "the box ends outside the picture"


def _ellipse(_control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    yield from _percents(value, "x", "y", "radiusX", "radiusY")


def _keypoint(_control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    yield from _percents(value, "x", "y")


def _polygon(_control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    points = value.get("points")
    if not isinstance(points, list) or not 3 <= len(points) <= _POINTS_MAX:
        yield "points", "type", f"a list of 3 to {_POINTS_MAX:,} points"
        return
    for position, point in enumerate(points):
        pair = isinstance(point, list) and len(point) == 2 and all(map(_is_number, point))
        if not pair or not all(-0.01 <= part <= _PERCENT_MAX for part in point):
            yield f"points[{position}]", "range", "two percentages of the picture"


def _span(_control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
    start, end = value.get("start"), value.get("end")
    if _is_number(start) and _is_number(end):
        if not 0 <= start <= end:  # type: ignore[operator]
            yield "end", "range", "a span starts at 0 or later and ends after its start"
    elif not (isinstance(start, str) and isinstance(end, str)):
        yield "start", "type", "a span has a start and an end"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_Check = Callable[[ControlTag, Mapping[str, Any]], Iterator[_Fault]]


def _labelled(shape: _Check) -> _Check:
    def check(control: ControlTag, value: Mapping[str, Any]) -> Iterator[_Fault]:
        yield from shape(control, value)
        labels = value.get(control.result_type)
        if not isinstance(labels, list) or not labels:
            yield control.result_type, "type", "a list of at least one label"
            return
        for position, label in enumerate(labels):
            if label not in control.labels:
                yield f"{control.result_type}[{position}]", "unknown", "none of the labels"

    return check


_CHECKS: Final[Mapping[str, _Check]] = {
    "Choices": _choices,
    "Taxonomy": _taxonomy,
    "TextArea": _textarea,
    "Rating": _rating,
    "Number": _number,
    "Pairwise": _pairwise,
    "Ranker": _ranker,
    "Rectangle": _box,
    "RectangleLabels": _labelled(_box),
    "Ellipse": _ellipse,
    "EllipseLabels": _labelled(_ellipse),
    "Polygon": _polygon,
    "PolygonLabels": _labelled(_polygon),
    "KeyPoint": _keypoint,
    "KeyPointLabels": _labelled(_keypoint),
    "Labels": _labelled(_span),
    "HyperTextLabels": _labelled(_span),
    "ParagraphLabels": _labelled(_span),
}
_ONCE: Final = frozenset(
    {"Choices", "Taxonomy", "TextArea", "Rating", "Number", "Pairwise", "Ranker"}
)
