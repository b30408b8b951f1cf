"""Whole results compared: the same answers are the same text, whoever gave them, in any order."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from services.broker.domain.label_config.model import Control, LabelConfig
from services.broker.domain.label_config.numbers import rounded
from services.broker.domain.label_config.regions import drawing_of
from services.broker.domain.label_config.single import answer_to, is_answered
from services.broker.domain.label_config.tags import Shape

_PLACES = {
    "rectangle": ("x", "y", "width", "height", "rotation"),
    "ellipse": ("x", "y", "radiusX", "radiusY", "rotation"),
    "keypoint": ("x", "y", "width"),
}


def canonical(config: LabelConfig, result: Sequence[Mapping[str, Any]]) -> str:
    """A checked result as one text; a region keeps an id, counted from 1, where items share it."""
    regions: dict[str | int, list[dict[str, Any]]] = defaultdict(list)
    for position, item in enumerate(result):
        control = config.controls[item["from_name"]]
        if is_answered(control, item["value"]):
            # An item without an id is a region of its own.
            regions[item.get("id") or position].append(
                _canonical_item(config, control, item["value"])
            )
    groups = sorted(_sorted_items(items) for items in regions.values())
    items: list[str] = []
    shared = 0
    for group in groups:
        if len(group) > 1:
            shared += 1
            # Every item is an object that is not empty.
            items += [f'{{"id":"{shared}",{item[1:]}' for item in group]
        else:
            items += group
    return f"[{','.join(items)}]"


def _sorted_items(items: list[dict[str, Any]]) -> list[str]:
    return sorted(
        json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        for item in items
    )


def _canonical_item(
    config: LabelConfig, control: Control, value: Mapping[str, Any]
) -> dict[str, Any]:
    own: dict[str, Any] = {}
    key = control.spec.value_key
    if control.shape is Shape.REGION:
        own = _place(control, value, config.objects[control.to_names[0]].tag)
    if key:
        answer = answer_to(control, value)
        ordered = control.shape in (Shape.CHOICES, Shape.TAXONOMY, Shape.REGION)
        own[key] = sorted(answer or ()) if ordered else answer
        if control.shape is Shape.RANKING:
            own[key] = {control.name: answer}
    pairwise = control.shape is Shape.PAIRWISE
    return {
        "from_name": control.name,
        "to_name": control.name if pairwise else control.to_names[0],
        "type": control.spec.result_type,
        "value": own,
    }


def _place(control: Control, value: Mapping[str, Any], object_tag: str) -> dict[str, Any]:
    """Where a region is."""
    if object_tag == "Image":
        drawing = drawing_of(control, value)
        if drawing == "polygon":
            return {"points": [[rounded(x), rounded(y)] for x, y in value["points"]]}
        return {name: rounded(value.get(name, 0)) for name in _PLACES[drawing]}
    if object_tag == "AudioPlus":
        return {name: rounded(value[name]) for name in ("start", "end")}
    if object_tag == "Text":
        return {name: value[name] for name in ("start", "end")}
    names = ("start", "end", "startOffset", "endOffset")
    place = {name: value[name] for name in names}
    if object_tag == "Paragraphs":
        # The editor writes the numbers of paragraphs as texts.
        place |= {name: str(int(value[name])) for name in ("start", "end")}
    elif value.get("globalOffsets"):
        place["globalOffsets"] = {name: value["globalOffsets"][name] for name in ("start", "end")}
    return place
