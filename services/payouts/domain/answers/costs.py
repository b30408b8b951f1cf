"""What answers cost a client, by who gets it: the sum that a project's book keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.payouts.domain.ledger.accounts import Purpose, parse
from services.payouts.domain.ledger.entries import Entry

_PARTS: Final = {
    Purpose.CONTRACTOR_PAYABLE: "pay_units",
    Purpose.VENDOR_PAYABLE: "pay_units",
    Purpose.VENDOR_COMMISSION: "commission_units",
    Purpose.PLATFORM_FEES: "fee_units",
    Purpose.CONTRACTOR_BENEFITS: "benefits_units",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The four parts of a price, added up; negative where more was taken back than booked."""

    pay_units: int = 0
    commission_units: int = 0
    fee_units: int = 0
    benefits_units: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            pay_units=self.pay_units + other.pay_units,
            commission_units=self.commission_units + other.commission_units,
            fee_units=self.fee_units + other.fee_units,
            benefits_units=self.benefits_units + other.benefits_units,
        )

    def __neg__(self) -> Cost:
        return Cost(
            pay_units=-self.pay_units,
            commission_units=-self.commission_units,
            fee_units=-self.fee_units,
            benefits_units=-self.benefits_units,
        )

    @property
    def total_units(self) -> int:
        """What the client pays."""
        return self.pay_units + self.commission_units + self.fee_units + self.benefits_units


def cost_of(entry: Entry) -> Cost:
    """Return what an accrual costs, or what its reversal gives back (below zero)."""
    parts: dict[str, int] = {}
    for posting in entry.postings:
        part = _PARTS.get(parse(posting.account).kind.purpose)
        if part is not None:
            parts[part] = parts.get(part, 0) - posting.amount_units
    return Cost(**parts)
