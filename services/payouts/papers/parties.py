"""Who is named on a paper, as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def titled(name: str, item_id: str) -> str:
    """A cell of a table: the name, and on a line below it the id; whichever there is."""
    return f"{name}\n{item_id}" if item_id else name or "—"


def particulars_lines(said: Mapping[str, Any], *, tax_number: str = "Tax number") -> list[str]:
    """Of frozen particulars, the name first; those of before have name, lines and tax number."""
    place = " ".join(part for part in (said.get("postal_code"), said.get("city")) if part)
    number = f"{tax_number} {said['tax_number']}" if said["tax_number"] else ""
    lines = (
        said["name"],
        *said["lines"],
        place,
        said.get("country_name", ""),
        number,
        said.get("registration", ""),
    )
    return [line for line in lines if line]
