"""Amounts as people write them, `12.50 USD`, and as the platform counts them, in minor units."""

from __future__ import annotations

import re
from decimal import Decimal

from .errors import InvalidRequest
from .messages import Money

# ISO 4217's exceptions from two digits.
_DIGITS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
         "VUV", "XAF", "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip
_AMOUNT = re.compile(r"(?P<amount>\d{1,13}(\.\d{1,4})?)\s*(?P<currency>[A-Z]{3})")


def digits(currency: str) -> int:
    """After the point, of a currency."""
    return _DIGITS.get(currency, 2)


def parse_money(text: str) -> Money:
    """`12.50 USD`. Errors: InvalidRequest."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise InvalidRequest(
            f"{text!r} is no amount: write it as 12.50 USD", reason="AMOUNT_INVALID"
        )
    currency = found["currency"]
    minor = Decimal(found["amount"]).scaleb(digits(currency))
    if minor != minor.to_integral_value():
        raise InvalidRequest(
            f"{text!r} is less than the smallest unit: {currency} has {digits(currency)} digits "
            "after the point",
            reason="AMOUNT_INVALID",
        )
    return Money(amount_minor=int(minor), currency=currency)


def show_money(amount_minor: int, currency: str) -> str:
    """`1,234.50 USD`."""
    if not currency:
        return f"{amount_minor:,}"
    places = digits(currency)
    return f"{Decimal(amount_minor).scaleb(-places):,.{places}f} {currency}"
