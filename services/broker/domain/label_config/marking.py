"""What is marked on an image, a text or a recording: regions of the editor as marks, and back.

A mark has one label: a region that has two is two marks at one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from services.broker.domain.answer_forms.canonical_json import in_order
from services.broker.domain.answer_forms.spans import PARAGRAPH
from services.broker.domain.answer_forms.wrong import FormWrong
from services.broker.domain.label_config.model import Control
from services.broker.domain.label_config.numbers import plain, rounded
from services.broker.domain.label_config.questions import Question
from services.broker.domain.label_config.regions import drawing_of
from services.broker.domain.label_config.single import is_answered, single_answer, single_value
from services.broker.domain.label_config.tags import Shape

Item = Mapping[str, Any]


def marks_of(question: Question, items: Iterable[tuple[Control, Item]]) -> list[dict[str, Any]]:
    """The marks that these items of a checked result are; those that share an id are one region."""
    regions: dict[str | int, list[tuple[Control, Item]]] = {}
    for position, (control, item) in enumerate(items):
        regions.setdefault(item.get("id") or position, []).append((control, item))
    return in_order([mark for parts in regions.values() for mark in _marks(question, parts)])


def _marks(question: Question, parts: list[tuple[Control, Item]]) -> list[dict[str, Any]]:
    drawn = [(control, item) for control, item in parts if control.shape is Shape.REGION]
    if not drawn:
        return []
    # What draws knows what it drew; what only names reckons it from what is there.
    control, item = min(drawn, key=lambda part: part[0].tag == "Labels")
    place = _place(control, item["value"], question.object_tag)
    attributes = {
        control.name: single_answer(control, item["value"])
        for control, item in parts
        if control.per_region and is_answered(control, item["value"])
    }
    if attributes:
        place["attributes"] = attributes
    labels = {
        label
        for control, item in drawn
        for label in item["value"].get(control.spec.value_key or "", ())
    }
    return [place | {"label": label} for label in sorted(labels) or [""]]


def _place(control: Control, value: Mapping[str, Any], object_tag: str) -> dict[str, Any]:
    if object_tag == "Image":
        return _shape(drawing_of(control, value), value)
    if object_tag == "HyperText":
        offsets = value.get("globalOffsets") or {
            "start": value["startOffset"],
            "end": value["endOffset"],
        }
        path = {name: value[name] for name in ("start", "end", "startOffset", "endOffset")}
        return {**_stretch(offsets["start"], offsets["end"]), "path": path}
    if object_tag == "Paragraphs":
        places = (
            int(value[name]) * PARAGRAPH + value[f"{name}Offset"] for name in ("start", "end")
        )
        return _stretch(*places)
    return {name: rounded(value[name]) for name in ("start", "end")}


def _stretch(one: int, other: int) -> dict[str, Any]:
    """In whatever direction it was marked."""
    return {"start": min(one, other), "end": max(one, other)}


def _shape(drawing: str, value: Mapping[str, Any]) -> dict[str, Any]:
    turned = rounded(value.get("rotation", 0))
    rotation = {"rotation": turned} if turned else {}
    if drawing == "polygon":
        return {"polygon": [[rounded(x), rounded(y)] for x, y in value["points"]]}
    if drawing == "rectangle":
        box = [rounded(value[name]) for name in ("x", "y", "width", "height")]
        return {"box": box, **rotation}
    if drawing == "ellipse":
        places = {name: rounded(value[name]) for name in ("x", "y", "radiusX", "radiusY")}
        return {"shape": "ellipse", **places, **rotation}
    width = rounded(value.get("width", 0))
    places = {name: rounded(value[name]) for name in ("x", "y")}
    return {"shape": "keypoint", **places, **({"width": width} if width else {})}


def items_of(
    question: Question, marks: Sequence[Mapping[str, Any]], *, new_id: Callable[[], str], path: str
) -> list[dict[str, Any]]:
    """The regions that the editor would have made of marks.

    Errors:
        FormWrong: a mark that none of the question's controls can make.
    """
    items: list[dict[str, Any]] = []
    for position, mark in enumerate(marks):
        here = f"{path}[{position}]"
        drawing, place = _drawn(question, mark, here)
        own_id = new_id()
        for control, labels in _makers(question, drawing, mark["label"], here):
            value = place | ({control.spec.value_key: labels} if control.spec.value_key else {})
            items.append(_item(control, value, own_id))
        for name, answer in mark.get("attributes", {}).items():
            asked = next((one for one in question.of_each if one.name == name), None)
            if asked is None:
                raise FormWrong(f"{here}.attributes.{name[:100]}", "key", "nothing of it is asked")
            value = place | single_value(asked, answer, path=f"{here}.attributes.{name}")
            items.append(_item(asked, value, own_id))
    return items


def _item(control: Control, value: dict[str, Any], own_id: str) -> dict[str, Any]:
    return {
        "id": own_id,
        "from_name": control.name,
        "to_name": control.to_names[0],
        "type": control.spec.result_type,
        "value": value,
    }


def _makers(
    question: Question, drawing: str, label: str, path: str
) -> list[tuple[Control, list[str]]]:
    """The controls that make a mark, each with the labels that it gives."""
    able = [
        control
        for control in question.controls
        if not drawing or control.tag == "Labels" or control.spec.result_type.startswith(drawing)
    ]
    bare = next((control for control in able if not control.spec.value_key), None)
    if not label:
        naming = bare or next((control for control in able if control.empty_allowed), None)
        if naming is not None:
            return [(naming, [])]
        raise FormWrong(f"{path}.label", "label", "a label is needed")
    # What draws and names in one goes before what only names.
    able.sort(key=lambda control: control.tag == "Labels")
    naming = next((control for control in able if label in control.labels), None)
    if naming is None:
        told = f"none of the labels of a {drawing}" if drawing else "none of the labels"
        raise FormWrong(f"{path}.label", "label", told)
    if naming.tag == "Labels" and bare is not None:
        return [(bare, []), (naming, [label])]
    return [(naming, [label])]


def _drawn(question: Question, mark: Mapping[str, Any], path: str) -> tuple[str, dict[str, Any]]:
    """What was drawn, "" where it was not on an image; and the place as the editor has it."""
    tag = question.object_tag
    if tag == "Image":
        return _drawn_shape(mark)
    start, end = mark["start"], mark["end"]
    if tag == "AudioPlus":
        return "", {"start": start, "end": end}
    for name in ("start", "end"):
        if mark[name] != int(mark[name]):
            raise FormWrong(f"{path}.{name}", "type", "a whole number")
    if tag == "Paragraphs":
        first, last = divmod(int(start), PARAGRAPH), divmod(int(end), PARAGRAPH)
        # The editor writes the numbers of paragraphs as texts.
        return "", {
            "start": str(first[0]),
            "end": str(last[0]),
            "startOffset": first[1],
            "endOffset": last[1],
        }
    if tag == "HyperText":
        if "path" not in mark:
            raise FormWrong(f"{path}.path", "missing", "where the editor finds it on the page")
        return "", {**mark["path"], "globalOffsets": {"start": int(start), "end": int(end)}}
    return "", {"start": int(start), "end": int(end)}


def _drawn_shape(mark: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    rotation = {"rotation": mark.get("rotation", 0)}
    if "box" in mark:
        place = dict(zip(("x", "y", "width", "height"), mark["box"], strict=True))
        return "rectangle", place | rotation
    if "polygon" in mark:
        return "polygon", {"points": [list(point) for point in mark["polygon"]]}
    if mark["shape"] == "ellipse":
        places = {name: mark[name] for name in ("x", "y", "radiusX", "radiusY")}
        return "ellipse", places | rotation
    return "keypoint", {"x": mark["x"], "y": mark["y"], "width": plain(mark.get("width", 0))}
