"""Numbers that people type into a form, with a point or a comma before the decimals."""

from __future__ import annotations

from services.gateway.web.forms import Form
from services.gateway.web.translations import Language


def typed_number(
    form: Form, name: str, language: Language, *, most: float, is_whole: bool = False
) -> float:
    """From 0 to `most`; 0 where it is none, and the form says so."""
    text = form.text(name).replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most or (is_whole and not value.is_integer()):
        form.errors[name] = language.translate(
            "Write a number from 0 to %(most)s.", most=f"{most:g}"
        )
        return 0.0
    return value
