"""What an accepted answer costs: in units, ten-thousandths of a minor unit, and by who gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

UNITS_PER_MINOR: Final = 10_000
BPS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The platform's shares of the pay, on top of it; fixed when a project is made."""

    platform_fee_bps: int
    benefits_bps: int = 0
    """Into the contractor's benefits account."""
    floor_reserve_bps: int = 0
    """Set aside for pay that comes out below a floor; what is not needed goes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One answer's price. Each share is rounded up here, so that it is never too little."""

    pay_units: int
    commission_units: int
    fee_units: int
    benefits_units: int
    reserve_units: int

    @property
    def total_units(self) -> int:
        """The most that the client pays for the answer; the reserve is set aside beside it."""
        return self.pay_units + self.commission_units + self.fee_units + self.benefits_units


def price_of(*, pay_units: int, commission_bps: int, terms: Terms) -> Price:
    """All shares are of the pay."""
    return Price(
        pay_units=pay_units,
        commission_units=_share(pay_units, commission_bps),
        fee_units=_share(pay_units, terms.platform_fee_bps),
        benefits_units=_share(pay_units, terms.benefits_bps),
        reserve_units=_share(pay_units, terms.floor_reserve_bps),
    )


def units_of(amount_minor: int, fraction: int = 0) -> int:
    """Minor units, and units on top of them, as units."""
    return amount_minor * UNITS_PER_MINOR + fraction


def _share(pay_units: int, bps: int) -> int:
    return -(-pay_units * bps // BPS)
