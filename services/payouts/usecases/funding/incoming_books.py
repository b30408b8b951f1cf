"""What is booked when clients' money has come in, and when some of it goes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.funding.funding_flows import payment_fee, payment_return
from services.payouts.domain.ledger.accounts import STRIPE
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.flows import client_deposit
from services.payouts.domain.payments.rail_objects import ReturnedMoney, Settlement
from services.payouts.store.ledger.ledger import LedgerStore, Posted
from services.payouts.usecases.funding.owed import cover_owed


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Money of a client that is at a rail now; `rail_id` is its natural key there.

    `source_id` is our own record of it: a deposit, a payment, a transfer; `how` says which.
    """

    client_id: str
    currency: str
    amount_minor: int
    rail_id: str
    source_id: str
    how: str
    effective_at: datetime
    rail: str = STRIPE
    settlement: Settlement | None = None


# Called once for everything that has arrived, in the transaction that books it.
WriteReceipt = Callable[[UnitOfWork, Arrived], Awaitable[None]]


class IncomingBooks:
    """Books inside the caller's transaction; what is booked already is not booked again."""

    def __init__(self, *, ledger: LedgerStore, write_receipt: WriteReceipt) -> None:
        self._ledger = ledger
        self._write_receipt = write_receipt

    async def arrived(self, work: UnitOfWork, arrived: Arrived) -> None:
        """The client may spend it, less what it owed; the rail's price is the platform's cost."""
        booking = Booking(effective_at=arrived.effective_at, recorded_at=work.now)
        deposit = client_deposit(
            client_id=arrived.client_id,
            currency=arrived.currency,
            amount_minor=arrived.amount_minor,
            rail_id=arrived.rail_id,
            rail=arrived.rail,
            booking=booking,
        )
        settlement = arrived.settlement
        fee = (
            ()
            if settlement is None
            else payment_fee(
                transaction_id=settlement.transaction_id,
                client_id=arrived.client_id,
                currency=settlement.currency,
                fee_minor=settlement.fee_minor,
                booking=booking,
            )
        )
        posted = await self._ledger.post_all([deposit, *fee], session=work.session, now=work.now)
        if posted[0] is Posted.REPEATED:
            return
        await self.cover(
            work, arrived.client_id, arrived.currency, cause=f"{arrived.rail}:{arrived.rail_id}"
        )
        await self._write_receipt(work, arrived)

    async def returned(
        self, work: UnitOfWork, returned: ReturnedMoney, *, client_id: str, rail_id: str
    ) -> bool:
        """Whether it is new: the client's available money covers it, and it owes the rest."""
        entries = payment_return(
            returned,
            client_id=client_id,
            rail_id=rail_id,
            booking=Booking(effective_at=returned.created_at, recorded_at=work.now),
        )
        posted = await self._ledger.post_all(entries, session=work.session, now=work.now)
        if posted[0] is Posted.REPEATED:
            return False
        await self.cover(work, client_id, returned.currency, cause=returned.transaction_id)
        return True

    async def cover(self, work: UnitOfWork, client_id: str, currency: str, *, cause: str) -> None:
        """What the client owes is taken from what it has available, as far as that goes."""
        await cover_owed(work, self._ledger, client_id=client_id, currency=currency, cause=cause)
