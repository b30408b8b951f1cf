"""Withheld tax that an operator has sent to its authority: written down once, by its reference."""

from __future__ import annotations

from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.money import Money
from services.payouts.domain.statements.tax_flows import tax_remittance
from services.payouts.store.ledger.ledger import LedgerStore


class TaxRemittances:
    """Records; who sends the money is no business of ours."""

    def __init__(self, *, ledger: LedgerStore) -> None:
        self._ledger = ledger

    async def record(
        self, work: UnitOfWork, *, authority: str, amount: Money, rail: str, reference: str
    ) -> str:
        """Books it and returns the entry's id; the same reference again adds nothing.

        Errors: InsufficientFunds: less is withheld; EntryConflict: the reference stands for
        another amount.
        """
        entry = tax_remittance(
            remittance_id=f"{authority}:{reference}",
            authority=authority,
            currency=amount.currency,
            amount_minor=amount.amount_minor,
            rail=rail,
            reference=reference,
            booking=Booking(effective_at=work.now, recorded_at=work.now),
        )
        await self._ledger.post_all([entry], session=work.session, now=work.now)
        return entry.entry_id
