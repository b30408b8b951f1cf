"""What a client owes is taken out of whatever becomes available to it, before it is spent again."""

from __future__ import annotations

from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.funding.funding_flows import owed_settlement
from services.payouts.domain.ledger.accounts import client_available, client_owed
from services.payouts.domain.ledger.entries import Booking
from services.payouts.store.ledger.ledger import LedgerStore


async def cover_owed(
    work: UnitOfWork, ledger: LedgerStore, *, client_id: str, currency: str, cause: str
) -> None:
    """Moves as much as is available; `cause` names what made it so, once and for all."""
    owed = client_owed(client_id=client_id, currency=currency)
    available = client_available(client_id=client_id, currency=currency)
    balances = await ledger.balances_to_decide_by([owed, available], session=work.session)
    entries = owed_settlement(
        cause=cause,
        client_id=client_id,
        currency=currency,
        owed_units=balances.get(owed, 0),
        available_units=-balances.get(available, 0),
        booking=Booking(effective_at=work.now, recorded_at=work.now),
    )
    await ledger.post_all(entries, session=work.session, now=work.now)
