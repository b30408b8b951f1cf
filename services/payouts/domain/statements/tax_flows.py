"""The entries of withheld tax: taken from a statement when it is made, remitted when it is told."""

from __future__ import annotations

from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind, Posting, Subject
from services.payouts.domain.ledger.flows import move
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.statements.statement_lines import PayeeKind
from services.payouts.domain.statements.statements import Statement


def tax_withholding(statement: Statement, *, booking: Booking) -> tuple[Entry, ...]:
    """Move what is withheld from a statement to the authorities' accounts; at most one entry."""
    if not statement.withheld:
        return ()
    currency, payee = statement.currency, statement.payee
    by_authority: dict[str, int] = {}
    for one in statement.withheld:
        before = by_authority.get(one.authority, 0)
        by_authority[one.authority] = before + units_of(one.amount_minor)
    owed = accounts.statement(statement_id=statement.statement_id, currency=currency)
    vendor = payee.kind is PayeeKind.VENDOR
    return (
        Entry(
            entry_id=f"withholding:{statement.statement_id}",
            kind=EntryKind.TAX_WITHHOLDING,
            postings=(
                Posting(account=owed, amount_units=sum(by_authority.values()), currency=currency),
                *(
                    Posting(
                        account=accounts.tax_withheld(authority=authority, currency=currency),
                        amount_units=-amount_units,
                        currency=currency,
                    )
                    for authority, amount_units in sorted(by_authority.items())
                ),
            ),
            booking=booking,
            subject=Subject(
                contractor_id="" if vendor else payee.payee_id,
                vendor_id=payee.payee_id if vendor else "",
                statement_id=statement.statement_id,
            ),
            reason=", ".join(one.rule for one in statement.withheld)[:500],
        ),
    )


def tax_remittance(
    *,
    remittance_id: str,
    authority: str,
    currency: str,
    amount_minor: int,
    rail: str,
    reference: str,
    booking: Booking,
) -> Entry:
    """Money went to an authority, out of the platform's balance at a rail.

    `reference` is what the payment says there; `remittance_id` names it once and for all.
    """
    return Entry(
        entry_id=f"tax_remittance:{remittance_id}",
        kind=EntryKind.TAX_REMITTANCE,
        postings=move(
            debit=accounts.tax_withheld(authority=authority, currency=currency),
            credit=accounts.rail_platform(currency=currency, rail=rail),
            amount_units=units_of(amount_minor),
            currency=currency,
        ),
        booking=booking,
        reason=reference,
    )
