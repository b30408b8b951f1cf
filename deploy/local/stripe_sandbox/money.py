"""Currencies and amounts: which are known, and which amounts Stripe takes."""

from __future__ import annotations

from typing import Final

from deploy.local.stripe_sandbox.errors import refused

_CODES: Final = """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel ghs gip gmd
    gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp
    lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab
    pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs
    tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
"""
CURRENCIES: Final = frozenset(_CODES.split())
MAX_AMOUNT: Final = 99_999_999_999
# Sent with two decimals that must be zero, although the currency has none.
_WHOLE_UNITS: Final = frozenset({"isk", "ugx"})
_WHOLE_UNITS_IN_PAYOUTS: Final = _WHOLE_UNITS | {"huf", "twd"}
_THREE_DECIMALS: Final = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})


def currency_of(code: str) -> str:
    """Return the lower-case code, or refuse an unknown one."""
    currency = code.lower()
    if currency not in CURRENCIES:
        raise refused(
            f"Invalid currency: {code}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(CURRENCIES))}",
            param="currency",
        )
    return currency


def amount_of(amount: int, currency: str, *, payout: bool = False) -> int:
    """Return an amount in minor units, or refuse one that Stripe does not move."""
    if amount < 1:
        raise refused(
            "This value must be greater than or equal to 1."
            if amount == 0
            else "Invalid positive integer",
            code="parameter_invalid_integer",
            param="amount",
        )
    if amount > MAX_AMOUNT:
        raise refused("Amount is too large.", code="amount_too_large", param="amount")
    whole = _WHOLE_UNITS_IN_PAYOUTS if payout else _WHOLE_UNITS
    step = 100 if currency in whole else 10 if currency in _THREE_DECIMALS else 1
    if amount % step:
        raise refused(
            f"Amount must be evenly divisible by {step} in {currency}.",
            code="parameter_invalid_integer",
            param="amount",
        )
    return amount
