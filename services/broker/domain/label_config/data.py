"""Does a task's data have what a label config shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from services.broker.domain.label_config.model import LabelConfig, ObjectTag, Problem

_MEDIA: Final = frozenset({"Image", "Audio", "AudioPlus", "Video"})
_ADDRESS: Final = re.compile(r"(https?://\S+|/\S*|crewline-media:[A-Za-z0-9_-]{1,64})")
_INLINE_IMAGE: Final = re.compile(r"data:image/(png|jpeg|gif|webp);base64,")
_ITEMS_MAX: Final = 1_000


def check_data(config: LabelConfig, data: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the data of one task."""
    problems: list[Problem] = []
    for shown in config.objects.values():
        path = f"data.{shown.field}"
        if shown.field not in data:
            problems.append(
                Problem(path=path, rule="missing", message=f"{shown.tag} {shown.name} shows it")
            )
            continue
        problems += _check_shown(shown, path, data[shown.field])
    return problems


def _check_shown(shown: ObjectTag, path: str, value: Any) -> list[Problem]:
    if shown.tag == "List":
        return _check_list(path, value)
    if shown.tag == "Paragraphs":
        fits = isinstance(value, list) and all(isinstance(item, dict) for item in value)
        rule, message = "type", "a list of objects"
    elif shown.tag in _MEDIA:
        fits = isinstance(value, str) and _is_address(value)
        rule = "address"
        message = "an http(s) address, a path from / on, or crewline-media:<id>"
    else:
        fits = isinstance(value, str | int | float) and not isinstance(value, bool)
        rule, message = "type", "a text"
    return [] if fits else [Problem(path=path, rule=rule, message=message)]


def _is_address(text: str) -> bool:
    return bool(_ADDRESS.fullmatch(text) or _INLINE_IMAGE.match(text))


def _check_list(path: str, value: Any) -> list[Problem]:
    if not isinstance(value, list) or not 1 <= len(value) <= _ITEMS_MAX:
        return [Problem(path=path, rule="type", message=f"a list of 1 to {_ITEMS_MAX} objects")]
    problems = []
    seen: set[str] = set()
    for position, item in enumerate(value):
        identity = item.get("id") if isinstance(item, dict) else None
        if not isinstance(identity, str) or not identity:
            problems.append(
                Problem(path=f"{path}[{position}].id", rule="missing", message="each has an id")
            )
        elif identity in seen:
            problems.append(
                Problem(path=f"{path}[{position}].id", rule="taken", message="ids are distinct")
            )
        else:
            seen.add(identity)
    return problems
