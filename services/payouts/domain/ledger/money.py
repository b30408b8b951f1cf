"""Whole units and ISO 4217 currencies: no float ever, and parts add up to the whole.

The ledger counts in units, ten-thousandths of a minor unit, so that a price of $0.013 an answer is
exact (13,000 units). Banks, rails, deposits and the totals of statements are whole minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from iso4217 import Currency

from services.payouts.domain.errors import CurrencyMismatch, CurrencyUnsupported, InvalidAmount

# How finely the ledger counts, in every currency: USD/6, JPY/4, KWD/7 in decimals.
LEDGER_UNITS_PER_MINOR: Final = 10_000
_UNIT_DECIMALS: Final = 4

# What an int64, in Mongo and in protobuf, holds.
MAX_AMOUNT: Final = 2**63 - 1

BPS_IN_WHOLE: Final = 10_000


class Rounding(StrEnum):
    """Where a share that is no whole number goes; both signs are treated alike."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    UP = "up"


@lru_cache(maxsize=512)
def minor_exponent(currency: str) -> int:
    """Return the number of decimals that ISO 4217 gives the currency."""
    try:
        exponent = Currency(currency).exponent
    except ValueError:
        raise CurrencyUnsupported(
            f"{currency!r} is no ISO 4217 currency", currency=currency, rule="iso4217"
        ) from None
    if exponent is None:
        raise CurrencyUnsupported(
            f"{currency} has no minor unit", currency=currency, rule="iso4217_minor_unit"
        )
    return int(exponent)


def is_whole(value: object) -> bool:
    """Whether it is an integer, of whatever class the store reads its long ones as."""
    # bool is an int to Python, and True cents are a bug.
    return isinstance(value, int) and not isinstance(value, bool)


def check_amount(amount: int) -> int:
    """Return the amount, in units or minor units, if it is an integer that fits the store."""
    if not is_whole(amount):
        raise InvalidAmount(f"an amount is a whole number, not {amount!r}", amount=repr(amount))
    if not -MAX_AMOUNT <= amount <= MAX_AMOUNT:
        raise InvalidAmount(f"{amount} does not fit 64 bits", amount=amount)
    return amount


def check_positive(amount: int) -> int:
    """Return the amount if it can be moved: more than zero."""
    if check_amount(amount) <= 0:
        raise InvalidAmount(f"an amount to move is more than zero, not {amount}", amount=amount)
    return amount


def units_of(amount_minor: int) -> int:
    """Return whole minor units as the ledger counts them. Errors: InvalidAmount."""
    return check_amount(check_amount(amount_minor) * LEDGER_UNITS_PER_MINOR)


def whole_minor(amount_units: int) -> int:
    """Return units as minor units, of which there is no fraction. Errors: InvalidAmount."""
    amount_minor, rest = divmod(check_amount(amount_units), LEDGER_UNITS_PER_MINOR)
    if rest:
        raise InvalidAmount(
            f"{amount_units} units are no whole minor units", amount_units=amount_units
        )
    return amount_minor


def minor_below(amount_units: int) -> int:
    """Return the most whole minor units that are in it; below zero, those that cover it."""
    return check_amount(amount_units) // LEDGER_UNITS_PER_MINOR


def decimal_text(amount_units: int, currency: str) -> str:
    """Return an amount of the ledger as people write it: as many decimals as it needs."""
    exponent = minor_exponent(currency)
    decimals = exponent + _UNIT_DECIMALS
    digits = f"{abs(amount_units):0{decimals + 1}d}"
    whole, fraction = digits[:-decimals], digits[-decimals:]
    kept = fraction.rstrip("0").ljust(exponent, "0")
    sign = "-" if amount_units < 0 else ""
    return f"{sign}{whole}.{kept}" if kept else f"{sign}{whole}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in the minor units of its currency; `str` writes it as people do: 12.50 USD."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        check_amount(self.amount_minor)
        minor_exponent(self.currency)

    def __str__(self) -> str:
        return f"{decimal_text(units_of(self.amount_minor), self.currency)} {self.currency}"

    def __add__(self, other: Money) -> Money:
        self._check_same_currency(other)
        return Money(amount_minor=self.amount_minor + other.amount_minor, currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        self._check_same_currency(other)
        return Money(amount_minor=self.amount_minor - other.amount_minor, currency=self.currency)

    def __neg__(self) -> Money:
        return Money(amount_minor=-self.amount_minor, currency=self.currency)

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        return tuple(
            Money(amount_minor=part, currency=self.currency)
            for part in split(self.amount_minor, weights)
        )

    def _check_same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(
                f"{self.currency} and {other.currency} do not mix",
                currency=self.currency,
                other_currency=other.currency,
            )


def divide(numerator: int, denominator: int, *, rounding: Rounding) -> int:
    """Divide in whole numbers; a positive denominator."""
    if denominator <= 0:
        raise InvalidAmount(f"cannot divide by {denominator}", denominator=denominator)
    whole, rest = divmod(abs(numerator), denominator)
    up = {
        Rounding.DOWN: False,
        Rounding.UP: rest > 0,
        Rounding.HALF_UP: 2 * rest >= denominator,
        Rounding.HALF_EVEN: 2 * rest + whole % 2 > denominator,
    }[rounding]
    magnitude = whole + up
    return magnitude if numerator >= 0 else -magnitude


def bps_share(amount: int, bps: int, *, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Return that many hundredths of a percent of the amount."""
    if not is_whole(bps) or bps < 0:
        raise InvalidAmount(f"a share is a whole number of basis points, not {bps!r}", bps=bps)
    return divide(check_amount(amount) * bps, BPS_IN_WHOLE, rounding=rounding)


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split by weight so that the parts add up exactly: largest remainder, earlier part first."""
    if not weights or any(not is_whole(weight) or weight < 0 for weight in weights):
        raise InvalidAmount("weights are whole numbers, none negative", weights=list(weights))
    total = sum(weights)
    if total == 0:
        raise InvalidAmount("at least one weight is more than zero", weights=list(weights))
    magnitude = abs(check_amount(amount))
    parts = [magnitude * weight // total for weight in weights]
    missing = magnitude - sum(parts)
    by_remainder = sorted(
        range(len(weights)), key=lambda index: (-(magnitude * weights[index] % total), index)
    )
    for index in by_remainder[:missing]:
        parts[index] += 1
    return tuple(parts) if amount >= 0 else tuple(-part for part in parts)
