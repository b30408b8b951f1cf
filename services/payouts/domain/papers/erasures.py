"""Erasures of people: what they wait for, and what of a person has to be kept all the same.

Whoever is owed money is still paid: a person is erased once nothing is open, and not before. Why
so, and what is kept for how long: deploy/adr/0030-erasure.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.payments.rail_units import payable_step_minor

# Soon at first, for much is settled within the minute; then as pay periods and banks go.
_LOOK_AGAIN_MIN: Final = timedelta(seconds=2)
_LOOK_AGAIN_MAX: Final = timedelta(minutes=10)


class ErasureNotAsked(DomainError):
    """Nobody has asked that this person be erased."""

    kind, reason = Kind.NOT_FOUND, "ERASURE_NOT_ASKED"


class Hurdle(StrEnum):
    """What an erasure waits for."""

    NOT_STATED = "NOT_STATED"
    STATEMENT_UNPAID = "STATEMENT_UNPAID"
    BENEFITS = "BENEFITS"
    ADJUSTMENT_PROPOSED = "ADJUSTMENT_PROPOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """One thing that is not settled; `of_id` is the statement or the proposal."""

    hurdle: Hurdle
    amount_units: int = 0
    currency: str = ""
    vendor_id: str = ""
    of_id: str = ""
    reason: str = ""


def can_be_paid(amount_units: int, currency: str) -> bool:
    """Tell whether a balance is one that any rail moves; what rounding has left is not."""
    return abs(amount_units) >= units_of(payable_step_minor(currency))


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One person's; the version is that of their record when it was asked for."""

    contractor_id: str
    version: int
    asked_at: datetime
    erased_at: datetime | None = None

    def look_again_at(self, *, now: datetime) -> datetime:
        """When to look at it again: after half of the time that it has waited already."""
        waited = now - self.asked_at
        return now + min(max(waited / 2, _LOOK_AGAIN_MIN), _LOOK_AGAIN_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the law on books and taxes has kept of somebody who was paid: Art. 17(3)(b) GDPR.

    A statement that was paid rests on the tax form of its time, and a file that went to a bank on
    the bank details that were in it; both stay as they are, with the numbers encrypted. Whoever was
    never paid has neither kept.
    """

    tax_forms: bool
    bank_details: bool
