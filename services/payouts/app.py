"""Payouts, put together of two parts: the ledger, and the rail that money leaves on."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import grpc

from crewline.broker.v1.events_pb2 import ProjectCreated, ProjectStateChanged
from crewline.payouts.v1 import service_pb2, service_pb2_grpc
from crewline.quality.v1.events_pb2 import AnswersDecided
from crewline.vendors.v1.events_pb2 import ContractorsChanged, RateCardSet, VendorStateChanged
from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.lifecycle import Lifecycle, run_service
from services.chassis.loops import Loop
from services.chassis.mongo import MongoDatabase
from services.chassis.settings import load_settings
from services.chassis.unit_of_work import Transactions
from services.payouts.floor_policy import fair_pay_policy
from services.payouts.parts.adjustments import adjustments_of
from services.payouts.parts.calendar import CalendarParts
from services.payouts.parts.client_money import ClientMoneyParts
from services.payouts.parts.erasure import ErasureParts
from services.payouts.parts.floor import FloorParts
from services.payouts.parts.ledger import LedgerParts
from services.payouts.parts.names import NameParts
from services.payouts.parts.notice import NoticeParts
from services.payouts.parts.paper import issuer_of
from services.payouts.parts.rail import Rail
from services.payouts.parts.reconciliation import ReconciliationParts
from services.payouts.parts.statement import StatementParts
from services.payouts.parts.tax import TaxParts
from services.payouts.servicer.adjustments import AdjustmentServicer
from services.payouts.servicer.benefits import BenefitsServicer
from services.payouts.servicer.billing import BillingServicer
from services.payouts.servicer.calendar import CalendarServicer
from services.payouts.servicer.chain import ChainServicer
from services.payouts.servicer.client_money import ClientMoneyServicer
from services.payouts.servicer.contractor_money import ContractorMoneyServicer
from services.payouts.servicer.earnings import EarningsServicer
from services.payouts.servicer.erasure import ErasureServicer
from services.payouts.servicer.floor import FloorServicer
from services.payouts.servicer.funding import FundingServicer
from services.payouts.servicer.ledger import LedgerServicer
from services.payouts.servicer.notice import NoticeServicer
from services.payouts.servicer.paper import PaperServicer
from services.payouts.servicer.payout_rail import PayoutRailServicer
from services.payouts.servicer.rail import RailServicer
from services.payouts.servicer.reconciliation import ReconciliationServicer
from services.payouts.servicer.tax import TaxServicer
from services.payouts.settings import PayoutsSettings
from services.payouts.store.collections import LEDGER_COLLECTIONS
from services.payouts.store.fairness.benefits import BenefitsStore
from services.payouts.store.fairness.benefits_collections import BENEFITS_COLLECTIONS
from services.payouts.store.fairness.floor_collections import FLOOR_COLLECTIONS
from services.payouts.store.funding.bank_transfers import BANK_COLLECTIONS
from services.payouts.store.funding.refunds import REFUND_COLLECTIONS
from services.payouts.store.ledger.adjustments import ADJUSTMENT_COLLECTIONS
from services.payouts.store.ledger.chain_collections import CHAIN_COLLECTIONS
from services.payouts.store.notices.notice_collections import NOTICE_COLLECTIONS
from services.payouts.store.papers.billing import BILLING_COLLECTIONS
from services.payouts.store.papers.erasures import ERASURE_COLLECTIONS, ErasureStore
from services.payouts.store.papers.names import NAME_COLLECTIONS
from services.payouts.store.papers.papers import PAPER_COLLECTIONS
from services.payouts.store.payments.payout_rail_collections import PAYOUT_RAIL_COLLECTIONS
from services.payouts.store.payments.rail_collections import RAIL_COLLECTIONS
from services.payouts.store.reconciliation.mirror_collections import MIRROR_COLLECTIONS
from services.payouts.store.statements.calendar_collections import CALENDAR_COLLECTIONS
from services.payouts.store.statements.document_collections import DOCUMENT_COLLECTIONS
from services.payouts.store.statements.tax_collections import TAX_COLLECTIONS
from services.payouts.usecases.fairness.benefits import Benefits, BenefitsPolicy
from services.payouts.usecases.ledger.adjustments import Adjustments
from services.payouts.usecases.papers.erasures import Erasures

SERVICE_NAME = service_pb2.DESCRIPTOR.services_by_name["PayoutsService"].full_name
COLLECTIONS = (
    *LEDGER_COLLECTIONS,
    *CHAIN_COLLECTIONS,
    *REFUND_COLLECTIONS,
    *RAIL_COLLECTIONS,
    *BANK_COLLECTIONS,
    *PAPER_COLLECTIONS,
    *BILLING_COLLECTIONS,
    *NAME_COLLECTIONS,
    *ERASURE_COLLECTIONS,
    *TAX_COLLECTIONS,
    *PAYOUT_RAIL_COLLECTIONS,
    *CALENDAR_COLLECTIONS,
    *DOCUMENT_COLLECTIONS,
    *MIRROR_COLLECTIONS,
    *NOTICE_COLLECTIONS,
    *BENEFITS_COLLECTIONS,
    *FLOOR_COLLECTIONS,
    *ADJUSTMENT_COLLECTIONS,
)


class PayoutsServicer(
    LedgerServicer,
    EarningsServicer,
    RailServicer,
    FundingServicer,
    PaperServicer,
    BillingServicer,
    TaxServicer,
    PayoutRailServicer,
    CalendarServicer,
    ReconciliationServicer,
    ContractorMoneyServicer,
    NoticeServicer,
    ChainServicer,
    ClientMoneyServicer,
    BenefitsServicer,
    FloorServicer,
    AdjustmentServicer,
    ErasureServicer,
    service_pb2_grpc.PayoutsServiceServicer,
):
    """All RPCs of the service: each part brings its own."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        ledger: LedgerParts,
        rail: Rail,
        taxes: TaxParts,
        calendars: CalendarParts,
        reconciliation: ReconciliationParts,
        notices: NoticeParts,
        benefits: Benefits,
        floors: FloorParts,
        client_money: ClientMoneyParts,
        adjustments: Adjustments,
        erasures: Erasures,
        clock: Clock,
    ) -> None:
        LedgerServicer.__init__(
            self,
            transactions=transactions,
            funds=ledger.funds,
            inspection=ledger.inspection,
            audit=ledger.audit,
        )
        EarningsServicer.__init__(self, earnings=ledger.earnings, answer_money=rail.answer_money)
        RailServicer.__init__(self, transactions=transactions, rail=rail)
        FundingServicer.__init__(self, transactions=transactions, funding=rail.funding)
        PaperServicer.__init__(self, transactions=transactions, parts=rail.funding.papers)
        BillingServicer.__init__(
            self, transactions=transactions, billing=rail.funding.papers.billing
        )
        TaxServicer.__init__(self, transactions=transactions, taxes=taxes)
        PayoutRailServicer.__init__(self, transactions=transactions, rail=rail, cipher=taxes.cipher)
        CalendarServicer.__init__(self, transactions=transactions, parts=calendars)
        ReconciliationServicer.__init__(self, transactions=transactions, parts=reconciliation)
        ContractorMoneyServicer.__init__(self, contractor_money=reconciliation.contractor_money)
        NoticeServicer.__init__(self, transactions=transactions, notices=notices.notices)
        ChainServicer.__init__(self, parts=ledger.chain)
        ClientMoneyServicer.__init__(self, transactions=transactions, parts=client_money)
        BenefitsServicer.__init__(self, transactions=transactions, benefits=benefits)
        FloorServicer.__init__(self, transactions=transactions, floors=floors, prices=ledger.prices)
        AdjustmentServicer.__init__(
            self, transactions=transactions, adjustments=adjustments, clock=clock
        )
        ErasureServicer.__init__(self, erasures=erasures)


