"""A task's data against a config: every field that is shown must be there, and be showable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from services.broker.domain.label_config.markup import active_html
from services.broker.domain.label_config.model import DataField, LabelConfig
from services.broker.domain.label_config.problems import Problem, Problems

# An address on the web, a path of the gateway's own, or a file that was uploaded to it.
_ADDRESS = re.compile(r"https?://\S+|/\S*|crewline-media:[A-Za-z0-9_-]{1,64}")
_ADDRESS_TOLD = "an http(s) address, a path from / on, or crewline-media:<id>"
_INLINE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,")
_ITEMS_MAX = 1_000
_MISSING = object()


def check_data(config: LabelConfig, data: Mapping[str, Any]) -> list[Problem]:
    """What the workbench could not show of a task; `data` is its parsed JSON object."""
    problems = Problems()
    for field in config.fields:
        value = _found(data, field.name)
        path = f"data.{field.name}"
        if value is _MISSING or value is None:
            problems.add(path, "missing", f"the label config shows this field as {field.shown_as}")
        elif field.shown_as == "List":
            _check_list(value, path, problems)
        else:
            rule, told = _wrong(field, value)
            if told:
                problems.add(path, rule, told)
    return problems.all()


def ids_of(data: Mapping[str, Any], field: str) -> list[str]:
    """The ids of a List's items."""
    items = _found(data, field)
    if not isinstance(items, list):
        return []
    return [str(item.get("id")) for item in items if isinstance(item, dict)]


def _found(data: Mapping[str, Any], name: str) -> Any:
    """As the editor looks it up: a field of that very name, or step by step along the dots."""
    if name in data:
        return data[name]
    found: Any = data
    for step in _steps(name):
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return _MISSING
    return found


@lru_cache(maxsize=4_096)
def _steps(name: str) -> tuple[str, ...]:
    return tuple(name.split("."))


def _wrong(field: DataField, value: Any) -> tuple[str, str]:
    """The rule that a value breaks, and what is wrong with it; "" where it can be shown."""
    if field.is_url:
        fits = isinstance(value, str) and (
            _ADDRESS.fullmatch(value) or (field.shown_as == "Image" and _INLINE.match(value))
        )
        return ("", "") if fits else ("address", _ADDRESS_TOLD)
    if field.shown_as == "Paragraphs":
        return "type", _wrong_paragraphs(value)
    if field.shown_as == "Table":
        return "type", "" if isinstance(value, dict) else "Table needs an object"
    if field.embedded and isinstance(value, int | float):
        return "", ""
    if not isinstance(value, str):
        # The editor stops at a number: it cuts scripts out of what it takes for text.
        return "type", f"{field.shown_as} needs a text"
    return "script", active_html(value) if field.shown_as == "HyperText" else ""


def _wrong_paragraphs(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return "Paragraphs needs a list of objects"
    for number, item in enumerate(value):
        if not isinstance(item, dict):
            return f"item {number} is no object"
    return ""


def _check_list(value: Any, path: str, problems: Problems) -> None:
    if not isinstance(value, list) or not 1 <= len(value) <= _ITEMS_MAX:
        problems.add(path, "type", f"a list of 1 to {_ITEMS_MAX} objects")
        return
    met: set[str] = set()
    for number, item in enumerate(value):
        here = f"{path}[{number}].id"
        identity = item.get("id") if isinstance(item, dict) else None
        if not isinstance(identity, str) or not identity:
            problems.add(here, "missing", "each item is an object with an id, which is a text")
        elif identity in met:
            problems.add(here, "taken", "ids are distinct")
        else:
            met.add(identity)
