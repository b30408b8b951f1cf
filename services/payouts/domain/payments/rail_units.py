"""Between ISO 4217's minor units and Stripe's: they differ, and Stripe takes no fractions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import gcd, lcm
from typing import Final

from services.payouts.domain.errors import CurrencyUnsupported, RailUnitsInvalid
from services.payouts.domain.ledger.money import Money, minor_exponent

# docs.stripe.com/currencies. MGA has two decimals in ISO 4217 and none at Stripe.
ZERO_DECIMAL: Final = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA",
     "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)  # fmt: skip
# No decimals in ISO 4217; Stripe takes them times 100, and only whole hundreds.
TIMES_HUNDRED: Final = frozenset({"ISK", "UGX"})
# Three decimals, the last of which is 0.
THREE_DECIMAL: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# Two decimals in a transfer, whole hundreds in a payout.
WHOLE_HUNDRED_PAYOUTS: Final = frozenset({"HUF", "TWD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RailRule:
    """How Stripe writes a currency: its decimals, and what every amount is a multiple of."""

    name: str
    decimals: int
    step: int


@lru_cache(maxsize=512)
def rail_rule(currency: str, *, payout: bool = False) -> RailRule:
    """Return Stripe's rule for the currency, in payouts or in everything else."""
    exponent = minor_exponent(currency)
    if currency in TIMES_HUNDRED:
        return RailRule(name="times_hundred", decimals=2, step=100)
    if currency in ZERO_DECIMAL:
        return RailRule(name="zero_decimal", decimals=0, step=1)
    if currency in THREE_DECIMAL:
        return RailRule(name="three_decimal", decimals=3, step=10)
    if exponent != 2:
        raise CurrencyUnsupported(
            f"Stripe has no rule for {currency} with {exponent} decimals",
            currency=currency,
            rule="stripe_currencies",
        )
    if payout and currency in WHOLE_HUNDRED_PAYOUTS:
        return RailRule(name="whole_hundred_payouts", decimals=2, step=100)
    return RailRule(name="two_decimal", decimals=2, step=1)


def to_rail_units(money: Money, *, payout: bool = False) -> int:
    """Return the amount as Stripe writes it, or refuse what cannot be written exactly."""
    rule = rail_rule(money.currency, payout=payout)
    minor_units, rail_units = _whole_units(money.currency, rule)
    units, rest = divmod(money.amount_minor * rail_units, minor_units)
    if rest or units % rule.step:
        raise RailUnitsInvalid(
            f"{money.amount_minor} {money.currency} minor units break Stripe's rule {rule.name}:"
            f" {rule.decimals} decimals, multiples of {rule.step}",
            currency=money.currency,
            rule=rule.name,
            amount_minor=money.amount_minor,
        )
    return units


@lru_cache(maxsize=512)
def payable_step_minor(currency: str) -> int:
    """Return what a total must be a multiple of for every rail to move it, in minor units.

    One for all rails, so that what is frozen can still be paid another way. A currency that
    Stripe has no rule for goes by bank order alone, to the minor unit.
    """
    try:
        rules = [rail_rule(currency), rail_rule(currency, payout=True)]
    except CurrencyUnsupported:
        return 1
    steps = []
    for rule in rules:
        minor_units, rail_units = _whole_units(currency, rule)
        step = minor_units * rule.step
        steps.append(step // gcd(step, rail_units))
    return lcm(*steps)


def from_rail_units(units: int, *, currency: str) -> Money:
    """Return what Stripe wrote in minor units."""
    rule = rail_rule(currency)
    minor_units, rail_units = _whole_units(currency, rule)
    amount_minor, rest = divmod(units * minor_units, rail_units)
    if rest:
        raise RailUnitsInvalid(
            f"{units} of Stripe's units of {currency} are no whole minor units (rule {rule.name})",
            currency=currency,
            rule=rule.name,
            units=units,
        )
    return Money(amount_minor=amount_minor, currency=currency)


def _whole_units(currency: str, rule: RailRule) -> tuple[int, int]:
    # How many one dollar, yen or dinar has, of minor units and of the rail's.
    return int(10 ** minor_exponent(currency)), int(10**rule.decimals)
