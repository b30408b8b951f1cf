"""What a comparison or a ranking is about: the names of its items, out of the task's data.

Of a ranking in a label config, the ids of what its List shows; of any other, the data's `items`.
Of a comparison, `items`, or `item_a` and `item_b`, or `model_a` and `model_b`: the left, the right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.broker.domain.answer_forms.rankings import read_items
from services.broker.domain.answer_forms.wrong import FormWrong
from services.broker.domain.errors import DataInvalid
from services.broker.domain.label_config import reader
from services.broker.domain.label_config.data import ids_of
from services.broker.domain.label_config.meaning import meaning_of
from services.broker.domain.projects import Project, WorkKind

# They travel with every answer, and a ranking is made of all of them.
_BYTES_MAX = 65_536
_PAIRS = (("item_a", "item_b"), ("model_a", "model_b"))


def compared_items(project: Project, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Empty where the data names none, or the kind of work compares nothing.

    Errors:
        DataInvalid: a ranking's `items` are no list of distinct names, or have too many bytes.
    """
    if project.kind is WorkKind.PAIRWISE:
        return _pair(data)
    if project.kind is not WorkKind.RANKED:
        return ()
    config = reader.find(project.label_config)
    question = meaning_of(config).question if config is not None else None
    if config is not None and question is not None:
        # The label config's own check has looked at them.
        field = config.objects[question.control.to_names[0]].field
        return _within_bytes(ids_of(data, field), field)
    if "items" not in data:
        return ()
    try:
        return _within_bytes(read_items(data["items"]), "items")
    except FormWrong as err:
        path = f"data.items{err.path}"
        raise DataInvalid(f"{path}: {err.message}", field=path, rule=err.rule) from None


def _pair(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Tasks of a comparison may hold whatever they like: what names no two items names none."""
    for one, other in _PAIRS:
        if one in data and other in data and "items" not in data:
            return _two([data[one], data[other]])
    return _two(data.get("items"))


def _two(items: Any) -> tuple[str, ...]:
    try:
        names = read_items(items)
    except FormWrong:
        return ()
    return tuple(names) if len(names) == 2 else ()


def _within_bytes(names: list[str], field: str) -> tuple[str, ...]:
    size = sum(len(name.encode()) for name in names)
    if size > _BYTES_MAX:
        path = f"data.{field}"
        told = f"{path}: the ids have together more than {_BYTES_MAX:,} bytes"
        raise DataInvalid(told, field=path, rule="size")
    return tuple(names)
