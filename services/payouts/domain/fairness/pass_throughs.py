"""What vendors pass on to contractors: said by the one, confirmed or disputed by the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from services.chassis.errors import DomainError, Kind


class PassThroughNotFound(DomainError):
    """No such record, or another contractor's."""

    kind, reason = Kind.NOT_FOUND, "PASS_THROUGH_NOT_FOUND"


class ReferenceTaken(DomainError):
    """The vendor has recorded a payment of this reference before."""

    kind, reason = Kind.EXISTS, "REFERENCE_TAKEN"


class PayDateInvalid(DomainError):
    """No day, or one that is still to come."""

    kind, reason = Kind.INVALID, "PAY_DATE_INVALID"


class PassThroughStateInvalid(DomainError):
    """What the contractor has confirmed stays, and what was withdrawn is nothing any more."""

    kind, reason = Kind.PRECONDITION, "PASS_THROUGH_STATE_INVALID"


class ReasonMissing(DomainError):
    """Whoever disputes a payment says what is wrong with it."""

    kind, reason = Kind.INVALID, "REASON_MISSING"


class VendorMissing(DomainError):
    """An operator has to say whose balances are meant."""

    kind, reason = Kind.INVALID, "VENDOR_MISSING"


class PassThroughState(StrEnum):
    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassThrough:
    """One payment of a vendor to a contractor: what both say of it changes, its facts do not."""

    pass_through_id: str
    vendor_id: str
    contractor_id: str
    currency: str
    amount_units: int
    paid_on: date
    reference: str
    recorded_by: str
    recorded_at: datetime
    state: PassThroughState = PassThroughState.RECORDED
    dispute: str = ""
    answered_at: datetime | None = None
    withdrawn_because: str = ""

    def answered(self, *, received: bool, reason: str, at: datetime) -> PassThrough:
        """What the contractor says now; it may change, for money may come late.

        Errors: ReasonMissing, PassThroughStateInvalid.
        """
        if self.state is PassThroughState.WITHDRAWN:
            raise PassThroughStateInvalid(
                "the vendor has withdrawn the record", pass_through_id=self.pass_through_id
            )
        if not received and not reason.strip():
            raise ReasonMissing("say what is wrong with the payment", field="reason")
        return replace(
            self,
            state=PassThroughState.CONFIRMED if received else PassThroughState.DISPUTED,
            dispute="" if received else reason.strip(),
            answered_at=at,
        )

    def withdrawn(self, *, reason: str) -> PassThrough:
        """Take a wrong record back. Errors: PassThroughStateInvalid."""
        if self.state is PassThroughState.WITHDRAWN:
            return self
        if self.state is PassThroughState.CONFIRMED:
            raise PassThroughStateInvalid(
                "the contractor has confirmed that the money has come",
                pass_through_id=self.pass_through_id,
            )
        return replace(self, state=PassThroughState.WITHDRAWN, withdrawn_because=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassThroughBalance:
    """What a vendor was paid for one contractor's work in one currency, and what became of it."""

    vendor_id: str
    contractor_id: str
    currency: str
    owed_units: int
    recorded_units: int
    confirmed_units: int
    disputed_units: int

    @property
    def passed_on_units(self) -> int:
        """What the vendor says and nobody disputes."""
        return self.recorded_units + self.confirmed_units

    @property
    def open_units(self) -> int:
        """What is still to be passed on; below zero where more was than is owed."""
        return self.owed_units - self.passed_on_units


def paid_on(text: str, *, today: date) -> date:
    """Errors: PayDateInvalid."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise PayDateInvalid(f"{text!r} is no day", field="pay_date", day=text) from None
    if day > today:
        raise PayDateInvalid(f"{text} is still to come", field="pay_date", day=text)
    return day
