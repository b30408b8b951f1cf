"""One contractor's money from the first accepted answer to the line on the bank's statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.payouts.domain.payments.payments import StatementState


class NotStated(StrEnum):
    """Why something earned is on no statement."""

    NOTHING = ""
    PERIOD_OPEN = "PERIOD_OPEN"
    PERIOD_CLOSING = "PERIOD_CLOSING"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    ROUNDING = "ROUNDING"
    NOTHING_PAYABLE = "NOTHING_PAYABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earning:
    """What was booked of one kind (accepted answers, overturned ones, floors), in ledger units."""

    kind: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of one statement is this contractor's, in ledger units."""

    statement_id: str
    currency: str
    vendor_id: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySum:
    """Of one currency and one payee (directly, where `vendor_id` is empty).

    Earned is all of it: not stated, stated and paid are where it is, and `unexplained_units` is
    what none of them says. It is zero, or the books are wrong.
    """

    currency: str
    vendor_id: str
    earnings: tuple[Earning, ...]
    not_stated_units: int
    stated_units: int
    paid_units: int
    why_not_stated: NotStated = NotStated.NOTHING
    minimum_minor: int = 0

    @property
    def earned_units(self) -> int:
        return sum(earning.units for earning in self.earnings)

    @property
    def unexplained_units(self) -> int:
        return self.earned_units - self.not_stated_units - self.stated_units - self.paid_units


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """What the bank shows of a payout; the trace id comes days later, where there is one at all."""

    arrives_on: date | None
    trace_id: str = ""
    trace_status: str = ""
    descriptor: str = ""


def sum_of(
    *,
    currency: str,
    vendor_id: str,
    earnings: tuple[Earning, ...],
    not_stated_units: int,
    parts: list[tuple[Part, StatementState]],
    why: NotStated,
    minimum_minor: int,
) -> MoneySum:
    """Add one payee's parts up by how far they are."""
    paid = sum(part.units for part, state in parts if state is StatementState.PAID)
    return MoneySum(
        currency=currency,
        vendor_id=vendor_id,
        earnings=earnings,
        not_stated_units=not_stated_units,
        stated_units=sum(part.units for part, _ in parts) - paid,
        paid_units=paid,
        why_not_stated=why if not_stated_units else NotStated.NOTHING,
        minimum_minor=minimum_minor if why is NotStated.BELOW_MINIMUM else 0,
    )
