"""The parts of the ledger, put together: stores, use cases, the handlers of its events."""

from __future__ import annotations

from datetime import timedelta

from services.chassis.clock import Clock, utc_now
from services.chassis.mongo import MongoDatabase
from services.chassis.regions import RegionCodes
from services.chassis.unit_of_work import Transactions
from services.payouts.announcements import ledger as announcements
from services.payouts.consumers.ledger import PayoutsConsumers
from services.payouts.domain.fairness.fair_pay import FairPayPolicy
from services.payouts.parts.chain import ChainParts
from services.payouts.store.answers.decisions import DecisionStore, ProjectBookStore
from services.payouts.store.answers.earnings import EarningsReads
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.answers.worked import WorkedReads
from services.payouts.store.fairness.floor_tables import FloorStore, RateStore
from services.payouts.store.funding.client_funds import ClientFundsReads
from services.payouts.store.ledger.audits import AuditStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.ledger.ledger_reads import LedgerReads
from services.payouts.store.reconciliation.clearing import ClearingStore
from services.payouts.store.statements.periods import PeriodStore
from services.payouts.store.statements.statement_audits import StatementAuditStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.answers.accruals import Accruals
from services.payouts.usecases.answers.earnings import EarningsInspection
from services.payouts.usecases.answers.projections import Projections
from services.payouts.usecases.fairness.price_checks import PriceChecks
from services.payouts.usecases.funding.funds import Funds
from services.payouts.usecases.funding.releases import Releases
from services.payouts.usecases.ledger.ledger import LedgerInspection
from services.payouts.usecases.ledger.ledger_audit import LedgerAudit
from services.payouts.usecases.ledger.ledger_watch import LedgerWatch
from services.payouts.usecases.statements.statement_audit import StatementAudit


class LedgerParts:
    """By name: what the service starts, the rail's part posts through, and tests call."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        check_seconds: float,
        fair_pay: FairPayPolicy,
        region_codes: RegionCodes,
        clock: Clock = utc_now,
        verify_round_seconds: float = 300.0,
        clearing_longest: timedelta = timedelta(days=14),
    ) -> None:
        self.store = LedgerStore(database=database)
        self.reads = LedgerReads(database=database)
        self.client_funds = ClientFundsReads(database=database)
        self.projection_store = ProjectionStore(database=database)
        self.books = ProjectBookStore(database=database)
        self.floors = FloorStore(database=database)
        self.rates = RateStore(database=database)
        self.worked = WorkedReads(database=database)
        self.releases = Releases(ledger=self.store, books=self.books)
        self.projections = Projections(
            transactions=transactions,
            projections=self.projection_store,
            books=self.books,
            releases=self.releases,
        )
        self.accruals = Accruals(
            transactions=transactions,
            ledger=self.store,
            decisions=DecisionStore(database=database),
            books=self.books,
            projections=self.projection_store,
            releases=self.releases,
        )
        self.prices = PriceChecks(
            floors=self.floors,
            rates=self.rates,
            projections=self.projection_store,
            worked=self.worked,
            clock=clock,
            policy=fair_pay,
            region_codes=region_codes,
        )
        self.funds = Funds(
            ledger=self.store,
            reads=self.client_funds,
            books=self.books,
            projections=self.projection_store,
            announce_funded=announcements.project_funded,
            check_price=self.prices.check,
        )
        self.earnings = EarningsInspection(
            transactions=transactions,
            reads=EarningsReads(database=database),
            ledger=self.store,
            books=self.books,
            projections=self.projection_store,
        )
        self.inspection = LedgerInspection(transactions=transactions, reads=self.reads)
        self.chain = ChainParts(
            database=database,
            transactions=transactions,
            clock=clock,
            inspection=self.inspection,
            round_seconds=verify_round_seconds,
        )
        self.statement_audit = StatementAudit(
            transactions=transactions,
            audits=StatementAuditStore(database=database),
            statements=StatementStore(database=database),
            periods=PeriodStore(database=database),
            clearing=ClearingStore(database=database),
            reads=self.reads,
            clock=clock,
            clearing_longest=clearing_longest,
        )
        self.audit = LedgerAudit(
            transactions=transactions,
            audits=AuditStore(database=database),
            reads=self.reads,
            clock=clock,
            more=(self.chain.audit.findings, self.statement_audit.findings),
        )
        self.watch = LedgerWatch(
            transactions=transactions, reads=self.reads, pause_seconds=check_seconds
        )
        self.consumers = PayoutsConsumers(projections=self.projections, accruals=self.accruals)
