"""What an accepted answer costs the client, who gets which part, and a project's worst case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.payouts.domain.errors import InvalidAmount
from services.payouts.domain.ledger.money import (
    BPS_IN_WHOLE,
    Rounding,
    bps_share,
    check_positive,
    divide,
    is_whole,
)

# Shares are rounded to the nearest unit, halves up, once per answer: less than a hundredth of a
# cent. What is paid is rounded once, at the statement.
SHARE_ROUNDING: Final = Rounding.HALF_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The client's price of one accepted answer, by who gets it."""

    pay_units: int
    commission_units: int
    fee_units: int
    benefits_units: int = 0

    @property
    def total_units(self) -> int:
        return self.pay_units + self.commission_units + self.fee_units + self.benefits_units


@lru_cache(maxsize=4096, typed=True)
def _price(pay_units: int, commission_bps: int, fee_bps: int, benefits_bps: int) -> Price:
    shares = {
        "commission_bps": commission_bps,
        "fee_bps": fee_bps,
        "benefits_bps": benefits_bps,
    }
    for name, bps in shares.items():
        if not is_whole(bps) or not 0 <= bps <= BPS_IN_WHOLE:
            raise InvalidAmount(f"{name} is 0 to {BPS_IN_WHOLE}, not {bps!r}", **{name: bps})
    return Price(
        pay_units=check_positive(pay_units),
        commission_units=bps_share(pay_units, commission_bps, rounding=SHARE_ROUNDING),
        fee_units=bps_share(pay_units, fee_bps, rounding=SHARE_ROUNDING),
        # Rounded for the contractor.
        benefits_units=bps_share(pay_units, benefits_bps, rounding=Rounding.UP),
    )


def price(*, pay_units: int, commission_bps: int, fee_bps: int, benefits_bps: int = 0) -> Price:
    """Price one answer; all shares are of the contractor's pay and come on top of it.

    So neither the vendor's nor the platform's cut grows with the other's, and none is taken from
    the contractor. A direct engagement has a commission of 0. Benefits are the contractor's too.
    """
    return _price(pay_units, commission_bps, fee_bps, benefits_bps)


def part_units(*, pay_units: int, pay_bps: int) -> int:
    """Return that share of the pay: rounded up, for the contractor, and never above the whole."""
    if not is_whole(pay_bps) or not 1 <= pay_bps <= BPS_IN_WHOLE:
        raise InvalidAmount(f"pay_bps is 1 to {BPS_IN_WHOLE}, not {pay_bps!r}", pay_bps=pay_bps)
    return bps_share(check_positive(pay_units), pay_bps, rounding=Rounding.UP)


def reserve_units(*, pay_units: int, floor_reserve_bps: int) -> int:
    """Return what is set aside for one answer, should its pay come out below a floor."""
    return bps_share(check_positive(pay_units), floor_reserve_bps, rounding=Rounding.UP)


def reserve_part_units(*, amount_units: int, price_units_max: int, reserve_units_each: int) -> int:
    """Return how much of what a client sets aside is the reserve's: in the ratio of the two.

    Rounded for the price, so that what is held pays for as many answers as the whole amount was
    meant to.
    """
    if not reserve_units_each:
        return 0
    return divide(
        amount_units * reserve_units_each,
        price_units_max + reserve_units_each,
        rounding=Rounding.DOWN,
    )


def worst_case_units(
    *,
    tasks: int,
    overlap: int,
    pay_units: int,
    max_commission_bps: int,
    fee_bps: int,
    benefits_bps: int = 0,
    floor_reserve_bps: int = 0,
) -> int:
    """Return what a project can cost at most: every answer through the dearest vendor."""
    if tasks < 0 or overlap < 1:
        raise InvalidAmount(
            f"{tasks} tasks with an overlap of {overlap}", tasks=tasks, overlap=overlap
        )
    dearest = price(
        pay_units=pay_units,
        commission_bps=max_commission_bps,
        fee_bps=fee_bps,
        benefits_bps=benefits_bps,
    )
    reserve = reserve_units(pay_units=pay_units, floor_reserve_bps=floor_reserve_bps)
    return tasks * overlap * (dearest.total_units + reserve)
