"""Conversion of transfers to accounts that settle in another currency.

The rates are invented, as a test mode's may be; a test sets the ones that it counts on.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from deploy.local.stripe_sandbox.money import CURRENCIES
from deploy.local.stripe_sandbox.objects import Stored, equals
from deploy.local.stripe_sandbox.world import Sandbox

# Units of a currency for one dollar.
_PER_DOLLAR: Final = {
    "usd": "1", "aud": "1.5", "brl": "5.4", "cad": "1.38", "chf": "0.88", "cop": "4100",
    "dkk": "6.9", "eur": "0.92", "gbp": "0.79", "huf": "360", "idr": "16000", "inr": "84",
    "jpy": "150", "kes": "129", "mxn": "18", "ngn": "1550", "nok": "10.8", "nzd": "1.66",
    "php": "57", "pln": "3.95", "sek": "10.5", "twd": "32", "vnd": "25000", "zar": "18",
}  # fmt: skip
# Currencies whose amounts Stripe counts in whole units: https://docs.stripe.com/currencies.
_NO_DECIMALS: Final = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"}
    | {"pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
_THREE_DECIMALS: Final = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
_MAX_RATE: Final = 1_000_000


def settles_in(sandbox: Sandbox, account: Stored, currency: str) -> str:
    """Return the currency in which an account receives a transfer.

    It keeps what it has a bank account for; anything else becomes its default currency. Where
    there is no rate the transfer stays as it is.
    """
    default = str(account.body["default_currency"])
    if currency == default or rate(sandbox, currency, default) is None:
        return currency
    banks = sandbox.objects.all_of(
        kind="bank_account", owner=account.id, where=[equals("currency", currency)], limit=1
    )
    return currency if banks else default


def rate(sandbox: Sandbox, source: str, target: str) -> Fraction | None:
    """Return units of the target currency for one of the source."""
    told = sandbox.database.recall(_key(source, target))
    if told is not None:
        return Fraction(told)
    if source in _PER_DOLLAR and target in _PER_DOLLAR:
        exact = Fraction(_PER_DOLLAR[target]) / Fraction(_PER_DOLLAR[source])
        return Fraction(f"{float(exact):.6g}")
    return None


def set_rate(sandbox: Sandbox, source: str, target: str, text: str) -> None:
    """Use a rate from now on; ValueError where it is none."""
    value = Fraction(text)
    if not {source, target} <= CURRENCIES or source == target or not 0 < value <= _MAX_RATE:
        raise ValueError(f"{source}/{target} {text} is no exchange rate")
    sandbox.database.remember(_key(source, target), text)


def converted(amount: int, source: str, target: str, at: Fraction) -> int:
    """Return minor units of the target currency, rounded down: 0 for less than one of them."""
    exact = Fraction(amount) * at * _minor(target) / _minor(source)
    return exact.numerator // exact.denominator


def _minor(currency: str) -> int:
    return 1 if currency in _NO_DECIMALS else 1000 if currency in _THREE_DECIMALS else 100


def _key(source: str, target: str) -> str:
    return f"rate {source}/{target}"


def note_conversion(
    sandbox: Sandbox, source: str, source_amount: int, target: str, target_amount: int
) -> None:
    """Write down what left one currency and came up in another; negative where it went back."""
    sandbox.database.run(
        "INSERT INTO conversions (source, source_amount, target, target_amount) "
        "VALUES (?, ?, ?, ?)",
        (source, source_amount, target, target_amount),
    )
