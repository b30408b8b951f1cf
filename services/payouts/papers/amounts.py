"""Amounts as papers show them: in whole currency, with every digit that is there."""

from __future__ import annotations

from services.payouts.domain.ledger.money import minor_exponent


def amount_text(amount_minor: int, currency: str, *, fraction: int = 0, fractions: int = 1) -> str:
    """`1234567` USD is `12,345.67 USD`; yen have no decimals.

    `fraction` counts `fractions`-ths of a minor unit beside it: 1 minor unit and 3,000 of 10,000
    in USD is `0.013 USD`. Digits beyond the minor unit are shown as far as they are not zero.
    """
    exponent = minor_exponent(currency)
    # Both have the amount's sign, or the fraction is zero.
    parts = abs(amount_minor * fractions + fraction)
    sign = "-" if amount_minor * fractions + fraction < 0 else ""
    extra = len(str(fractions)) - 1
    digits = str(parts).rjust(exponent + extra + 1, "0")
    decimals = exponent + extra
    whole, fine = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    fine = fine[:exponent] + fine[exponent:].rstrip("0")
    return f"{sign}{int(whole):,}{'.' if fine else ''}{fine} {currency}"
