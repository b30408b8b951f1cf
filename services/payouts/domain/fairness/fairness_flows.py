"""The entries of what is paid beyond the price of answers: floors' top-ups, and benefits."""

from __future__ import annotations

from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind, Subject
from services.payouts.domain.ledger.flows import move


def top_up_key(*, period_id: str, contractor_id: str, project_id: str) -> str:
    """Name what belongs to one contractor's pay in one project and pay period."""
    return f"{period_id}:{contractor_id}:{project_id}"


def floor_top_up(
    *,
    period_id: str,
    client_id: str,
    project_id: str,
    contractor_id: str,
    vendor_id: str,
    currency: str,
    amount_units: int,
    reason: str,
    booking: Booking,
) -> Entry:
    """Raise a contractor's pay of one period and project to the floor, out of the reserve.

    A vendor's contractor is paid it through the vendor, without commission. The reserve has to
    cover it: what it lacks comes in first (`flows.project_hold`, `reserve_shortfall`).
    """
    key = top_up_key(period_id=period_id, contractor_id=contractor_id, project_id=project_id)
    return Entry(
        entry_id=f"floor:{key}",
        kind=EntryKind.FLOOR_TOP_UP,
        postings=move(
            debit=accounts.project_reserve(
                client_id=client_id, project_id=project_id, currency=currency
            ),
            credit=accounts.payable(
                contractor_id=contractor_id, vendor_id=vendor_id, currency=currency
            ),
            amount_units=amount_units,
            currency=currency,
        ),
        booking=booking,
        subject=Subject(
            client_id=client_id,
            project_id=project_id,
            contractor_id=contractor_id,
            vendor_id=vendor_id,
        ),
        reason=reason,
    )


def reserve_shortfall(
    *,
    period_id: str,
    client_id: str,
    project_id: str,
    contractor_id: str,
    currency: str,
    amount_units: int,
    reason: str,
    booking: Booking,
) -> Entry:
    """Bear at the platform's cost what neither the reserve nor the client covers of a top-up."""
    key = top_up_key(period_id=period_id, contractor_id=contractor_id, project_id=project_id)
    return Entry(
        entry_id=f"shortfall:{key}",
        kind=EntryKind.RESERVE_SHORTFALL,
        postings=move(
            debit=accounts.platform_absorbed(currency=currency),
            credit=accounts.project_reserve(
                client_id=client_id, project_id=project_id, currency=currency
            ),
            amount_units=amount_units,
            currency=currency,
        ),
        booking=booking,
        subject=Subject(client_id=client_id, project_id=project_id, contractor_id=contractor_id),
        reason=reason,
    )


def benefits_withdrawal(
    *,
    withdrawal_id: str,
    contractor_id: str,
    currency: str,
    amount_units: int,
    booking: Booking,
) -> Entry:
    """Pay benefits to the person: with their next statement, whoever else pays them."""
    return Entry(
        entry_id=f"benefits:{withdrawal_id}",
        kind=EntryKind.BENEFITS_WITHDRAWAL,
        postings=move(
            debit=accounts.contractor_benefits(contractor_id=contractor_id, currency=currency),
            credit=accounts.payable(contractor_id=contractor_id, vendor_id="", currency=currency),
            amount_units=amount_units,
            currency=currency,
        ),
        booking=booking,
        subject=Subject(contractor_id=contractor_id),
    )
