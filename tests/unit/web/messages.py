"""Every text that the pages say, found where it is written: in templates and in calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from services.gateway.web.pages import TEMPLATES

WEB = TEMPLATES.parent
_CALLS = ("mark", "translate", "gettext", "ngettext")

Message = tuple[str, str]
"""A text and its plural; the plural is empty where there is none."""


def used() -> dict[Message, str]:
    """The texts, each with one place where it is used."""
    found: dict[Message, str] = {}
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    for path in sorted(TEMPLATES.rglob("*.html")):
        for line, _, texts in environment.extract_translations(path.read_text()):  # type: ignore[attr-defined]
            message = _message(texts)
            if message is not None:
                found.setdefault(message, f"{path.relative_to(WEB)}:{line}")
    for path in sorted(WEB.rglob("*.py")):
        if "node_modules" not in path.parts:
            for line, message in _in_source(path):
                found.setdefault(message, f"{path.relative_to(WEB)}:{line}")
    return found


def _in_source(path: Path) -> Iterator[tuple[int, Message]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in _CALLS:
            constants = [
                argument.value if isinstance(argument, ast.Constant) else None
                for argument in node.args[: 2 if name == "ngettext" else 1]
            ]
            message = _message(tuple(constants))
            if message is not None:
                yield node.lineno, message


def _message(texts: object) -> Message | None:
    parts = texts if isinstance(texts, tuple) else (texts,)
    words = [part for part in parts if isinstance(part, str)]
    if not words:
        return None
    return words[0], words[1] if len(words) > 1 else ""
