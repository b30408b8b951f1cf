"""Tables that operators load: each row is taken or refused by itself, by line, field and rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlsplit

TEXT_MAX: Final = 300
URL_MAX: Final = 1000


class RowInvalid(Exception):
    """One row cannot be taken; the others of its table are not touched by it."""

    def __init__(self, field: str, rule: str, message: str, *, nearest: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.rule = rule
        self.message = message
        self.nearest = nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """Where a table is wrong, and how. `line` is the one that the table's giver counts."""

    line: int
    field: str
    rule: str
    message: str
    nearest: str = ""
    """Codes that may have been meant, with their names; empty where none is near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a table's rows; each is in one of the three."""

    added: int
    known: int
    """Rows that say what was known already."""
    problems: tuple[RowProblem, ...]


def day_of(text: str, *, field: str) -> date:
    """Errors: RowInvalid."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RowInvalid(field, "date", f"{text!r} is no day, as in 2026-01-31") from None


def text_of(text: str, *, field: str) -> str:
    """Errors: RowInvalid, of one that is empty or too long."""
    stripped = text.strip()
    if not stripped:
        raise RowInvalid(field, "required", f"{field} is missing")
    if len(stripped) > TEXT_MAX:
        raise RowInvalid(field, "max_len", f"{field} has more than {TEXT_MAX} characters")
    return stripped


def url_of(text: str, *, field: str) -> str:
    """Errors: RowInvalid, of what is no address on the web."""
    address = text_of(text, field=field) if len(text) <= TEXT_MAX else text.strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or len(address) > URL_MAX:
        raise RowInvalid(field, "url", f"{address[:80]!r} is no address on the web")
    return address
