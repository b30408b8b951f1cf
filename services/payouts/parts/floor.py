"""The parts of fair pay, put together: tables, prices, tests of a pay period, passing-on."""

from __future__ import annotations

from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.floor_policy import fair_pay_policy
from services.payouts.parts.ledger import LedgerParts
from services.payouts.settings.floor import FloorSettings
from services.payouts.store.answers.earnings import EarningsReads
from services.payouts.store.fairness.floor_tests import FloorTestStore
from services.payouts.store.fairness.pass_throughs import PassThroughStore
from services.payouts.usecases.fairness.floor_inspection import FloorInspection
from services.payouts.usecases.fairness.floor_tables import FloorTables
from services.payouts.usecases.fairness.floor_top_ups import FloorTopUps
from services.payouts.usecases.fairness.pass_throughs import PassThroughs


class FloorParts:
    """By name: what FloorsServicer calls, and what closes pay periods."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        new_id: NewId,
        settings: FloorSettings,
        ledger: LedgerParts,
    ) -> None:
        self.tests = FloorTestStore(database=database)
        self.tables = FloorTables(
            floors=ledger.floors,
            rates=ledger.rates,
            projections=ledger.projection_store,
            clock=clock,
            floor_max_age_days=settings.floor_max_age_days,
            rate_max_age_days=settings.floor_rate_max_age_days,
            warn_days=settings.floor_warn_days,
            region_codes=settings.region_codes,
        )
        self.top_ups = FloorTopUps(
            transactions=transactions,
            ledger=ledger.store,
            reads=ledger.client_funds,
            books=ledger.books,
            worked=ledger.worked,
            tests=self.tests,
            floors=ledger.floors,
            rates=ledger.rates,
            projections=ledger.projection_store,
            releases=ledger.releases,
            policy=fair_pay_policy(settings),
        )
        self.inspection = FloorInspection(tests=self.tests)
        self.pass_throughs = PassThroughs(
            transactions=transactions,
            pass_throughs=PassThroughStore(database=database),
            earnings=EarningsReads(database=database),
            new_id=new_id,
        )
