"""What an answer to a label config comes down to: one value that can be compared and scored.

One control decides. That is the only one there is, or the only one that is required, or the only
comparison; with none of these, the answer as a whole is the value, in a canonical form.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from services.broker.domain.label_config.model import ControlTag, LabelConfig
from services.broker.domain.projects import WorkKind

SIDES: Final = ("left", "right")
_DIGITS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The kind of work that a config is, and the labels its answers may have."""

    kind: WorkKind
    labels: tuple[str, ...] = ()
    control: ControlTag | None = None
    """The one that decides; None where the whole answer counts."""


def meaning_of(config: LabelConfig) -> Meaning:
    """See the module."""
    control = _deciding(config)
    if control is None or control.is_per_region:
        return Meaning(kind=WorkKind.STRUCTURED)
    if control.tag == "Pairwise":
        return Meaning(kind=WorkKind.PAIRWISE, labels=SIDES, control=control)
    if control.tag == "Choices" and control.is_single and len(control.labels) > 1:
        return Meaning(kind=WorkKind.CHOICE, labels=control.labels, control=control)
    if control.tag == "TextArea":
        return Meaning(kind=WorkKind.TEXT, control=control)
    return Meaning(kind=WorkKind.STRUCTURED)


def value_of(config: LabelConfig, result: list[dict[str, Any]]) -> str:
    """The value of an answer that fits the config; "" where the deciding control was left out."""
    meaning = meaning_of(config)
    if meaning.control is None:
        return canonical(result)
    for region in result:
        if region["from_name"] == meaning.control.name:
            return _value(meaning.control, region["value"])
    return ""


def result_of(config: LabelConfig, value: str) -> list[dict[str, Any]]:
    """The other way: the answer as the editor would have made it."""
    meaning = meaning_of(config)
    if meaning.control is None:
        found: list[dict[str, Any]] = json.loads(value)
        return found
    control = meaning.control
    values: dict[str, dict[str, Any]] = {
        "Pairwise": {"selected": value},
        "Choices": {"choices": [value]},
        "TextArea": {"text": [value]},
    }
    return [
        {
            "from_name": control.name,
            "to_name": control.name if control.tag == "Pairwise" else control.to_names[0],
            "type": control.result_type,
            "value": values[control.tag],
        }
    ]


def canonical(result: list[dict[str, Any]]) -> str:
    """The same text for the same answer, whatever ids, order and last digits the editor gave it."""
    regions = [
        {
            "from_name": region["from_name"],
            "to_name": region["to_name"],
            "type": region["type"],
            "value": _rounded(region["value"]),
        }
        for region in result
    ]
    texts = sorted(json.dumps(region, sort_keys=True, ensure_ascii=False) for region in regions)
    return json.dumps(
        [json.loads(text) for text in texts],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _deciding(config: LabelConfig) -> ControlTag | None:
    controls = list(config.controls.values())
    if len(controls) == 1:
        return controls[0]
    for some in (
        [control for control in controls if control.is_required],
        [control for control in controls if control.tag == "Pairwise"],
    ):
        if len(some) == 1:
            return some[0]
    return None


def _value(control: ControlTag, value: dict[str, Any]) -> str:
    if control.tag == "Pairwise":
        return str(value["selected"])
    if control.tag == "Choices":
        chosen = value["choices"][0]
        return str(chosen[-1] if isinstance(chosen, list) else chosen)
    text = value["text"]
    return text if isinstance(text, str) else "\n".join(text)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        rounded = round(value, _DIGITS)
        return int(rounded) if rounded.is_integer() else rounded
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return value
