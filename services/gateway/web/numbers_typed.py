"""Numbers and amounts that people type into a form, with a point or a comma before the decimals."""

from __future__ import annotations

from crewline.common.v1 import types_pb2 as common_types
from services.gateway.web.formats import AmountMalformed, parse_amount
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


def typed_amount(
    form: Form, name: str, currency: str, language: Language
) -> common_types.Money | None:
    """None where it is none, and the form says so."""
    try:
        amount_minor = parse_amount(form.text(name), currency)
    except AmountMalformed:
        form.errors[name] = language.translate("That is not an amount. Write it as 12.50.")
        return None
    return common_types.Money(amount_minor=amount_minor, currency=currency)
