"""SPANS: labelled stretches, `{"label": "Name", "start": 3, "end": 9}`.

Places are counted in characters of a text and in seconds of a recording. In a dialogue they are
`PARAGRAPH` times the number of the paragraph, from 0 on, and the characters before it in that. In
a page of HTML they are characters of the whole page, with the `"path"` that the editor found them
by. `"attributes"` is as that of shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.broker.domain.answer_forms.canonical_json import in_order
from services.broker.domain.answer_forms.marks import (
    each_mark,
    read_label,
    read_place,
    refuse_others,
)
from services.broker.domain.answer_forms.wrong import FormWrong
from services.broker.domain.label_config.numbers import is_whole

PARAGRAPH = 1_000_000
_XPATH_CHARACTERS_MAX = 2_000


def read_spans(value: Any, *, path: str = "") -> list[dict[str, Any]]:
    """The spans in their order. Errors: FormWrong."""
    return in_order([_span(mark, here) for mark, here in each_mark(value, path=path)])


def _span(mark: Mapping[str, Any], path: str) -> dict[str, Any]:
    refuse_others(mark, ("start", "end", "path"), path=path)
    start = read_place(mark.get("start"), path=f"{path}.start")
    end = read_place(mark.get("end"), path=f"{path}.end")
    if end < start:
        raise FormWrong(f"{path}.end", "range", "end lies before start")
    span = read_label(mark, path=path) | {"start": start, "end": end}
    if "path" in mark:
        span["path"] = _path(mark["path"], f"{path}.path")
    return span


def _path(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FormWrong(path, "type", "a JSON object")
    for name in ("start", "end"):
        place = value.get(name)
        if not isinstance(place, str) or len(place) > _XPATH_CHARACTERS_MAX:
            told = f"a text of at most {_XPATH_CHARACTERS_MAX:,} characters"
            raise FormWrong(f"{path}.{name}", "type", told)
    for name in ("startOffset", "endOffset"):
        if not is_whole(value.get(name)):
            raise FormWrong(f"{path}.{name}", "type", "a whole number from 0 on")
    return {name: value[name] for name in ("start", "end", "startOffset", "endOffset")}
