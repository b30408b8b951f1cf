"""The entries of everything that happens to money before it leaves: funding, holds, accruals."""

from __future__ import annotations

from services.payouts.domain import accounts
from services.payouts.domain.entries import (
    Booking,
    Entry,
    EntryKind,
    Posting,
    Subject,
    reversal_key,
)
from services.payouts.domain.errors import InvalidEntry
from services.payouts.domain.money import BPS_IN_WHOLE, check_positive
from services.payouts.domain.pricing import Price, part_minor, price


def move(*, debit: str, credit: str, amount_minor: int, currency: str) -> tuple[Posting, Posting]:
    """Return the two postings that move an amount."""
    check_positive(amount_minor)
    return (
        Posting(account=debit, amount_minor=amount_minor, currency=currency),
        Posting(account=credit, amount_minor=-amount_minor, currency=currency),
    )


def client_deposit(
    *,
    client_id: str,
    currency: str,
    amount_minor: int,
    rail_id: str,
    booking: Booking,
    rail: str = accounts.STRIPE,
) -> Entry:
    """Money of a client arrived at the rail; `rail_id` names the top-up or payment there."""
    return Entry(
        entry_id=f"deposit:{rail_id}",
        kind=EntryKind.CLIENT_DEPOSIT,
        postings=move(
            debit=accounts.rail_platform(currency=currency, rail=rail),
            credit=accounts.client_available(client_id=client_id, currency=currency),
            amount_minor=amount_minor,
            currency=currency,
        ),
        booking=booking,
        subject=Subject(client_id=client_id, rail_id=rail_id),
    )


def project_hold(
    *,
    hold_id: str,
    client_id: str,
    project_id: str,
    currency: str,
    amount_minor: int,
    booking: Booking,
) -> Entry:
    """Set a client's money aside for one project."""
    return Entry(
        entry_id=f"hold:{hold_id}",
        kind=EntryKind.PROJECT_HOLD,
        postings=move(
            debit=accounts.client_available(client_id=client_id, currency=currency),
            credit=accounts.project_held(
                client_id=client_id, project_id=project_id, currency=currency
            ),
            amount_minor=amount_minor,
            currency=currency,
        ),
        booking=booking,
        subject=Subject(client_id=client_id, project_id=project_id),
    )


def hold_release(
    *,
    release_id: str,
    client_id: str,
    project_id: str,
    currency: str,
    amount_minor: int,
    booking: Booking,
) -> Entry:
    """Give back what a project no longer needs; it may happen more than once for a project."""
    return Entry(
        entry_id=f"release:{release_id}",
        kind=EntryKind.HOLD_RELEASE,
        postings=move(
            debit=accounts.project_held(
                client_id=client_id, project_id=project_id, currency=currency
            ),
            credit=accounts.client_available(client_id=client_id, currency=currency),
            amount_minor=amount_minor,
            currency=currency,
        ),
        booking=booking,
        subject=Subject(client_id=client_id, project_id=project_id),
    )


def accrual_key(*, assignment_id: str, revision: int) -> str:
    """Name the accrual of one accepted decision about one answer."""
    return f"accrual:{assignment_id}:{revision}"


def accrual(
    *,
    assignment_id: str,
    revision: int,
    client_id: str,
    project_id: str,
    contractor_id: str,
    vendor_id: str,
    currency: str,
    pay_minor: int,
    commission_bps: int,
    fee_bps: int,
    booking: Booking,
    task_id: str = "",
    pay_bps: int = BPS_IN_WHOLE,
) -> Entry:
    """Split the price of one accepted answer; a direct engagement has no vendor, no commission.

    Of an answer that is accepted in part, `pay_bps` is the share of the pay; commission and fee
    follow it, for they are shares of the pay.

    `revision` counts the decisions about this answer, so that accepting it again after an
    overturned decision is a new accrual, and a repeated event is not.
    """
    cost = price(
        pay_minor=part_minor(pay_minor=pay_minor, pay_bps=pay_bps),
        commission_bps=commission_bps if vendor_id else 0,
        fee_bps=fee_bps,
    )
    held = accounts.project_held(client_id=client_id, project_id=project_id, currency=currency)
    payable = accounts.payable(contractor_id=contractor_id, vendor_id=vendor_id, currency=currency)
    return Entry(
        entry_id=accrual_key(assignment_id=assignment_id, revision=revision),
        kind=EntryKind.ACCRUAL,
        postings=_shares(cost, held=held, payable=payable, vendor_id=vendor_id, currency=currency),
        booking=booking,
        subject=Subject(
            client_id=client_id,
            project_id=project_id,
            task_id=task_id,
            assignment_id=assignment_id,
            contractor_id=contractor_id,
            vendor_id=vendor_id,
        ),
    )


def accrual_reversal(*, accrued: Entry, reason: str, booking: Booking) -> Entry:
    """Undo an accrual whose decision was overturned, posting by posting.

    The guard refuses it once the contractor's money has moved on to a statement; then
    `accrual_absorption` is the other way out. Both have the same key: only one can happen, once.
    """
    _check_reversible(accrued, reason)
    return Entry(
        entry_id=reversal_key(accrued.entry_id),
        kind=EntryKind.ACCRUAL_REVERSAL,
        postings=tuple(
            Posting(
                account=posting.account,
                amount_minor=-posting.amount_minor,
                currency=posting.currency,
            )
            for posting in accrued.postings
        ),
        booking=booking,
        subject=accrued.subject,
        reverses_id=accrued.entry_id,
        reason=reason,
    )


def accrual_absorption(*, accrued: Entry, reason: str, booking: Booking) -> Entry:
    """Give the client its money back at the platform's cost; whoever was paid keeps it."""
    _check_reversible(accrued, reason)
    held = accrued.postings[0]
    return Entry(
        entry_id=reversal_key(accrued.entry_id),
        kind=EntryKind.ACCRUAL_ABSORPTION,
        postings=move(
            debit=accounts.platform_absorbed(currency=held.currency),
            credit=held.account,
            amount_minor=held.amount_minor,
            currency=held.currency,
        ),
        booking=booking,
        subject=accrued.subject,
        reverses_id=accrued.entry_id,
        reason=reason,
    )


def _check_reversible(accrued: Entry, reason: str) -> None:
    if accrued.kind is not EntryKind.ACCRUAL:
        raise InvalidEntry(f"{accrued.entry_id} is no accrual", entry_id=accrued.entry_id)
    if not reason:
        raise InvalidEntry(f"undoing {accrued.entry_id} needs a reason", entry_id=accrued.entry_id)


def _shares(
    cost: Price, *, held: str, payable: str, vendor_id: str, currency: str
) -> tuple[Posting, ...]:
    postings = [
        Posting(account=held, amount_minor=cost.total_minor, currency=currency),
        Posting(account=payable, amount_minor=-cost.pay_minor, currency=currency),
    ]
    if cost.commission_minor:
        account = accounts.vendor_commission(vendor_id=vendor_id, currency=currency)
        postings.append(
            Posting(account=account, amount_minor=-cost.commission_minor, currency=currency)
        )
    if cost.fee_minor:
        account = accounts.platform_fees(currency=currency)
        postings.append(Posting(account=account, amount_minor=-cost.fee_minor, currency=currency))
    return tuple(postings)
