"""Money of the platform on its way from one rail to another, as somebody has recorded it."""

from __future__ import annotations

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind
from services.payouts.domain.ledger.flows import move
from services.payouts.domain.ledger.money import Money, units_of


class RailFundingInvalid(DomainError):
    """From a rail to itself: nothing moves."""

    kind, reason = Kind.INVALID, "RAIL_FUNDING_INVALID"


def rail_funding(
    *, from_rail: str, to_rail: str, amount: Money, reference: str, booking: Booking
) -> Entry:
    """Book it between the platform's balances; the reference is the entry's key.

    Errors: RailFundingInvalid.
    """
    if from_rail == to_rail:
        raise RailFundingInvalid("money goes from one rail to another", rail=to_rail)
    return Entry(
        entry_id=f"rail_funding:{to_rail}:{reference}",
        kind=EntryKind.RAIL_FUNDING,
        postings=tuple(
            move(
                debit=accounts.rail_platform(currency=amount.currency, rail=to_rail),
                credit=accounts.rail_platform(currency=amount.currency, rail=from_rail),
                amount_units=units_of(amount.amount_minor),
                currency=amount.currency,
            )
        ),
        booking=booking,
        reason=f"from {from_rail}",
    )
