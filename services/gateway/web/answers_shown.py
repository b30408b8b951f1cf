"""Answers of several parts as people read them: what was marked, ranked or said of each field."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from crewline.broker.v1 import types_pb2 as broker_types
from services.gateway.web.states import state_name
from services.gateway.web.translations import Language

_IN_JSON = frozenset({"RANKED", "REGIONS", "SPANS", "STRUCTURED"})


def shown_answer(project: broker_types.Project, value: str, language: Language) -> str:
    """A value of the project's kind, or the consensus of such."""
    return readable(value, language) if state_name(project, "kind") in _IN_JSON else value


def readable(value: str, language: Language) -> str:
    """JSON in few words, a line for each field; any other text as it is."""
    if not value.startswith(("[", "{")):
        return value
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value
    if isinstance(found, dict):
        parts = ((name, _short(part, language, between=", ")) for name, part in found.items())
        return "\n".join(f"{name}: {part}" for name, part in parts)
    return _short(found, language, between=" › ")


def _short(part: Any, language: Language, *, between: str) -> str:
    if not isinstance(part, list):
        return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)
    if all(isinstance(each, str) for each in part):
        return between.join(part) or language.gettext("nothing")
    labels = Counter(_label(each) for each in part)
    return ", ".join(
        f"{count} × {label}" if count > 1 else label for label, count in sorted(labels.items())
    )


def _label(mark: Any) -> str:
    label = mark.get("label") if isinstance(mark, dict) else None
    return label if isinstance(label, str) and label else "?"
