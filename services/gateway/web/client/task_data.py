"""A task's data as rows of a page: pictures, sounds and films as such, the rest as text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_FIELDS_MAX = 50
_TEXT_LENGTH_MAX = 5_000
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")
_SOUNDS = (".mp3", ".wav", ".ogg", ".flac", ".m4a")
_PLAYED = re.compile(r"<(Audio|AudioPlus|Video)\b[^>]*\bvalue=[\"']\$(\w+)")
_GLIMPSE_LENGTH = 160
MEDIA_SCHEME = "crewline-media:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """One field: `kind` is text, image, audio or video."""

    name: str
    kind: str
    value: str


def shown_fields(
    data_json: str, *, label_config: str, sign: Callable[[Any], Any]
) -> list[ShownField]:
    """In the order of the data; `sign` turns names of uploaded files into links."""
    kinds = _media_kinds(label_config)
    return [_shown(name, value, kinds, sign) for name, value in _fields(data_json)]


def first_words(data_json: str) -> str:
    """A glimpse of a task for a list."""
    texts = [value if isinstance(value, str) else "…" for _, value in _fields(data_json)]
    return " · ".join(texts)[:_GLIMPSE_LENGTH]


def _fields(data_json: str) -> list[tuple[str, Any]]:
    try:
        data = json.loads(data_json)
    except ValueError:
        data = {}
    if not isinstance(data, dict):
        return []
    return [(str(name), value) for name, value in list(data.items())[:_FIELDS_MAX]]


def _shown(
    name: str, value: Any, kinds: Mapping[str, str], sign: Callable[[Any], Any]
) -> ShownField:
    if not isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return ShownField(name=name, kind="text", value=text[:_TEXT_LENGTH_MAX])
    if value.startswith(MEDIA_SCHEME):
        return ShownField(name=name, kind=kinds.get(name, "image"), value=str(sign(value)))
    if value.startswith("https://") and " " not in value:
        path = value.partition("?")[0].lower()
        if name in kinds or path.endswith(_SOUNDS):
            return ShownField(name=name, kind=kinds.get(name, "audio"), value=value)
        if path.endswith(_PICTURES):
            return ShownField(name=name, kind="image", value=value)
    return ShownField(name=name, kind="text", value=value[:_TEXT_LENGTH_MAX])


def _media_kinds(label_config: str) -> dict[str, str]:
    """Of the fields that a label config plays; what else is a file is a picture."""
    return {
        name: "video" if tag == "Video" else "audio" for tag, name in _PLAYED.findall(label_config)
    }
