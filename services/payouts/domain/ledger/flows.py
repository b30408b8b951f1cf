"""The entries of everything that happens to money before it leaves: funding, holds, accruals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.payouts.domain.answers.efforts import Effort
from services.payouts.domain.answers.pricing import part_units, price
from services.payouts.domain.errors import InvalidEntry
from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.entries import (
    Approval,
    Booking,
    Entry,
    EntryKind,
    Posting,
    Subject,
    reversal_key,
)
from services.payouts.domain.ledger.money import BPS_IN_WHOLE, check_positive, units_of


def move(*, debit: str, credit: str, amount_units: int, currency: str) -> tuple[Posting, Posting]:
    """Return the two postings that move an amount."""
    check_positive(amount_units)
    return (
        Posting(account=debit, amount_units=amount_units, currency=currency),
        Posting(account=credit, amount_units=-amount_units, currency=currency),
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
            amount_units=units_of(amount_minor),
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
    amount_units: int,
    booking: Booking,
    reserve_units: int = 0,
) -> Entry:
    """Set a client's money aside for one project; `reserve_units` of it for floors."""
    held_units = check_positive(amount_units) - reserve_units
    if not 0 <= reserve_units <= amount_units:
        raise InvalidEntry(f"hold {hold_id} reserves more than it holds", hold_id=hold_id)
    named = {"client_id": client_id, "project_id": project_id, "currency": currency}
    parts = {
        accounts.client_available(client_id=client_id, currency=currency): amount_units,
        accounts.project_held(**named): -held_units,
        accounts.project_reserve(**named): -reserve_units,
    }
    return Entry(
        entry_id=f"hold:{hold_id}",
        kind=EntryKind.PROJECT_HOLD,
        postings=_nonzero(parts, currency=currency),
        booking=booking,
        subject=Subject(client_id=client_id, project_id=project_id),
    )


def hold_release(
    *,
    release_id: str,
    client_id: str,
    project_id: str,
    currency: str,
    held_units: int = 0,
    reserve_units: int = 0,
    booking: Booking,
) -> Entry:
    """Give back what a project no longer needs; it may happen more than once for a project."""
    named = {"client_id": client_id, "project_id": project_id, "currency": currency}
    parts = {
        accounts.project_held(**named): held_units,
        accounts.project_reserve(**named): reserve_units,
        accounts.client_available(client_id=client_id, currency=currency): -(
            held_units + reserve_units
        ),
    }
    return Entry(
        entry_id=f"release:{release_id}",
        kind=EntryKind.HOLD_RELEASE,
        postings=_nonzero(parts, currency=currency),
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
    pay_units: int,
    commission_bps: int,
    fee_bps: int,
    booking: Booking,
    benefits_bps: int = 0,
    task_id: str = "",
    pay_bps: int = BPS_IN_WHOLE,
    effort: Effort | None = None,
) -> Entry:
    """Split the price of one accepted answer; a direct engagement has no vendor, no commission.

    Of an answer that is accepted in part, `pay_bps` is the share of the pay; commission, fee and
    benefits follow it, for they are shares of the pay.

    `revision` counts the decisions about this answer, so that accepting it again after an
    overturned decision is a new accrual, and a repeated event is not.
    """
    cost = price(
        pay_units=part_units(pay_units=pay_units, pay_bps=pay_bps),
        commission_bps=commission_bps if vendor_id else 0,
        fee_bps=fee_bps,
        benefits_bps=benefits_bps,
    )
    parts = {
        accounts.project_held(
            client_id=client_id, project_id=project_id, currency=currency
        ): cost.total_units,
        accounts.payable(
            contractor_id=contractor_id, vendor_id=vendor_id, currency=currency
        ): -cost.pay_units,
        accounts.platform_fees(currency=currency): -cost.fee_units,
    }
    if cost.benefits_units:
        benefits = accounts.contractor_benefits(contractor_id=contractor_id, currency=currency)
        parts[benefits] = -cost.benefits_units
    if cost.commission_units:
        commission = accounts.vendor_commission(vendor_id=vendor_id, currency=currency)
        parts[commission] = -cost.commission_units
    return Entry(
        entry_id=accrual_key(assignment_id=assignment_id, revision=revision),
        kind=EntryKind.ACCRUAL,
        postings=_nonzero(parts, currency=currency),
        booking=booking,
        subject=Subject(
            client_id=client_id,
            project_id=project_id,
            task_id=task_id,
            assignment_id=assignment_id,
            contractor_id=contractor_id,
            vendor_id=vendor_id,
        ),
        effort=effort,
    )


def accrual_reversal(
    *, accrued: Entry, reason: str, booking: Booking, approval: Approval | None = None
) -> Entry:
    """Undo an accrual, posting by posting: its decision was overturned, or people agreed on it.

    The guard refuses it once the contractor's money has moved on to a statement; then
    `accrual_absorption` is the other way out. Both have the same key: only one can happen, once.
    """
    _check_undoable(accrued, reason, (EntryKind.ACCRUAL,))
    return Entry(
        entry_id=reversal_key(accrued.entry_id),
        kind=EntryKind.ACCRUAL_REVERSAL,
        postings=opposite(accrued.postings),
        booking=booking,
        subject=accrued.subject,
        reverses_id=accrued.entry_id,
        reason=reason,
        effort=accrued.effort,
        approval=approval,
    )


def accrual_absorption(*, accrued: Entry, reason: str, booking: Booking) -> Entry:
    """Give the client its money back at the platform's cost; whoever was paid keeps it.

    So, too, goes what the client had paid the platform back (`overturned.loss_repaid`).
    """
    _check_undoable(accrued, reason, (EntryKind.ACCRUAL, EntryKind.LOSS_REPAID))
    held = accrued.postings[0]
    return Entry(
        entry_id=reversal_key(accrued.entry_id),
        kind=EntryKind.ACCRUAL_ABSORPTION,
        postings=move(
            debit=accounts.platform_absorbed(currency=held.currency),
            credit=held.account,
            amount_units=held.amount_units,
            currency=held.currency,
        ),
        booking=booking,
        subject=accrued.subject,
        reverses_id=accrued.entry_id,
        reason=reason,
    )


def opposite(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """Return what undoes them, one by one."""
    return tuple(replace(posting, amount_units=-posting.amount_units) for posting in postings)


def _check_undoable(accrued: Entry, reason: str, kinds: tuple[EntryKind, ...]) -> None:
    if accrued.kind not in kinds:
        raise InvalidEntry(f"{accrued.entry_id} is no accrual", entry_id=accrued.entry_id)
    if not reason:
        raise InvalidEntry(f"undoing {accrued.entry_id} needs a reason", entry_id=accrued.entry_id)


def _nonzero(parts: Mapping[str, int], *, currency: str) -> tuple[Posting, ...]:
    return tuple(
        Posting(account=account, amount_units=amount_units, currency=currency)
        for account, amount_units in parts.items()
        if amount_units
    )
