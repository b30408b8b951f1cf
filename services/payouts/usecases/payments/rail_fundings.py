"""Money that the platform itself moved between its rails: recorded once, by its reference."""

from __future__ import annotations

from services.chassis.errors import DomainError
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.ledger.accounts import BANK
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.money import Money, check_positive
from services.payouts.domain.payments.rail_funding import rail_funding
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.usecases.payments.rail_port import Rails


class RailFundings:
    """Records."""

    def __init__(self, *, ledger: LedgerStore, rails: Rails) -> None:
        self._ledger = ledger
        self._rails = rails

    async def record(
        self, work: UnitOfWork, *, from_rail: str, to_rail: str, amount: Money, reference: str
    ) -> str:
        """The id of the entry; the same movement again is the same entry.

        Errors: RailUnavailable, RailFundingInvalid, InvalidAmount, CurrencyUnsupported,
        EntryConflict (the reference is another movement's).
        """
        check_positive(amount.amount_minor)
        for rail in {from_rail, to_rail} - {BANK}:
            self._rails.of(rail)
        entry = rail_funding(
            from_rail=from_rail,
            to_rail=to_rail,
            amount=amount,
            reference=reference,
            booking=Booking(effective_at=work.now, recorded_at=work.now),
        )
        for outcome in await self._ledger.post([entry], session=work.session, now=work.now):
            if isinstance(outcome, DomainError):
                raise outcome
        return entry.entry_id
