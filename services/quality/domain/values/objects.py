"""Answers of several fields: a JSON object, each field's value as its own kind has it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from services.quality.domain.values.reading import MalformedValue, canonical, read_json

MAX_CHOSEN = 1_000


@lru_cache(maxsize=1_024)
def read_object(text: str) -> Mapping[str, str] | None:
    """The fields that were answered, each as a text; None where it is no object."""
    try:
        found = read_json(text)
    except MalformedValue:
        return None
    if not isinstance(found, dict):
        return None
    answered = {name: field_text(value) for name, value in found.items() if value is not None}
    return MappingProxyType(answered)


def field_text(value: Any) -> str:
    """A text is itself; anything else is its JSON."""
    return value if isinstance(value, str) else canonical(value)


@lru_cache(maxsize=1_024)
def read_chosen(text: str) -> frozenset[str]:
    """Of a field with several choices; a single one may come without a list."""
    try:
        found = read_json(text)
    except MalformedValue:
        return frozenset((text,))
    if not isinstance(found, list):
        return frozenset((text,))
    return frozenset(field_text(label) for label in found[:MAX_CHOSEN])
