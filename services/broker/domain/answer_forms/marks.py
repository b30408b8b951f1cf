"""What shapes and spans have in common: a label, and what was asked of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from services.broker.domain.answer_forms.wrong import FormWrong
from services.broker.domain.label_config.numbers import is_number, rounded

MARKS_MAX = 2_000
LABEL_CHARACTERS_MAX = 200


def each_mark(value: Any, *, path: str) -> list[tuple[dict[str, Any], str]]:
    """The objects of a list, each with its path. Errors: FormWrong."""
    if not isinstance(value, list):
        raise FormWrong(path, "type", "a JSON array")
    if len(value) > MARKS_MAX:
        raise FormWrong(path, "size", f"more than {MARKS_MAX:,} of them")
    found = []
    for position, mark in enumerate(value):
        here = f"{path}[{position}]"
        if not isinstance(mark, dict):
            raise FormWrong(here, "type", "a JSON object")
        found.append((mark, here))
    return found


def read_label(mark: Mapping[str, Any], *, path: str) -> dict[str, Any]:
    """`label` and, where there are any, `attributes`. Errors: FormWrong."""
    label = mark.get("label")
    if not isinstance(label, str) or len(label) > LABEL_CHARACTERS_MAX:
        told = f"a text of at most {LABEL_CHARACTERS_MAX} characters"
        raise FormWrong(f"{path}.label", "label", told)
    attributes = mark.get("attributes", {})
    if not isinstance(attributes, dict):
        raise FormWrong(f"{path}.attributes", "type", "a JSON object")
    for name, answer in attributes.items():
        texts = answer if isinstance(answer, list) else [answer]
        if not all(isinstance(text, str) for text in texts):
            raise FormWrong(f"{path}.attributes.{name}", "type", "a text, or a list of texts")
    return {"label": label, **({"attributes": attributes} if attributes else {})}


def refuse_others(mark: Mapping[str, Any], known: Collection[str], *, path: str) -> None:
    """Errors: FormWrong, for a key that means nothing here."""
    for name in mark:
        if name not in known and name not in ("label", "attributes"):
            told = f"no such key; {', '.join(sorted(known))} may stand here"
            raise FormWrong(f"{path}.{name[:100]}", "key", told)


def read_place(
    value: Any, *, path: str, least: float = 0, most: float | None = None
) -> int | float:
    """A place as fine as anybody can point. Errors: FormWrong."""
    if not is_number(value):
        raise FormWrong(path, "type", "a number")
    if value < least or (most is not None and value > most):
        bounds = f"at least {least:g}" if most is None else f"from {least:g} to {most:g}"
        raise FormWrong(path, "range", f"must be {bounds}")
    return rounded(value)
