"""The parts of the journal's chain, put together: made, looked through, sealed by."""

from __future__ import annotations

from datetime import timedelta

from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.loops import Loop
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.settings.chain import ChainSettings
from services.payouts.store.ledger.books import BookStore
from services.payouts.store.ledger.chain import ChainStore
from services.payouts.store.ledger.chain_checks import ChainCheckStore
from services.payouts.store.ledger.period_seals import PeriodSealStore
from services.payouts.usecases.ledger.chain import Chain
from services.payouts.usecases.ledger.chain_audit import ChainAudit
from services.payouts.usecases.ledger.ledger import LedgerInspection
from services.payouts.usecases.statements.period_sealing import PeriodSealing


class ChainParts:
    """By name: what the service starts, ChainServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        inspection: LedgerInspection,
        round_seconds: float,
    ) -> None:
        books = BookStore(database=database)
        seals = PeriodSealStore(database=database)
        self.blocks = ChainStore(database=database)
        self.chain = Chain(transactions=transactions, books=books, blocks=self.blocks, clock=clock)
        self.audit = ChainAudit(
            transactions=transactions,
            blocks=self.blocks,
            checks=ChainCheckStore(database=database),
            seals=seals,
            clock=clock,
            pause=timedelta(seconds=round_seconds),
        )
        self.sealing = PeriodSealing(
            chain=self.chain, books=books, seals=seals, inspection=inspection, clock=clock
        )

    def add_to(self, base: Assembly, settings: ChainSettings) -> None:
        """Adds the background loops."""
        making = Loop(
            name="ledger_chain", turn=self.chain.turn, pause_seconds=settings.ledger_chain_seconds
        )
        base.background("ledger_chain", run=making.run, stop=making.stop)
        looking = Loop(
            name="ledger_chain_audit",
            turn=self.audit.turn,
            pause_seconds=settings.ledger_verify_seconds,
        )
        base.background("ledger_chain_audit", run=looking.run, stop=looking.stop)
