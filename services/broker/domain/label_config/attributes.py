"""What the attributes of an element hold: words, numbers, colours, and fields of the task."""

from __future__ import annotations

import math
import re

from services.broker.domain.label_config.markup import active_attribute
from services.broker.domain.label_config.problems import Problems, shown
from services.broker.domain.label_config.tags import Tag
from services.broker.domain.label_config.xml_tree import Element

_COUNT = re.compile(r"[1-9][0-9]{0,5}")
_COLOUR = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]+|(?:rgb|hsl)a?\([0-9a-z%.,/ +-]+\)",
    re.IGNORECASE,
)
# As the editor finds them.
_FIELD = re.compile(r"\$([A-Za-z0-9_.]+)")
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")


def check_attributes(element: Element, spec: Tag, problems: Problems) -> None:
    """Each attribute that the editor reads, by its kind, and none that runs a script."""
    for name, value in element.attributes.items():
        active = active_attribute(name, value)
        wrong = active or _wrong(name, value, spec)
        if wrong:
            rule = "script" if active else "attribute"
            problems.add(element.path, rule, f"{name}={shown(value)}: {wrong}")


def count_of(element: Element, name: str) -> int | None:
    """A whole number from 1 on; None where there is none, or it is not one."""
    value = element.attributes.get(name, "")
    return int(value) if _COUNT.fullmatch(value) else None


def number_of(element: Element, name: str) -> float | None:
    """A number; None where there is none, or it is not one."""
    try:
        value = float(element.attributes.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def is_true(element: Element, name: str) -> bool:
    return element.attributes.get(name) == "true"


def fields_in(text: str) -> tuple[str, ...]:
    """The fields of the task that a text shows, each once, as the editor finds them."""
    return tuple(dict.fromkeys(_FIELD.findall(text)))


def is_whole_field(text: str) -> bool:
    """The text is one field and nothing else."""
    return _FIELD.fullmatch(text) is not None


def is_field_name(name: str) -> bool:
    """A name, or names and positions with dots between them; no `$5`, no dot at the end."""
    return _FIELD_NAME.fullmatch(name) is not None


def _wrong(name: str, value: str, spec: Tag) -> str:
    if name in spec.booleans:
        return "" if value in ("true", "false") else "must be true or false"
    if name in spec.words:
        words = spec.words[name]
        return "" if value in words else f"must be one of {', '.join(words)}"
    if name in spec.counts:
        return "" if _COUNT.fullmatch(value) else "must be a whole number from 1 on"
    if name in spec.colours:
        return "" if _COLOUR.fullmatch(value) else "must be a colour, as #36B37E"
    return _wrong_number(name, value, spec)


def _wrong_number(name: str, value: str, spec: Tag) -> str:
    if name not in spec.numbers and name not in spec.shares:
        return ""
    try:
        number = float(value)
    except ValueError:
        return "must be a number"
    if not math.isfinite(number):
        return "must be a number"
    if name in spec.shares and not 0 <= number <= 1:
        return "must be from 0 to 1"
    return ""
