"""Amounts as people write them, `12.50 USD`, and as the platform counts them.

Minor units are cents; units are ten-thousandths of them, in which the ledger counts.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

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
_AMOUNT = re.compile(r"(?P<amount>\d{1,13}(\.\d{1,8})?)\s*(?P<currency>[A-Z]{3})")
UNIT_DIGITS: Final = 4
UNITS_PER_MINOR: Final = 10_000


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
    return Money(amount_minor=int(minor), fraction=0, currency=currency)


def parse_price(text: str) -> Money:
    """`0.013 USD`: of the price of an answer, ten-thousandths of a minor unit count.

    Errors: InvalidRequest.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise InvalidRequest(
            f"{text!r} is no price: write it as 0.013 USD", reason="AMOUNT_INVALID"
        )
    currency = found["currency"]
    places = digits(currency) + UNIT_DIGITS
    units = Decimal(found["amount"]).scaleb(places)
    if units != units.to_integral_value():
        raise InvalidRequest(
            f"{text!r} is finer than prices are: {currency} has at most {places} digits after "
            "the point",
            reason="AMOUNT_INVALID",
        )
    amount_minor, fraction = divmod(int(units), UNITS_PER_MINOR)
    return Money(amount_minor=amount_minor, fraction=fraction, currency=currency)


def units_of(money: Money) -> int:
    """An amount in units."""
    return money["amount_minor"] * UNITS_PER_MINOR + money.get("fraction", 0)


def show_amount(money: Money) -> str:
    """`1,234.50 USD`, or as many more digits as the amount has."""
    return show_units(units_of(money), money["currency"])


def show_units(amount_units: int, currency: str) -> str:
    """`0.013 USD`: the currency's digits, and more where there are any."""
    places = digits(currency) if currency else 0
    text = f"{Decimal(amount_units).scaleb(-places - UNIT_DIGITS):,.{places + UNIT_DIGITS}f}"
    whole, _, fraction = text.partition(".")
    kept = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}{'.' if kept else ''}{kept} {currency}".rstrip()


def show_money(amount_minor: int, currency: str) -> str:
    """`1,234.50 USD`."""
    if not currency:
        return f"{amount_minor:,}"
    places = digits(currency)
    return f"{Decimal(amount_minor).scaleb(-places):,.{places}f} {currency}"
