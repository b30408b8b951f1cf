"""A task's data as rows of a page: pictures and sounds as such, the rest as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_FIELDS_MAX = 50
_TEXT_LENGTH_MAX = 5_000
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")
_SOUNDS = (".mp3", ".wav", ".ogg", ".flac", ".m4a")
MEDIA_SCHEME = "crewline-media:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """One field: `kind` is text, image or audio."""

    name: str
    kind: str
    value: str


def shown_fields(data_json: str) -> list[ShownField]:
    """In the order of the data."""
    try:
        data = json.loads(data_json)
    except ValueError:
        data = {}
    if not isinstance(data, dict):
        return []
    return [_shown(str(name), value) for name, value in list(data.items())[:_FIELDS_MAX]]


def _shown(name: str, value: Any) -> ShownField:
    if not isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return ShownField(name=name, kind="text", value=text[:_TEXT_LENGTH_MAX])
    if value.startswith("https://") and " " not in value:
        path = value.partition("?")[0].lower()
        if path.endswith(_PICTURES):
            return ShownField(name=name, kind="image", value=value)
        if path.endswith(_SOUNDS):
            return ShownField(name=name, kind="audio", value=value)
    return ShownField(name=name, kind="text", value=value[:_TEXT_LENGTH_MAX])
