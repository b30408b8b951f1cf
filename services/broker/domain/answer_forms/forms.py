"""Values of every kind: read from what was given, and written in the one way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.broker.domain.answer_forms.canonical_json import canonical_json
from services.broker.domain.answer_forms.decimals import decimal_text
from services.broker.domain.answer_forms.rankings import read_ranking
from services.broker.domain.answer_forms.shapes import read_shapes
from services.broker.domain.answer_forms.spans import read_spans
from services.broker.domain.answer_forms.wrong import FormWrong
from services.broker.domain.json_text import parse_json
from services.broker.domain.label_config.numbers import is_number, plain
from services.broker.domain.projects import AnswerField, WorkKind

IN_JSON = frozenset({WorkKind.RANKED, WorkKind.REGIONS, WorkKind.SPANS, WorkKind.STRUCTURED})
"""Kinds whose values are JSON."""

_CHOICES_MAX = 1_000


def read_value(
    kind: WorkKind,
    text: str,
    *,
    labels: tuple[str, ...] = (),
    fields: Sequence[AnswerField] = (),
    items: Sequence[str] = (),
) -> Any:
    """A whole value: a text, a list, or an object of fields. `items` are what is ranked, if known.

    Errors:
        FormWrong.
    """
    if kind not in IN_JSON:
        return read_field(AnswerField(name="", kind=kind, labels=labels), text)
    try:
        value = parse_json(text)
    except ValueError as err:
        raise FormWrong("", "json", f"this is not JSON: {err}") from None
    if kind is not WorkKind.STRUCTURED:
        return read_field(AnswerField(name="", kind=kind), value, items=items)
    if not isinstance(value, dict):
        raise FormWrong("", "type", "a JSON object of the fields' values")
    known = {field.name: field for field in fields}
    read = {}
    for name, answer in value.items():
        if name not in known:
            raise FormWrong(f".{name[:100]}", "field", "there is no such field")
        read[name] = read_field(known[name], answer, path=f".{name}")
    return read


def read_field(field: AnswerField, value: Any, *, items: Sequence[str] = (), path: str = "") -> Any:
    """One field's value, parsed. Errors: FormWrong."""
    if field.multiple:
        return _choices(field, value, path)
    if field.kind is WorkKind.NUMERIC:
        # A number of JSON is taken as well as its text.
        return decimal_text(
            str(plain(value)) if is_number(value) else _text(value, path), path=path
        )
    if field.kind is WorkKind.RANKED:
        return read_ranking(value, items=items, path=path)
    if field.kind is WorkKind.REGIONS:
        return read_shapes(value, path=path)
    if field.kind is WorkKind.SPANS:
        return read_spans(value, path=path)
    text = _text(value, path)
    _check_label(field, text, path)
    return text


def write_value(value: Any) -> str:
    """What was read as the text that is kept."""
    return value if isinstance(value, str) else canonical_json(value)


def _choices(field: AnswerField, value: Any, path: str) -> list[str]:
    if not isinstance(value, list) or len(value) > _CHOICES_MAX:
        raise FormWrong(path, "type", f"a list of at most {_CHOICES_MAX:,} labels")
    met: set[str] = set()
    for position, label in enumerate(value):
        here = f"{path}[{position}]"
        _check_label(field, _text(label, here), here)
        if label in met:
            raise FormWrong(here, "twice", "a label is there twice")
        met.add(label)
    return sorted(met)


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise FormWrong(path, "type", "a text that is not empty")
    return value


def _check_label(field: AnswerField, label: str, path: str) -> None:
    if field.labels and label not in field.labels:
        raise FormWrong(path, "label", "none of the labels")
