"""A result as the one text that is scored, compared and paid for, and such a text as a result.

The value of a CHOICE, PAIRWISE or TEXT is its label or text. That of anything else is the result
itself as canonical JSON: without ids, names of people or sizes of screens, in one order, so that
the same answers are the same text whoever gave them and in whatever order.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from services.broker.domain.label_config.meaning import meaning_of
from services.broker.domain.label_config.model import Control, LabelConfig
from services.broker.domain.label_config.numbers import plain, rounded
from services.broker.domain.label_config.regions import drawing_of
from services.broker.domain.label_config.tags import Shape

_PLACES = {
    "rectangle": ("x", "y", "width", "height", "rotation"),
    "ellipse": ("x", "y", "radiusX", "radiusY", "rotation"),
    "keypoint": ("x", "y", "width"),
}


def answer_to(control: Control, value: Mapping[str, Any]) -> Any:
    """The answer that an item's checked value carries: a label, texts, a number; None: none."""
    answer = value.get(control.spec.value_key)
    if control.shape is Shape.RANKING:
        return answer.get(control.name) if isinstance(answer, dict) else None
    if control.shape is Shape.TEXTS:
        return [answer] if isinstance(answer, str) else answer
    if control.shape in (Shape.NUMBER, Shape.RATING) and answer is not None:
        return plain(answer)
    return answer


def is_answered(control: Control, value: Mapping[str, Any]) -> bool:
    """Something was chosen, written or drawn; blank texts are nothing."""
    if control.shape is Shape.REGION:
        return True
    answer = answer_to(control, value)
    if control.shape is Shape.TEXTS:
        return any(text.strip() for text in answer or ())
    return answer is not None and answer != []


def value_of(config: LabelConfig, result: Sequence[Mapping[str, Any]]) -> str:
    """The value of a result that check_result has found nothing wrong with.

    "" where the control that decides was left out.
    """
    control = meaning_of(config).control
    if control is None:
        return canonical(config, result)
    for item in result:
        if item["from_name"] == control.name and is_answered(control, item["value"]):
            answer = answer_to(control, item["value"])
            if control.shape is Shape.TEXTS:
                return "\n".join(answer)
            return str(answer[0] if isinstance(answer, list) else answer)
    return ""


def result_of(config: LabelConfig, value: str) -> list[dict[str, Any]]:
    """The result that the editor would have made of a value: `value_of` of it is the value."""
    control = meaning_of(config).control
    if control is None:
        items: list[dict[str, Any]] = json.loads(value)
        return items
    is_pairwise = control.shape is Shape.PAIRWISE
    return [
        {
            "id": control.name,
            "from_name": control.name,
            "to_name": control.name if is_pairwise else control.to_names[0],
            "type": control.spec.result_type,
            "value": {control.spec.value_key: value if is_pairwise else [value]},
        }
    ]


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
