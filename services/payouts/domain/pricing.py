"""What an accepted answer costs the client, who gets which part, and a project's worst case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.payouts.domain.errors import InvalidAmount
from services.payouts.domain.money import (
    BPS_IN_WHOLE,
    Rounding,
    bps_share,
    check_positive,
    is_whole,
)

# Shares are rounded to the nearest minor unit, halves up, once per answer.
SHARE_ROUNDING: Final = Rounding.HALF_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The client's price of one accepted answer, by who gets it."""

    pay_minor: int
    commission_minor: int
    fee_minor: int

    @property
    def total_minor(self) -> int:
        return self.pay_minor + self.commission_minor + self.fee_minor


@lru_cache(maxsize=4096, typed=True)
def _price(pay_minor: int, commission_bps: int, fee_bps: int) -> Price:
    for name, bps in (("commission_bps", commission_bps), ("fee_bps", fee_bps)):
        if not is_whole(bps) or not 0 <= bps <= BPS_IN_WHOLE:
            raise InvalidAmount(f"{name} is 0 to {BPS_IN_WHOLE}, not {bps!r}", **{name: bps})
    return Price(
        pay_minor=check_positive(pay_minor),
        commission_minor=bps_share(pay_minor, commission_bps, rounding=SHARE_ROUNDING),
        fee_minor=bps_share(pay_minor, fee_bps, rounding=SHARE_ROUNDING),
    )


def price(*, pay_minor: int, commission_bps: int, fee_bps: int) -> Price:
    """Price one answer; both shares are of the contractor's pay and come on top of it.

    So neither the vendor's nor the platform's cut grows with the other's, and neither is taken
    from the contractor. A direct engagement has a commission of 0.
    """
    return _price(pay_minor, commission_bps, fee_bps)


def part_minor(*, pay_minor: int, pay_bps: int) -> int:
    """Return that share of the pay: rounded up, for the contractor, and never above the whole."""
    if not is_whole(pay_bps) or not 1 <= pay_bps <= BPS_IN_WHOLE:
        raise InvalidAmount(f"pay_bps is 1 to {BPS_IN_WHOLE}, not {pay_bps!r}", pay_bps=pay_bps)
    return bps_share(check_positive(pay_minor), pay_bps, rounding=Rounding.UP)


def worst_case_minor(
    *, tasks: int, overlap: int, pay_minor: int, max_commission_bps: int, fee_bps: int
) -> int:
    """Return what a project can cost at most: every answer through the dearest vendor."""
    if tasks < 0 or overlap < 1:
        raise InvalidAmount(
            f"{tasks} tasks with an overlap of {overlap}", tasks=tasks, overlap=overlap
        )
    dearest = price(pay_minor=pay_minor, commission_bps=max_commission_bps, fee_bps=fee_bps)
    return tasks * overlap * dearest.total_minor