class Payouts:
    """The parts of payouts, by name: what `build` starts and tests call."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        new_id: NewId,
        settings: PayoutsSettings,
    ) -> None:
        self.ledger = LedgerParts(
            database=database,
            transactions=transactions,
            check_seconds=settings.ledger_check_seconds,
            fair_pay=fair_pay_policy(settings),
            region_codes=settings.region_codes,
            clock=clock,
            verify_round_seconds=settings.ledger_verify_round_seconds,
            clearing_longest=timedelta(days=settings.clearing_days_max),
        )
        self.names = NameParts(database=database, transactions=transactions)
        self.taxes = TaxParts(
            database=database,
            clock=clock,
            settings=settings,
            projections=self.ledger.projection_store,
            ledger=self.ledger.store,
        )
        self.floors = FloorParts(
            database=database,
            transactions=transactions,
            clock=clock,
            new_id=new_id,
            settings=settings,
            ledger=self.ledger,
        )
        self.statements = StatementParts(
            database=database,
            settings=settings,
            projections=self.ledger.projection_store,
            taxes=self.taxes,
            names=self.names.store,
            issuer=issuer_of(settings),
        )
        self.rail = Rail(
            database=database,
            transactions=transactions,
            clock=clock,
            new_id=new_id,
            settings=settings,
            ledger=self.ledger.store,
            reads=self.ledger.reads,
            settle_floors=self.floors.top_ups.settle,
            check_books=self.ledger.audit.check,
            set_aside=self.ledger.statement_audit.set_aside,
            sealing=self.ledger.chain.sealing,
            projections=self.ledger.projection_store,
            statements=self.statements,
        )
        self.calendars = CalendarParts(
            transactions=transactions,
            clock=clock,
            settings=settings,
            statements=self.statements,
            rail=self.rail,
            projections=self.ledger.projection_store,
        )
        self.reconciliation = ReconciliationParts(
            database=database,
            transactions=transactions,
            clock=clock,
            new_id=new_id,
            settings=settings,
            rail=self.rail,
        )
        self.notices = NoticeParts(
            database=database,
            transactions=transactions,
            clock=clock,
            new_id=new_id,
            settings=settings,
            ledger=self.ledger,
            floor_watch_seconds=settings.floor_watch_seconds,
        )
        self.benefits = Benefits(
            benefits=BenefitsStore(database=database),
            ledger=self.ledger.store,
            projections=self.ledger.projection_store,
            erasures=ErasureStore(database=database),
            new_id=new_id,
            policy=BenefitsPolicy(
                to_person=settings.benefits_to_person,
                minimum_minor=settings.benefits_minimum_minor,
            ),
        )
        self.client_money = ClientMoneyParts(
            database=database,
            transactions=transactions,
            clock=clock,
            new_id=new_id,
            settings=settings,
            ledger=self.ledger.store,
            books=self.rail.funding.books,
            rate_max_age_days=settings.floor_rate_max_age_days,
        )
        self.erasures = ErasureParts(
            database=database,
            transactions=transactions,
            clock=clock,
            new_id=new_id,
            names=self.names,
            rail=self.rail,
        )
        self.servicer = PayoutsServicer(
            transactions=transactions,
            ledger=self.ledger,
            rail=self.rail,
            taxes=self.taxes,
            calendars=self.calendars,
            reconciliation=self.reconciliation,
            notices=self.notices,
            benefits=self.benefits,
            floors=self.floors,
            client_money=self.client_money,
            adjustments=adjustments_of(
                database=database, new_id=new_id, settings=settings, ledger=self.ledger
            ),
            erasures=self.erasures.erasures,
            clock=clock,
        )

    def register(self, server: grpc.aio.Server) -> None:
        """Adds the RPCs to a server."""
        service_pb2_grpc.add_PayoutsServiceServicer_to_server(self.servicer, server)


async def build(lifecycle: Lifecycle, settings: PayoutsSettings) -> None:
    """Adds the parts of payouts to the lifecycle."""
    base = await Assembly.connect(
        name="payouts", settings=settings, lifecycle=lifecycle, collections=COLLECTIONS
    )
    payouts = Payouts(
        database=base.database,
        transactions=base.transactions,
        clock=base.clock,
        new_id=base.new_id,
        settings=settings,
    )
    watch, consumers = payouts.ledger.watch, payouts.ledger.consumers
    base.background("ledger_watch", run=watch.run, stop=watch.stop)
    audit = Loop(
        name="ledger_audit",
        turn=payouts.ledger.audit.turn,
        pause_seconds=settings.ledger_audit_seconds,
    )
    base.background("ledger_audit", run=audit.run, stop=audit.stop)
    statements = Loop(
        name="statement_audit",
        turn=payouts.ledger.statement_audit.turn,
        pause_seconds=settings.ledger_audit_seconds,
    )
    base.background("statement_audit", run=statements.run, stop=statements.stop)
    payouts.ledger.chain.add_to(base, settings)
    payouts.client_money.add_to(base)
    payouts.names.add_to(base)
    payouts.erasures.add_to(base)
    payouts.rail.add_to(base)
    payouts.taxes.add_to(base)
    payouts.calendars.add_to(base)
    payouts.reconciliation.add_to(base)
    payouts.notices.add_to(base)
    base.consume(
        "payouts__vendor_state_changed", VendorStateChanged, consumers.vendor_state_changed
    )
    base.consume("payouts__rate_card_set", RateCardSet, consumers.rate_card_set)
    base.consume("payouts__contractors_changed", ContractorsChanged, consumers.contractors_changed)
    base.consume("payouts__project_created", ProjectCreated, consumers.project_created)
    base.consume(
        "payouts__project_state_changed", ProjectStateChanged, consumers.project_state_changed
    )
    base.consume("payouts__answers_decided", AnswersDecided, consumers.answers_decided)
    base.serve(payouts.register, service_name=SERVICE_NAME, verifier=base.verifier())


def main() -> None:
    """`python -m services.payouts`."""
    settings = load_settings(PayoutsSettings)
    run_service("payouts", settings, partial(build, settings=settings))
