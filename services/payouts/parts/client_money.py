"""The parts of clients' unspent money, put together: refunds and exchanges."""

from __future__ import annotations

from datetime import timedelta

from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.loops import Loop
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.settings.client_money import ClientMoneySettings
from services.payouts.store.fairness.floor_tables import RateStore
from services.payouts.store.funding.refunds import RefundStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.ledger.ledger_reads import LedgerReads
from services.payouts.usecases.funding.incoming_books import IncomingBooks
from services.payouts.usecases.funding.refunds import Refunds
from services.payouts.usecases.ledger.exchanges import Exchanges

_EXPIRY_SECONDS = 30.0


class ClientMoneyParts:
    """By name: what the service starts, ClientMoneyServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        new_id: NewId,
        settings: ClientMoneySettings,
        ledger: LedgerStore,
        books: IncomingBooks,
        rate_max_age_days: int,
    ) -> None:
        self.refunds = Refunds(
            transactions=transactions,
            ledger=ledger,
            refunds=RefundStore(database=database),
            books=books,
            clock=clock,
            new_id=new_id,
            expires_after=timedelta(days=settings.refund_days),
        )
        self.exchanges = Exchanges(
            ledger=ledger,
            reads=LedgerReads(database=database),
            rates=RateStore(database=database),
            new_id=new_id,
            rate_max_age_days=rate_max_age_days,
        )

    def add_to(self, base: Assembly) -> None:
        """Adds the background loop."""
        expiry = Loop(name="refunds", turn=self.refunds.turn, pause_seconds=_EXPIRY_SECONDS)
        base.background("refunds", run=expiry.run, stop=expiry.stop)
