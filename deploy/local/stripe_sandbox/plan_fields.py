"""Members of a fault plan, read strictly: every refusal names the member and its rule."""

from __future__ import annotations

import hashlib
from typing import Any, Final

MAX_CALLS: Final = 10_000
MAX_COUNT: Final = 1_000_000
MAX_NAME_CHARS: Final = 200
MAX_SECONDS: Final = 30 * 86_400.0


class PlanMalformed(ValueError):
    """The document is not a plan; the message names the field and the rule."""


def draw(seed: int, name: str, call: int) -> float:
    """Return a number in [0, 1) that depends on nothing but the arguments."""
    digest = hashlib.sha256(f"{seed}\n{name}\n{call}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def check_members(given: dict[str, Any], known: frozenset[str], where: str) -> None:
    """Refuse members that the document does not have."""
    for name in given:
        if name not in known:
            raise PlanMalformed(f"{where + '.' if where else ''}{name} is no field of a plan")


def read_text(value: Any, where: str) -> str:
    """Return a short text."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_CHARS:
        raise PlanMalformed(f"{where} must be text of 1 to {MAX_NAME_CHARS} characters")
    return value


def read_calls(value: Any, where: str) -> frozenset[int]:
    """Return the numbers of calls."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_CALLS:
        raise PlanMalformed(f"{where}.calls must be a list of 1 to {MAX_CALLS} numbers")
    return frozenset(read_whole(number, f"{where}.calls") for number in value)


def read_whole(value: Any, where: str) -> int:
    """Return a whole number of at least 1."""
    if type(value) is not int or not 1 <= value <= MAX_COUNT:
        raise PlanMalformed(f"{where} must be a whole number from 1 to {MAX_COUNT}")
    return value


def read_number(value: Any, where: str, least: float, most: float) -> float:
    """Return a number within bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise PlanMalformed(f"{where} must be a number from {least:g} to {most:g}")
    return float(value)
