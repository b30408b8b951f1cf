"""JSON of answers, within bounds, and the refusal of what is not as its kind wants it."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from services.chassis.errors import DomainError, Kind

MAX_CHARS = 65_536
"""No answer is longer; a longer one would not have been taken."""


class MalformedValue(DomainError):
    """An answer that is not what its kind of work asks for; `rule` names what it breaks."""

    kind = Kind.INVALID
    reason = "MALFORMED_VALUE"


def malformed(message: str, *, rule: str) -> MalformedValue:
    return MalformedValue(message, field="value", rule=rule)


def read_json(text: str) -> Any:
    """Errors: MalformedValue."""
    if len(text) > MAX_CHARS:
        raise malformed(f"more than {MAX_CHARS:,} characters", rule="too_long")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise malformed("the value is not JSON", rule="json") from None


def read_list(text: str) -> list[Any]:
    """Errors: MalformedValue."""
    found = read_json(text)
    if not isinstance(found, list):
        raise malformed("the value is a list", rule="list")
    return found


def finite(found: Any, *, what: str) -> float:
    """Errors: MalformedValue."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise malformed(f"{what} is a number", rule="number")
    try:
        number = float(found)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise malformed(f"{what} is finite", rule="finite")
    return number


def canonical(found: Any) -> str:
    """One text for what is equal as JSON."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _no_constant(name: str) -> Any:
    raise ValueError(name)
