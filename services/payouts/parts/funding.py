"""The parts of clients' money coming in, put together."""

from __future__ import annotations

import secrets
from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.domain.ledger.two_persons import TwoPersons
from services.payouts.domain.payments.instructions import RailPolicy
from services.payouts.parts.paper import PaperParts
from services.payouts.settings import PayoutsSettings
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.funding.bank_transfers import BankTransferStore
from services.payouts.store.funding.deposits import DepositStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.papers.names import NameStore
from services.payouts.stripe_api.funding import Calls, StripeFunding
from services.payouts.usecases.funding.bank_transfers import BankTransfers
from services.payouts.usecases.funding.deposits import Deposits
from services.payouts.usecases.funding.incoming_books import IncomingBooks
from services.payouts.usecases.funding.payments import PaymentInspection


class FundingParts:
    """By name: what the rail's part runs, FundingServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        new_id: NewId,
        settings: PayoutsSettings,
        ledger: LedgerStore,
        calls: Calls,
        policy: RailPolicy,
        names: NameStore,
        projections: ProjectionStore,
    ) -> None:
        self.papers = PaperParts(
            database=database,
            transactions=transactions,
            clock=clock,
            new_id=new_id,
            settings=settings,
            names=names,
            projections=projections,
        )
        self.books = IncomingBooks(ledger=ledger, write_receipt=self.papers.papers.write_receipt)
        store = DepositStore(database=database)
        self.deposits = Deposits(
            transactions=transactions,
            rail=StripeFunding(calls=calls),
            deposits=store,
            books=self.books,
            clock=clock,
            new_id=new_id,
            policy=policy,
            poll_after=timedelta(seconds=settings.poll_seconds),
            tick_seconds=settings.rail_tick_seconds,
        )
        self.payments = PaymentInspection(deposits=store)
        self.transfers = BankTransfers(
            transfers=BankTransferStore(database=database),
            books=self.books,
            new_id=new_id,
            random_below=secrets.randbelow,
            two_persons=TwoPersons(needed=settings.two_persons),
        )
        self.publishable_key = settings.stripe_publishable_key
