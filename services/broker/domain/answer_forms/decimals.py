"""Numbers as text: decimal digits, no exponent, nothing that could be left out."""

from __future__ import annotations

import re
from decimal import Decimal

from services.broker.domain.answer_forms.wrong import FormWrong

CHARACTERS_MAX = 32
_WRITTEN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WRITTEN_MAX = 100


def decimal_text(written: str, *, path: str = "") -> str:
    """The number in its one way: 5.0, +5 and 5e0 are 5, and -0 is 0. No digit is lost.

    Errors:
        FormWrong: no finite number, or one of more than CHARACTERS_MAX characters.
    """
    if len(written) > _WRITTEN_MAX or not _WRITTEN.fullmatch(written):
        raise FormWrong(path, "number", "not a number in decimal digits, as 12.5")
    text = format(Decimal(written), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if len(text) > CHARACTERS_MAX:
        told = f"a number has at most {CHARACTERS_MAX} characters when it is written out"
        raise FormWrong(path, "too_long", told)
    return "0" if text == "-0" else text
