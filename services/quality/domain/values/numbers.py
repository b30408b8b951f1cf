"""Numbers as decimal texts."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from services.quality.domain.values.reading import malformed

MAX_DIGITS = 40
MAX_MAGNITUDE = 1e15
"""Beyond it neighbouring whole numbers are no longer told apart."""

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_SIGNIFICANT = 12


@lru_cache(maxsize=4_096)
def read_number(text: str) -> float:
    """Errors: MalformedValue."""
    stripped = text.strip()
    if len(stripped) > MAX_DIGITS or _DECIMAL.fullmatch(stripped) is None:
        raise malformed("the value is a decimal number", rule="number")
    number = float(Decimal(stripped))
    if abs(number) > MAX_MAGNITUDE:
        raise malformed(f"a number lies within ±{MAX_MAGNITUDE:g}", rule="magnitude")
    return number


def number_text(number: float) -> str:
    """The shortest decimal text of its first twelve digits: no exponent, no zeros at the end."""
    text = f"{Decimal(f'{number:.{_SIGNIFICANT}g}'):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
