"""Benefits: the contractor's own account, whoever engages them, and the ways out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind, Subject
from services.payouts.domain.ledger.flows import move
from services.payouts.domain.ledger.money import units_of


class BenefitsPolicyForbids(DomainError):
    """The platform's policy pays benefits to named providers only."""

    kind, reason = Kind.PRECONDITION, "BENEFITS_POLICY_FORBIDS"


class BenefitsBelowMinimum(DomainError):
    """Less than what is worth a payment."""

    kind, reason = Kind.PRECONDITION, "BENEFITS_BELOW_MINIMUM"


class BenefitsProviderNotFound(DomainError):
    """No such provider, or it takes no more money."""

    kind, reason = Kind.NOT_FOUND, "BENEFITS_PROVIDER_NOT_FOUND"


class BenefitsProviderInvalid(DomainError):
    """The provider does not take this currency."""

    kind, reason = Kind.INVALID, "BENEFITS_PROVIDER_INVALID"


class MemberReferenceMissing(DomainError):
    """A provider has to know whose money it gets."""

    kind, reason = Kind.INVALID, "MEMBER_REFERENCE_MISSING"


class RemittanceReferenceTaken(DomainError):
    """The bank reference was recorded before, with other facts."""

    kind, reason = Kind.EXISTS, "REMITTANCE_REFERENCE_TAKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitsProvider:
    """Who keeps benefits for people: a pension or health fund, named by operators."""

    provider_id: str
    name: str
    currency: str
    is_open: bool
    """It takes money. What it is owed already is paid all the same."""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitsWithdrawal:
    """What left a benefits account: to the person, or where `provider_id` is given to that one."""

    withdrawal_id: str
    contractor_id: str
    amount_minor: int
    currency: str
    provider_id: str
    member_reference: str
    """The contractor's number at the provider."""
    created_at: datetime


def benefits_assigned(withdrawal: BenefitsWithdrawal, *, booking: Booking) -> Entry:
    """Owe a contractor's benefits to the provider that they named."""
    currency = withdrawal.currency
    return Entry(
        entry_id=f"benefits:{withdrawal.withdrawal_id}",
        kind=EntryKind.BENEFITS_ASSIGNED,
        postings=move(
            debit=accounts.contractor_benefits(
                contractor_id=withdrawal.contractor_id, currency=currency
            ),
            credit=accounts.benefits_owed(provider_id=withdrawal.provider_id, currency=currency),
            amount_units=units_of(withdrawal.amount_minor),
            currency=currency,
        ),
        booking=booking,
        subject=Subject(contractor_id=withdrawal.contractor_id),
    )


def benefits_remitted(
    *, provider_id: str, amount_minor: int, currency: str, bank_reference: str, booking: Booking
) -> Entry:
    """Note that a provider was paid from the platform's bank; the reference is the bank's."""
    return Entry(
        entry_id=f"benefits_remittance:{provider_id}:{bank_reference}",
        kind=EntryKind.BENEFITS_REMITTED,
        postings=move(
            debit=accounts.benefits_owed(provider_id=provider_id, currency=currency),
            credit=accounts.rail_platform(currency=currency, rail=accounts.BANK),
            amount_units=units_of(amount_minor),
            currency=currency,
        ),
        booking=booking,
        subject=Subject(rail_id=bank_reference),
    )
